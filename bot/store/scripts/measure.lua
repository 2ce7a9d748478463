#!lua
-- How much there is: of each sorted set its size and its lowest score up to a moment ('' without any), then of each
-- hash its size. Costs the same whatever they hold.
local sets, up_to = take_whole(), take_whole()
all_taken()

local answer = {}
for place, key in ipairs(KEYS) do
  if place <= sets then
    typed(key, 'zset')
    local first = redis.call('ZRANGEBYSCORE', key, '-inf', digits(up_to), 'WITHSCORES', 'LIMIT', 0, 1)
    answer[#answer + 1] = digits(redis.call('ZCARD', key))
    answer[#answer + 1] = first[2] and digits(tonumber(first[2])) or ''
  else
    typed(key, 'hash')
    answer[#answer + 1] = digits(redis.call('HLEN', key))
  end
end
return answer
