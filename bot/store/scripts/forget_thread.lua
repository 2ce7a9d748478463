#!lua
-- Forgets where the messages of a thread stand and which words were heard in it, a bounded part at a time.
-- Answers 'kept' when it was touched since, messages wait for it, or something is still linked in it (then it is
-- looked at again after another while), 'again' when there is more of it, 'forgotten' at its end.
-- KEYS: the outbox's, the words heard in it, the named sets that must be empty.
local PART = 200
local thread, before, now = take(), take_whole(), take_whole()
all_taken()
open_outbox(1)
local once = KEYS[#PARTS + 1]
typed(once, 'set')

local name = escaped(thread)
local touched_at = redis.call('ZSCORE', box.threads, name)
if not touched_at or tonumber(touched_at) > before then
  return 'kept'
end
local waits = redis.call('HEXISTS', box.lines, name) == 1
for i = #PARTS + 2, #KEYS do
  waits = typed(KEYS[i], 'set') or waits
end
if waits then
  plan('ZADD', box.threads, digits(now), name)
  write()
  return 'kept'
end

local members = beginning(box.shown, name, PART)
for _, member in ipairs(members) do
  local slot = unescaped(string.match(member, '(%S+)$'))
  local place = redis.call('HGET', box.slots, slot)
  plan('ZREM', box.shown, member)
  plan('HDEL', box.slots, slot)
  plan('HDEL', box.moved, slot)
  if place and redis.call('HGET', box.places, place) == slot then
    plan('HDEL', box.places, place)
  end
end
if #members == PART then
  write()
  return 'again'
end
plan_removal(once, 'set')
plan('ZREM', box.threads, name)
write()
return 'forgotten'
