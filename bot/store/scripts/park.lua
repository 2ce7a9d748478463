#!lua
-- Takes a claimed item out of its queue for good, keeps it, and records that.
local visible, bodies, claims, parked, audit, aside = unpack(KEYS)
local id, token, name, kept, entry, now = take(), take(), take(), take(), take(), take_whole()
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
plan('ZADD', aside, digits(now), 'item ' .. name)
plan_entry(audit, next_sequence(audit), entry)
write()
return 1
