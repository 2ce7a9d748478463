#!lua
-- Leases the gate that waits longest and counts an attempt at the head of its first line. Answers {} when nothing
-- is due, {'again'} when it has only tidied up: then the next call finds what is there.
-- KEYS: the outbox's.
local SPARE = 16 -- gates, lines and messages looked at beyond the busy ones
local now, lease_end, token = take_whole(), take_whole(), take()
local busy = {}
while taken < #ARGV do
  busy[take()] = true
end
open_outbox(1)

local function again()
  plan_lines(now)
  write()
  return {'again'}
end

local awake = redis.call('ZRANGEBYSCORE', box.later, '-inf', digits(now), 'LIMIT', 0, SPARE)
for _, name in ipairs(awake) do
  plan('ZREM', box.later, name)
  line_named(name).wakes = true
end
if #awake > 0 then
  return again()
end

-- Messages whose delivery was deleted from outside are planned away, and a line of which nothing is left.
local function mend(line, members)
  behead(line, UPDATE)
  for _, member in ipairs(members) do
    local place, id = string.match(member, '(%d+) (%S+)$')
    local message = read_message(id)
    if message then
      return put_at_head(line, place, read_delivery(message.json))
    end
    plan('ZREM', box.order, member)
    for lane = ANSWER, GRAVE do
      plan_waiting(id, nil, nil, lane)
    end
  end
  if #members == SPARE then
    line.place, line.gate = fixed(0), line.stood_at -- more may lie further behind
  end
end

for _, gate in ipairs(redis.call('ZRANGEBYSCORE', box.gates, '-inf', digits(now), 'LIMIT', 0, #ARGV + SPARE)) do
  local first = not busy[gate] and beginning(box.ready, gate, 1)[1]
  if first then
    local name = string.match(first, '(%S+)$')
    local members = beginning(box.order, name, SPARE)
    local id = string.match(members[1] or '', '(%S+)$')
    local message = id and read_message(id)
    if not message then
      local line = line_named(name)
      line.stood, line.stood_at = first, gate
      mend(line, members)
      return again()
    end
    local attempt = whole(redis.call('HGET', box.attempts, id) or '0', 'an attempt') + 1
    lease(gate, lease_end, id, attempt, token, name)
    local delivery = read_delivery(message.json)
    local slot = delivery.slot
    if string.match(redis.call('HGET', box.pending, slot) or '', '^(%S+)') == id then
      plan('HDEL', box.pending, slot)
    end
    local posted, root = place_of(slot), place_of(delivery.thread)
    write()
    return {id, gate, digits(attempt), message.stored, posted, root}
  elseif not busy[gate] then
    plan('ZREM', box.gates, gate)
  end
end
write()
return {}
