#!lua
-- A replica's heartbeat; decides which policy revision is in force and tells the server's own time.
local replicas, revisions, policy = KEYS[1], KEYS[2], KEYS[3]
local replica, revision, now, alive_until, force, nonce = take(), take(), take_whole(), take_whole(), take(), take()
all_taken()

local time = redis.call('TIME')
typed(replicas, 'zset')
typed(revisions, 'hash')
typed(policy, 'hash')
local active = redis.call('HGET', policy, 'active') or ''

local function held_by_another()
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', replicas, '(' .. digits(now), '+inf')) do
    if other ~= replica and redis.call('HGET', revisions, other) == active then
      return true
    end
  end
  return false
end

local replaced = ''
if active ~= revision and (active == '' or force == '1' or not held_by_another()) then
  replaced = active
  active = revision
  plan('HSET', policy, 'active', active, 'replaced', replaced, 'by', nonce)
elseif redis.call('HGET', policy, 'by') == nonce then -- the same call again: its answer was lost
  replaced = redis.call('HGET', policy, 'replaced') or ''
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', replicas, '-inf', digits(now), 'LIMIT', 0, 1000)) do
  plan('ZREM', replicas, gone)
  plan('HDEL', revisions, gone)
end
plan('ZADD', replicas, digits(alive_until), replica)
plan('HSET', revisions, replica, revision)
write()
return {active, replaced, time[1], time[2]}
