-- Put below the first line of every script. Redis does not roll a script back, so scripts never write as
-- they go: they plan their writes, every check is made while planning, and `write` is the last thing called.

local KIND = {
  SET = 'string', HSET = 'hash', HDEL = 'hash', ZADD = 'zset', ZREM = 'zset',
  ZREMRANGEBYRANK = 'zset', SADD = 'set', SREM = 'set', XADD = 'stream',
}
local LARGEST_EXACT = 9007199254740991 -- 2^53 - 1: above it Lua's numbers skip integers
local MOST_ARGUMENTS = 20000
local MOST_BYTES = 16777216

local kinds, planned, taken = {}, {}, 0

local function refuse(code, what)
  error(redis.error_reply(code .. ' ' .. what))
end

-- The key holds the wanted type or does not exist; returns whether it exists.
local function typed(key, kind)
  local found = kinds[key]
  if found == nil then
    found = redis.call('TYPE', key)['ok']
    kinds[key] = found
  end
  if found ~= 'none' and found ~= kind then
    refuse('WRONGTYPE', 'a key holds a ' .. found .. ' where a ' .. kind .. ' belongs: ' .. key)
  end
  return found ~= 'none'
end

local function plan(command, key, ...)
  typed(key, KIND[command])
  if not redis.acl_check_cmd(command, key, ...) then
    refuse('NOPERM', 'this user may not ' .. command .. ' ' .. key)
  end
  planned[#planned + 1] = {command, key, ...}
end

-- Deletes a key of this kind.
local function plan_removal(key, kind)
  if typed(key, kind) then
    if not redis.acl_check_cmd('DEL', key) then
      refuse('NOPERM', 'this user may not DEL ' .. key)
    end
    planned[#planned + 1] = {'DEL', key}
  end
end

local function write()
  for _, call in ipairs(planned) do
    redis.call(unpack(call))
  end
end

local function whole(text, what)
  local value = string.match(text, '^%d+$') and tonumber(text)
  if not value or value > LARGEST_EXACT then
    refuse('BADVALUE', what .. ' is not a whole number')
  end
  return value
end

local function digits(value)
  return string.format('%.0f', value)
end

local function check_sizes()
  local bytes = 0
  for _, argument in ipairs(ARGV) do
    bytes = bytes + #argument
  end
  if #ARGV > MOST_ARGUMENTS or #KEYS > MOST_ARGUMENTS or bytes > MOST_BYTES then
    refuse('TOOLARGE', 'more than one script may write')
  end
end

local function take()
  taken = taken + 1
  local argument = ARGV[taken]
  if argument == nil then
    refuse('BADARGS', 'too few arguments')
  end
  return argument
end

local function take_whole()
  return whole(take(), 'argument ' .. taken)
end

local function all_taken()
  if taken ~= #ARGV then
    refuse('BADARGS', 'too many arguments')
  end
end

-- The sequence number that the next audit entry gets: one above the last the stream ever gave.
local function next_sequence(audit)
  if not typed(audit, 'stream') then
    return 1
  end
  local info = redis.call('XINFO', 'STREAM', audit)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local sequence = whole(string.match(info[i + 1], '^(%d+)%-%d+$') or '', 'the last id of the audit stream')
      if sequence >= LARGEST_EXACT - MOST_ARGUMENTS then
        refuse('BADVALUE', 'the audit stream has no sequence numbers left')
      end
      return sequence + 1
    end
  end
  refuse('BADVALUE', 'the audit stream does not tell its last id')
end

local function plan_entry(audit, sequence, entry)
  if string.sub(entry, 1, 2) ~= '{"' then
    refuse('BADARGS', 'an audit entry is not a JSON object')
  end
  local numbered = '{"seq":' .. digits(sequence) .. ',' .. string.sub(entry, 2)
  plan('XADD', audit, digits(sequence) .. '-0', 'entry', numbered)
end

-- A claim is "<attempt> <token>".
local function read_claim(claims, id)
  typed(claims, 'hash')
  local claim = redis.call('HGET', claims, id)
  if not claim then
    return 0, ''
  end
  local attempt, token = string.match(claim, '^(%d+) (%S+)$')
  return whole(attempt or '', 'the attempt in a claim'), token
end

check_sizes()
