#!lua
-- A replica stops.
local replicas, revisions = KEYS[1], KEYS[2]
local replica = take()
all_taken()
plan('ZREM', replicas, replica)
plan('HDEL', revisions, replica)
write()
return 1
