-- The outbox as its scripts share it. A line is what stays in order: a thread, or one person's whispers in a
-- channel. Its head waits at a gate, `<method> <channel>`, for that is how Slack limits calls. Lines at a gate
-- go by lane, then by age. Names in members have their white space written as %20.
-- `open_outbox` comes first, `plan_lines` plans what became of the lines that were looked at.

local ANSWER, ALERT, UPDATE, GRAVE = 0, 1, 2, 3
local TURN = {[ANSWER] = '0', [GRAVE] = '0g', [ALERT] = '1', [UPDATE] = '2'} -- how lanes sort: `grave` came later
local PARTS = {
  'gates', -- a sorted set, gate: when it may be served
  'ready', -- a sorted set, `<gate> <lane> <place> <line>`, a line each
  'later', -- a sorted set, line: until when it stands aside by itself; such a line is not in `ready`
  'lines', -- a hash, line: `<answers> <alerts> <updates> <place> <gate>`, and ` <graves>` where there are any
  'order', -- a sorted set, `<line> <place> <id>`, a message each
  'deliveries', -- a hash, id: `<lane> <queued at> <delivery>`
  'attempts', -- a hash, id: attempts
  'leases', -- a hash, gate: `<id> <token> <line>`
  'pending', -- a hash, slot: `<id> <line>` of the message that a newer one may replace
  'paces', -- a hash, gate: when it may be served, kept when nothing waits there
  'aliases', -- a hash, a channel as policy names it: its id
  'slots', -- a hash, slot: `<channel id> <ts>`
  'places', -- a hash, `<channel id> <ts>`: slot
  'threads', -- a sorted set, line: when something was last shown or heard in it
  'shown', -- a sorted set, `<line> <slot>` of what stands in Slack
  'waiting0', 'waiting1', 'waiting2', 'waiting3', -- sorted sets, a lane each, id: when it was queued; they are only counted
  'moved', -- a hash, slot: `<channel as policy names it> <why>` of a thread that goes on in the fallback channel
}
local box, lines, touched, filled = {}, {}, {}, {}

-- A read of a key of another type ends the script by itself, a write is checked when it is planned.
local function open_outbox(first)
  for i, name in ipairs(PARTS) do
    box[name] = KEYS[first + i - 1] or refuse('BADARGS', 'too few keys')
  end
end

local function escaped(text)
  return (string.gsub(text, '[%%%s]', function(one)
    return string.format('%%%02X', string.byte(one))
  end))
end

local function unescaped(text)
  return (string.gsub(text, '%%(%x%x)', function(code)
    return string.char(tonumber(code, 16))
  end))
end

local function fixed(place)
  return string.format('%016.0f', place) -- a fixed width, so that members sort by it
end

-- The members of a sorted set of one score that begin with these words.
local function beginning(key, words, limit)
  return redis.call('ZRANGEBYLEX', key, '[' .. words .. ' ', '(' .. words .. '!', 'LIMIT', 0, limit)
end

-- What stands in a delivery, as far as the outbox must know; an unreadable one has empty words.
local function read_delivery(json)
  local readable, told = pcall(cjson.decode, json)
  told = readable and type(told) == 'table' and told or {}
  local message = {}
  for _, name in ipairs({'channel', 'slot', 'thread', 'thread_ts', 'whisper_to', 'reply_url'}) do
    message[name] = type(told[name]) == 'string' and told[name] or ''
  end
  message.slot = message.whisper_to == '' and message.slot or '' -- nobody finds a whisper again
  return message
end

-- A stored message: its lane, when it was queued, and its delivery as it is written.
local function read_message(id)
  local stored = redis.call('HGET', box.deliveries, id)
  if stored then
    local lane, queued_at, json = string.match(stored, '^([0123]) (%d+) (.*)$')
    return {stored = stored, lane = tonumber(lane) or UPDATE, queued_at = queued_at or '0', json = json or ''}
  end
end

local function place_of(slot)
  return filled[slot] or slot ~= '' and redis.call('HGET', box.slots, slot) or ''
end

-- The line of a delivery; a thread that is named by its root's ts is the one that its root's slot names.
local function line_of(delivery)
  local name = delivery.thread
  if delivery.whisper_to ~= '' then
    name = '@' .. delivery.whisper_to .. '/' .. delivery.channel
  elseif name == '' and delivery.thread_ts ~= '' then
    local root = delivery.channel .. ' ' .. delivery.thread_ts
    name = redis.call('HGET', box.places, root) or root
  elseif name == '' then
    name = delivery.slot
  end
  return escaped(name)
end

-- Where Slack will count the call for a delivery: its message's channel, else its thread's, else its own.
-- A response_url is one person's, and so is its gate.
local function gate_of(delivery)
  if delivery.reply_url ~= '' then
    return 'reply ' .. line_of(delivery)
  end
  local method = delivery.whisper_to ~= '' and 'whisper' or 'post'
  local known = place_of(delivery.slot)
  if known ~= '' then
    method = 'update'
  else
    known = place_of(delivery.thread)
  end
  local channel = string.match(known, '^(%S+) ')
    or redis.call('HGET', box.aliases, delivery.channel)
    or delivery.channel
  return method .. ' ' .. escaped(channel ~= '' and channel or '?')
end

local function member_of(line)
  local lane = UPDATE
  for _, graver in ipairs({ALERT, GRAVE, ANSWER}) do
    lane = line.counts[graver] > 0 and graver or lane
  end
  return line.gate .. ' ' .. TURN[lane] .. ' ' .. line.place .. ' ' .. line.name
