#!lua
-- One unit of work: checks that it may happen, then writes all of it.
-- KEYS: the eleven below, the outbox's, one for each object, link, unlink, rank and unrank, and the `once` set
-- if there is one.
local proof, audit = KEYS[1], KEYS[2]
local due, due_bodies, due_claims = KEYS[3], KEYS[4], KEYS[5]
local queue, queue_bodies, queue_claims = KEYS[6], KEYS[7], KEYS[8]
local counter, written, policy = KEYS[9], KEYS[10], KEYS[11]
local used = 11 + #PARTS
local function next_key()
  used = used + 1
  return KEYS[used] or refuse('BADARGS', 'too few keys')
end

-- The proof outlives this call for a while: when the answer is lost and the call is repeated, it gives it again.
local keep_proof, now = take_whole(), take_whole()
-- What can be done at once, its replica may take with it: until when, or '' when it takes nothing; by which token,
-- and by which policy revision it works.
local send_until, work_until, token, revision = take(), take(), take(), take()
typed(policy, 'hash')
if redis.call('HGET', policy, 'active') ~= revision then
  send_until, work_until = '', ''
end
typed(proof, 'string')
local answered = redis.call('GET', proof)
if answered then
  return cjson.decode(answered)
end
open_outbox(12)

local consumed, holding = take(), take()
local items = consumed ~= '' and {{consumed, holding}} or {}
for _ = 1, take_whole() do
  items[#items + 1] = {take(), take()}
end
for _, item in ipairs(items) do
  typed(queue_bodies, 'hash')
  if redis.call('HEXISTS', queue_bodies, item[1]) == 0 then
    return 'duplicate'
  end
end

local conflict, replayed = false, false
for _ = 1, take_whole() do
  local key, name, expected, change, document = next_key(), take(), take(), take(), take()
  typed(key, 'hash')
  local version = whole(redis.call('HGET', key, 'v') or '0', 'the version of an object')
  if expected ~= '' and whole(expected, 'an expected version') ~= version then
    conflict = true
  end
  if change == 'put' then
    plan('HSET', key, 'v', digits(version + 1), 'doc', document)
    plan('ZADD', written, digits(now), name)
  elseif change == 'forget' then
    plan_removal(key, 'hash')
    plan('ZREM', written, name)
  end
end

for _ = 1, take_whole() do
  local key, command, member = next_key(), take(), take()
  plan(command, key, member)
end
for _ = 1, take_whole() do
  local key, at, member, most = next_key(), take_whole(), take(), take_whole()
  plan('ZADD', key, digits(at), member)
  if most > 0 then
    plan('ZREMRANGEBYRANK', key, '0', '-' .. digits(most + 1))
  end
end
for _ = 1, take_whole() do
  plan('ZREM', next_key(), take())
end

if take() == '1' then
  local key, thread, cause = next_key(), take(), take()
  typed(key, 'set')
  if redis.call('SISMEMBER', key, cause) == 1 then
    replayed = true
    planned = {} -- words that were heard before change nothing; only their item is done with, below
  end
  plan('SADD', key, cause)
  plan('ZADD', box.threads, digits(now), escaped(thread))
end
if used ~= #KEYS then
  refuse('BADARGS', 'too many keys')
end

for _, item in ipairs(items) do
  local _, holder = read_claim(queue_claims, item[1])
  if item[2] ~= '' and holder ~= item[2] then
    return 'lost-claim'
  end
  plan('ZREM', queue, item[1])
  plan('HDEL', queue_bodies, item[1])
  plan('HDEL', queue_claims, item[1])
end
if replayed then
  write()
  return 'duplicate'
end
if conflict then
  return 'conflict'
end

local entries = take_whole()
if entries > 0 then
  local sequence = next_sequence(audit)
  for i = 0, entries - 1 do
    plan_entry(audit, sequence + i, take())
  end
end

-- The first of the new messages at each gate that nobody waits or sends at, as the sender will want to know them.
local function taken_along(queued)
  local firsts, gates, told = {}, {}, {}
  for _, one in ipairs(queued) do
    local line = one.line
    local is_head = line.gate and line.place == one.place and not changed[one.id]
    if is_head and not redis.call('ZSCORE', box.later, line.name) then
      local first = firsts[line.gate]
      if not first then
        gates[#gates + 1] = line.gate
      end
      if not first or member_of(line) < member_of(first.line) then
        firsts[line.gate] = one
      end
    end
  end
  for _, gate in ipairs(gates) do
    local one = firsts[gate]
    local free = whole(redis.call('HGET', box.paces, gate) or '0', 'the pace of a gate')
    if free <= now and not redis.call('ZSCORE', box.gates, gate) then
      lease(gate, whole(send_until, 'the end of a lease'), one.id, 1, one.id, one.line.name)
      if one.delivery.slot ~= '' then
        plan('HDEL', box.pending, one.delivery.slot)
      end
      for _, part in ipairs({one.id, gate, place_of(one.delivery.slot), place_of(one.delivery.thread)}) do
        told[#told + 1] = part
      end
    end
  end
  return told
end

local messages, sendings = take_whole(), {}
if messages > 0 then
  typed(counter, 'string')
  local place, queued = whole(redis.call('GET', counter) or '0', 'the outbox counter'), {}
  for _ = 1, messages do
    local id, lane, delivery = take(), take_whole(), take()
    place = place + 1
    queued[#queued + 1] = enqueue(id, lane, fixed(place), delivery, now)
  end
  plan_lines(now)
  if place > LARGEST_EXACT then
    refuse('BADVALUE', 'the outbox counter has no numbers left')
  end
  plan('SET', counter, digits(place))
  if send_until ~= '' then
    sendings = taken_along(queued)
  end
end

for _ = 1, take_whole() do
  local id = take()
  plan('ZREM', due, id)
  plan('HDEL', due_bodies, id)
  plan('HDEL', due_claims, id)
end
local works = {}
for _ = 1, take_whole() do -- after the consumed item is gone: a timer may arm itself anew
  local id, at, body = take(), take_whole(), take()
  local at_once = work_until ~= '' and at <= now
  plan('ZADD', due, digits(at_once and whole(work_until, 'the end of a lease') or at), id)
  plan('HSET', due_bodies, id, body)
  if at_once then
    plan('HSET', due_claims, id, '1 ' .. token)
    works[#works + 1] = id
  else
    plan('HDEL', due_claims, id)
  end
end
all_taken()
local answer = {'committed', sendings, works}
plan('SET', proof, cjson.encode(answer), 'PX', digits(keep_proof))
write()
return answer
