#!lua flags=no-writes
-- One consistent look at any number of objects: version and document of each key in turn.
local answer = {}
for i, key in ipairs(KEYS) do
  typed(key, 'hash')
  local object = redis.call('HMGET', key, 'v', 'doc')
  answer[2 * i - 1] = object[1] or '0'
  answer[2 * i] = object[2] or ''
end
return answer