end

-- A line as it is, to be changed; `plan_lines` writes what it has become. Without a gate nothing waits in it.
local function line_named(name)
  if lines[name] then
    return lines[name]
  end
  local line = {name = name, counts = {[ANSWER] = 0, [ALERT] = 0, [UPDATE] = 0, [GRAVE] = 0}}
  local record = redis.call('HGET', box.lines, name)
  if record then
    local form = '^(%d+) (%d+) (%d+) (%d+) (%S+ %S+) ?(%d*)$'
    local answers, alerts, updates, place, gate, graves = string.match(record, form)
    if not gate then
      refuse('BADVALUE', 'a line of the outbox cannot be read')
    end
    line.counts = {[ANSWER] = tonumber(answers), [ALERT] = tonumber(alerts), [UPDATE] = tonumber(updates)}
    line.counts[GRAVE] = tonumber(graves) or 0
    line.place, line.gate = place, gate
    line.stood = member_of(line)
  end
  lines[name] = line
  touched[#touched + 1] = line
  return line
end

-- The message is in this lane from now on, or (nil) nowhere; `was` is the one that it was in.
local function plan_waiting(id, lane, queued_at, was)
  if was and was ~= lane then
    plan('ZREM', box['waiting' .. was], id)
  end
  if lane and was ~= lane then
    plan('ZADD', box['waiting' .. lane], queued_at, id)
  end
end

-- Removes a message that was at its line's head; the next one becomes the head.
local function behead(line, lane)
  line.counts[lane] = math.max(0, line.counts[lane] - 1)
  line.gate = nil
end

local function put_at_head(line, place, delivery)
  line.place, line.gate = place, gate_of(delivery)
end

-- The message that a newer one to the same slot may replace: queued, never tried.
local replaceable = {}
local function waiting_for(slot)
  if replaceable[slot] == nil then
    local id, line = string.match(redis.call('HGET', box.pending, slot) or '', '^(%S+) (%S+)$')
    local message = id and read_message(id)
    replaceable[slot] = message and {id = id, line = line, lane = message.lane, queued_at = message.queued_at}
  end
  return replaceable[slot]
end

local changed = {} -- waiting messages that this script gives other words

local function replace(waiting, lane, json)
  changed[waiting.id] = true
  if TURN[lane] < TURN[waiting.lane] then
    local counts = line_named(waiting.line).counts
    plan_waiting(waiting.id, lane, waiting.queued_at, waiting.lane)
    counts[waiting.lane], counts[lane] = math.max(0, counts[waiting.lane] - 1), counts[lane] + 1
    waiting.lane = lane
  end
  plan('HSET', box.deliveries, waiting.id, waiting.lane .. ' ' .. waiting.queued_at .. ' ' .. json)
end

-- Queues a message and returns it, or has it replace the one that waits for the same slot.
local function enqueue(id, lane, place, json, now)
  if not TURN[lane] then
    refuse('BADARGS', 'there is no such lane')
  end
  local delivery = read_delivery(json)
  local slot = delivery.slot
  if (lane == ALERT or lane == GRAVE) and place_of(slot) ~= '' then
    lane = UPDATE
  end
  local waiting = slot ~= '' and waiting_for(slot)
  if waiting then
    replace(waiting, lane, json)
    return nil
  end
  local line = line_named(line_of(delivery))
  line.counts[lane] = line.counts[lane] + 1
  if not line.gate then
    put_at_head(line, place, delivery)
  end
  plan('ZADD', box.order, '0', line.name .. ' ' .. place .. ' ' .. id)
  plan('HSET', box.deliveries, id, lane .. ' ' .. digits(now) .. ' ' .. json)
  plan_waiting(id, lane, digits(now))
  if slot ~= '' then
    plan('HSET', box.pending, slot, id .. ' ' .. line.name)
    replaceable[slot] = {id = id, line = line.name, lane = lane, queued_at = digits(now)}
  end
  return {id = id, place = place, line = line, delivery = delivery}
end

-- Gives a gate, and the message at its head, to one sender for a while.
local function lease(gate, lease_end, id, attempt, token, name)
  plan('HSET', box.attempts, id, digits(attempt))
  plan('HSET', box.leases, gate, id .. ' ' .. token .. ' ' .. name)
  plan('ZADD', box.gates, digits(lease_end), gate)
end

local function plan_gate(gate, now)
  local free = whole(redis.call('HGET', box.paces, gate) or '0', 'the pace of a gate')
  plan('ZADD', box.gates, 'NX', digits(math.max(now, free)), gate)
end

local function plan_lines(now)
  for _, line in ipairs(touched) do
    local stands = line.gate and member_of(line)
    if line.stood and line.stood ~= stands then
      plan('ZREM', box.ready, line.stood)
    end
    if stands then
      local record = {line.counts[ANSWER], line.counts[ALERT], line.counts[UPDATE], line.place, line.gate}
      if line.counts[GRAVE] > 0 then
        record[#record + 1] = line.counts[GRAVE]
      end
      plan('HSET', box.lines, line.name, table.concat(record, ' '))
      local aside = not line.wakes and redis.call('ZSCORE', box.later, line.name)
      if not aside and not line.waits then
        plan('ZADD', box.ready, '0', stands)
        plan_gate(line.gate, now)
      end
    else
      plan('HDEL', box.lines, line.name)
    end
  end
end
