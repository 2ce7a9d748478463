#!lua
-- Ends the sending of a channel's head. ARGV[1] says how:
--   sent          it stands in Slack: remove it and remember where its slot stands
--   undeliverable it never will: remove it, keep it among the dead, record that
--   postponed     leave it where it is until later
local proof, channels, order, deliveries, attempts, leases = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local how, id, channel, token, at = take(), take(), take(), take(), take_whole()

typed(proof, 'string')
if redis.call('EXISTS', proof) == 1 then
  return 1
end
typed(leases, 'hash')
if redis.call('HGET', leases, channel) ~= id .. ' ' .. token then
  return 0
end
plan('HDEL', leases, channel)

-- Removes the head and tells when the channel is due again.
local function remove()
  local members = redis.call('ZRANGEBYLEX', order, '[' .. channel .. ' ', '(' .. channel .. '!', 'LIMIT', 0, 2)
  if #members > 0 and string.match(members[1], '(%S+)$') == id then
    plan('ZREM', order, table.remove(members, 1))
  end
  plan('HDEL', deliveries, id)
  plan('HDEL', attempts, id)
  if #members > 0 then
    plan('ZADD', channels, digits(at), channel)
  else
    plan('ZREM', channels, channel)
  end
end

typed(channels, 'zset')
typed(order, 'zset')
typed(deliveries, 'hash')
typed(attempts, 'hash')
if how == 'sent' then
  local keep_proof, slot, place = take_whole(), take(), take()
  plan('SET', proof, '1', 'PX', digits(keep_proof))
  if slot ~= '' then
    plan('HSET', KEYS[7], slot, place)
    plan('HSET', KEYS[8], place, slot)
  end
  remove()
elseif how == 'undeliverable' then
  local kept, entry = take(), take()
  plan('HSET', KEYS[7], id, kept)
  plan_entry(KEYS[8], next_sequence(KEYS[8]), entry)
  remove()
else
  local attempted = take()
  local made = whole(redis.call('HGET', attempts, id) or '0', 'an attempt')
  if attempted == '0' and made > 0 then
    plan('HSET', attempts, id, digits(made - 1))
  end
  plan('ZADD', channels, digits(at), channel)
end
all_taken()
write()
return 1
