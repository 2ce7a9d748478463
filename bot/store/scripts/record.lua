#!lua
-- Records an inbound item unless it is known. The `seen` keys hold this call's nonce, so a call that is
-- repeated because its answer was lost still learns that it was the one that recorded the item.
local visible, bodies = KEYS[1], KEYS[2]
local nonce, keep, at, id, body = take(), take_whole(), take_whole(), take(), take()
all_taken()

local known = false
for i = 3, #KEYS do
  typed(KEYS[i], 'string')
  local by = redis.call('GET', KEYS[i])
  if by == nonce then
    return 1
  end
  known = known or by
end
typed(bodies, 'hash')
if known or redis.call('HEXISTS', bodies, id) == 1 then
  return 0
end

for i = 3, #KEYS do
  plan('SET', KEYS[i], nonce, 'PX', digits(keep))
end
plan('HSET', bodies, id, body)
plan('ZADD', visible, digits(at), id)
write()
return 1
