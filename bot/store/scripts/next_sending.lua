#!lua
-- Leases the channel that waits longest and counts an attempt at its head.
local channels, order, deliveries, attempts, leases, slots = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local SPARE = 16 -- channels and heads looked at beyond the busy ones, in case something was deleted from outside
local now, lease_end, token = take_whole(), take_whole(), take()
local busy = {}
while taken < #ARGV do
  busy[take()] = true
end

typed(channels, 'zset')
typed(order, 'zset')
typed(deliveries, 'hash')
typed(attempts, 'hash')
typed(slots, 'hash')

-- The head's id and text. Members whose delivery was deleted from outside are planned away, and so is the
-- channel when nothing is left of it; what lies further behind is seen by a later call.
local function head_of(channel)
  local members = redis.call('ZRANGEBYLEX', order, '[' .. channel .. ' ', '(' .. channel .. '!', 'LIMIT', 0, SPARE)
  for _, member in ipairs(members) do
    local id = string.match(member, '(%S+)$')
    local delivery = redis.call('HGET', deliveries, id)
    if delivery then
      return id, delivery
    end
    plan('ZREM', order, member)
  end
  if #members < SPARE then
    plan('ZREM', channels, channel)
  end
end

local function place_of(slot)
  return type(slot) == 'string' and slot ~= '' and redis.call('HGET', slots, slot) or ''
end

local waiting = redis.call('ZRANGEBYSCORE', channels, '-inf', digits(now), 'LIMIT', 0, #ARGV + SPARE)
for _, channel in ipairs(waiting) do
  if not busy[channel] then
    local id, delivery = head_of(channel)
    if id then
      local attempt = whole(redis.call('HGET', attempts, id) or '0', 'an attempt') + 1
      plan('HSET', attempts, id, digits(attempt))
      plan('HSET', leases, channel, id .. ' ' .. token)
      plan('ZADD', channels, digits(lease_end), channel)
      local readable, parsed = pcall(cjson.decode, delivery)
      local message = readable and type(parsed) == 'table' and parsed['delivery'] or {}
      write()
      return {id, channel, digits(attempt), delivery, place_of(message['slot']), place_of(message['thread'])}
    end
  end
end
write()
return {}
