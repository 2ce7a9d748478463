#!lua
-- Ends the sending of a message. ARGV[1] says how:
--   sent          it stands in Slack: remove it and remember where its slot stands
--   undeliverable it never will: remove it, keep it among the dead, record that
--   moved         its channel takes no messages: it waits as another delivery, and where it stood is forgotten
--   postponed     leave it where it is until later, with its gate or alone
-- KEYS: the proof, the audit stream, the dead, when things were set aside, the outbox's.
local proof, audit, dead, aside = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local how, id, gate, token, at = take(), take(), take(), take(), take_whole()

typed(proof, 'string')
if redis.call('EXISTS', proof) == 1 then
  return 1
end
open_outbox(5)
local holder, name = string.match(redis.call('HGET', box.leases, gate) or '', '^(%S+ %S+) (%S+)$')
if holder ~= id .. ' ' .. token then
  return 0
end
plan('HDEL', box.leases, gate)
local line = line_named(name)
local free = whole(redis.call('HGET', box.paces, gate) or '0', 'the pace of a gate')

local function remove()
  local members = beginning(box.order, name, 2)
  local message = read_message(id)
  behead(line, message and message.lane or UPDATE)
  for lane = ANSWER, GRAVE do
    plan_waiting(id, nil, nil, lane)
  end
  if string.match(members[1] or '', '(%S+)$') == id then
    plan('ZREM', box.order, table.remove(members, 1))
  end
  plan('HDEL', box.deliveries, id)
  plan('HDEL', box.attempts, id)
  if members[1] then
    local place, following = string.match(members[1], '(%d+) (%S+)$')
    local next_one = read_message(following)
    put_at_head(line, place, read_delivery(next_one and next_one.json or ''))
  end
end

local function sent()
  local keep_proof, slot, channel, ts, name_in_policy = take_whole(), take(), take(), take(), take()
  local pace, tolerance = take_whole(), take_whole()
  local place = channel .. ' ' .. ts
  plan('SET', proof, '1', 'PX', digits(keep_proof))
  if slot ~= '' then
    plan('HSET', box.slots, slot, place)
    plan('HSET', box.places, place, slot)
    plan('ZADD', box.threads, digits(at), name)
    plan('ZADD', box.shown, '0', name .. ' ' .. escaped(slot))
    filled[slot] = place
  end
  if slot ~= '' and string.sub(name_in_policy, 1, 1) == '#' then
    plan('HSET', box.aliases, name_in_policy, channel)
  end
  if pace > 0 then -- GCRA: the moment at which the next call is within the burst
    free = math.max(free + pace, at + pace - tolerance)
    plan('HSET', box.paces, gate, digits(free))
  elseif free > 0 then
    plan('HDEL', box.paces, gate)
  end
  remove()
end

local function undeliverable()
  local kept, entry = take(), take()
  plan('HSET', dead, id, kept)
  plan('ZADD', aside, digits(at), 'message ' .. id)
  plan_entry(audit, next_sequence(audit), entry)
  remove()
end

local function moved()
  local json, root, reason, entry = take(), take(), take(), take()
  local message, first = read_message(id), beginning(box.order, name, 1)[1]
  local place = string.match(first or '', '(%d+) %S+$')
  plan_entry(audit, next_sequence(audit), entry)
  if not message or not place then
    return remove()
  end
  plan('HSET', box.deliveries, id, message.lane .. ' ' .. message.queued_at .. ' ' .. json)
  plan('HDEL', box.attempts, id)
  if root ~= '' then
    plan('HSET', box.moved, root, reason)
  end
  local stood = root ~= '' and redis.call('HGET', box.slots, root)
  if stood then
    plan('HDEL', box.slots, root)
    plan('HDEL', box.places, stood)
    filled[root] = ''
  end
  put_at_head(line, place, read_delivery(json))
end

local function postponed()
  local attempted, alone = take(), take()
  local made = whole(redis.call('HGET', box.attempts, id) or '0', 'an attempt')
  if attempted == '0' and made > 0 then
    plan('HSET', box.attempts, id, digits(made - 1))
    local message = read_message(id)
    local slot = message and read_delivery(message.json).slot or ''
    if made == 1 and slot ~= '' then
      if redis.call('HEXISTS', box.pending, slot) == 0 then
        plan('HSET', box.pending, slot, id .. ' ' .. name) -- as if it had not been tried
      end
    end
  end
  if alone == '1' then
    plan('ZADD', box.later, digits(at), name)
    plan('ZREM', box.ready, line.stood)
    line.waits = true
  else
    free = math.max(free, at)
    plan('HSET', box.paces, gate, digits(free))
  end
end

local function is_waited_at()
  if line.gate == gate and not line.waits then
    return true
  end
  local first, second = unpack(beginning(box.ready, gate, 2))
  return first and first ~= line.stood or second ~= nil
end

if how == 'sent' then
  sent()
elseif how == 'undeliverable' then
  undeliverable()
elseif how == 'moved' then
  moved()
else
  postponed()
end
all_taken()
plan_lines(at)
if is_waited_at() then
  plan('ZADD', box.gates, digits(free), gate)
else
  plan('ZREM', box.gates, gate)
end
write()
return 1
