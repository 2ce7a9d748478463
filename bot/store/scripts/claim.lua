#!lua
-- Leases visible items by raising their score to the lease's end, under a fresh token.
local policy, visible, bodies, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local revision, now, lease_end, limit, token = take(), take_whole(), take_whole(), take_whole(), take()
all_taken()

typed(policy, 'hash')
local active = redis.call('HGET', policy, 'active')
if active ~= revision then
  return {'stop', active or ''}
end

local answer = {'claimed'}
typed(visible, 'zset')
typed(bodies, 'hash')
for _, id in ipairs(redis.call('ZRANGEBYSCORE', visible, '-inf', digits(now), 'LIMIT', 0, limit)) do
  local body = redis.call('HGET', bodies, id)
  if body then
    local attempt = read_claim(claims, id) + 1
    plan('ZADD', visible, digits(lease_end), id)
    plan('HSET', claims, id, digits(attempt) .. ' ' .. token)
    answer[#answer + 1] = id
    answer[#answer + 1] = body
    answer[#answer + 1] = digits(attempt)
  else -- its body was deleted from outside; without this the queue would stop behind it
    plan('ZREM', visible, id)
    plan('HDEL', claims, id)
  end
end
write()
return answer
