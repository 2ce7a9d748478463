#!lua
-- Moves the end of a lease that is still the caller's.
local visible, claims = KEYS[1], KEYS[2]
local id, token, lease_end = take(), take(), take_whole()
all_taken()

typed(visible, 'zset')
local _, holder = read_claim(claims, id)
if holder ~= token or not redis.call('ZSCORE', visible, id) then
  return 0
end
plan('ZADD', visible, digits(lease_end), id)
write()
return 1
