#!lua
-- One unit of work: checks that it may happen, then writes all of it.
-- KEYS: the ten below, the outbox's, one for each object, link, unlink, rank and unrank, and the `once` set
-- if there is one.
local proof, audit = KEYS[1], KEYS[2]
local due, due_bodies, due_claims = KEYS[3], KEYS[4], KEYS[5]
local queue, queue_bodies, queue_claims = KEYS[6], KEYS[7], KEYS[8]
local counter, written = KEYS[9], KEYS[10]
local used = 10 + #PARTS
local function next_key()
  used = used + 1
  return KEYS[used] or refuse('BADARGS', 'too few keys')
end

-- The proof outlives this call for a while: when the answer is lost and the call is repeated, it tells.
local keep_proof, now = take_whole(), take_whole()
typed(proof, 'string')
if redis.call('EXISTS', proof) == 1 then
  return 'committed'
end
plan('SET', proof, '1', 'PX', digits(keep_proof))
open_outbox(11)

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

local messages = take_whole()
if messages > 0 then
  typed(counter, 'string')
  local place = whole(redis.call('GET', counter) or '0', 'the outbox counter')
  for _ = 1, messages do
    local id, lane, delivery = take(), take_whole(), take()
    place = place + 1
    enqueue(id, lane, fixed(place), delivery, now)
  end
  plan_lines(now)
  if place > LARGEST_EXACT then
    refuse('BADVALUE', 'the outbox counter has no numbers left')
  end
  plan('SET', counter, digits(place))
end

for _ = 1, take_whole() do
  local id = take()
  plan('ZREM', due, id)
  plan('HDEL', due_bodies, id)
  plan('HDEL', due_claims, id)
end
for _ = 1, take_whole() do -- after the consumed item is gone: a timer may arm itself anew
  local id, at, body = take(), take_whole(), take()
  plan('ZADD', due, digits(at), id)
  plan('HSET', due_bodies, id, body)
  plan('HDEL', due_claims, id)
end
all_taken()
write()
return 'committed'
