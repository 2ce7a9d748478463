#!lua
-- A replica's heartbeat; decides which policy revision is in force and tells the server's own time. That
-- another is in force from now on is due work: its body, a JSON object, gets the revision `before`.
local replicas, revisions, policy, due, due_bodies, due_claims = unpack(KEYS)
local replica, revision, now, alive_until, force, nonce = take(), take(), take_whole(), take_whole(), take(), take()
local drift, told, body = take(), take(), take()
all_taken()

local time = redis.call('TIME')
typed(replicas, 'zset')
typed(revisions, 'hash')
typed(policy, 'hash')
local active = redis.call('HGET', policy, 'active') or ''

-- By a wrong clock nobody seems to be alive, or somebody for ever: whoever has one decides nothing.
if drift ~= '' and math.abs(now - (time[1] * 1000 + math.floor(time[2] / 1000))) > whole(drift, 'a drift') then
  return {active, '', time[1], time[2]}
end

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
  if told ~= '' and replaced ~= '' then
    plan('ZADD', due, digits(now), told)
    plan('HSET', due_bodies, told, '{"before":' .. cjson.encode(replaced) .. ',' .. string.sub(body, 2))
    plan('HDEL', due_claims, told)
  end
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
