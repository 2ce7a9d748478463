#!lua
-- Forgets messages and items that were set aside long ago, so many at a time; answers how many.
local aside, dead, parked = KEYS[1], KEYS[2], KEYS[3]
local before, limit = take_whole(), take_whole()
all_taken()
typed(aside, 'zset')
typed(dead, 'hash')
typed(parked, 'hash')

local old = redis.call('ZRANGEBYSCORE', aside, '-inf', digits(before), 'LIMIT', 0, limit)
for _, member in ipairs(old) do
  local kind, name = string.match(member, '^(%S+) (.*)$')
  plan('HDEL', kind == 'message' and dead or parked, name or member)
  plan('ZREM', aside, member)
end
write()
return #old
