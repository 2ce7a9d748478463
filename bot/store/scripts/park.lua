#!lua
-- Takes a claimed item out of its queue for good, keeps it, and records that.
local visible, bodies, claims, parked, audit = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, token, name, kept, entry = take(), take(), take(), take(), take()
all_taken()

typed(bodies, 'hash')
local _, holder = read_claim(claims, id)
if holder ~= token or redis.call('HEXISTS', bodies, id) == 0 then
  return 0
end
plan('ZREM', visible, id)
plan('HDEL', bodies, id)
plan('HDEL', claims, id)
plan('HSET', parked, name, kept)
plan_entry(audit, next_sequence(audit), entry)
write()
return 1
