-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Work over a whole city that one worker does at a time: the lease, its fencing tokens, its passes.
-- A lease is 'TOKEN WORKER'; each one has a larger token, so work that was begun under an older one
-- is known by it, however late it comes.
--
-- lease       KEYS 1 lease  2 the last token   ARGV 1 token held or '0'  2 worker  3 ms it shall last
--             Reply the token, '0' when another worker has the lease, and the ms it still lasts
-- end_lease   KEYS 1 lease   ARGV 1 token
-- begin_pass  KEYS 1 lease  2 passes   ARGV 1 token  2 job  3 minute, or '' to count none  4 minute of
--             now, as the holder's clock has it: noted for commands, which have no clock of the city's
--             Reply 1 when the pass may begin: the lease is the caller's and the job's minute is new
-- fenced      KEYS 1 lease, then those of the Function   ARGV 1 token  2 the Function's name, then its
--             own. Refusal 'fenced': the lease is no longer the caller's, nothing was done
local function holds(key, token)
  local held = redis.call('GET', key)
  return held and held:match('^%d+') == token
end

local function lease(keys, args)
  local token, worker, ms = args[1], args[2], args[3]
  if holds(keys[1], token) then
    redis.call('PEXPIRE', keys[1], ms)
    return { token, tonumber(ms) }
  end
  local left = redis.call('PTTL', keys[1])
  if left >= 0 then return { '0', left } end
  token = string.format('%d', redis.call('INCR', keys[2]))
  redis.call('SET', keys[1], token .. ' ' .. worker, 'NX', 'PX', ms)
  return { token, tonumber(ms) }
end

local function end_lease(keys, args)
  return holds(keys[1], args[1]) and redis.call('DEL', keys[1]) or 0
end

local function begin_pass(keys, args)
  local job, minute = args[2], args[3]
  if not holds(keys[1], args[1]) then return 0 end
  if args[4] then redis.call('HSET', keys[2], 'clock', args[4]) end
  if minute == '' then return 1 end
  if redis.call('HGET', keys[2], job) == minute then return 0 end
  redis.call('HSET', keys[2], job, minute)
  return 1
end

local FENCED = { end_day = end_day, promote = promote }

local function fenced(keys, args)
  if not holds(keys[1], args[1]) then return { '', {}, 'fenced' } end
  local run = FENCED[args[2]:match('^(.*)_%x+$')]
  return run(items_from(keys, 2), items_from(args, 3))
end

redis.register_function(versioned('lease'), lease)
redis.register_function(versioned('end_lease'), end_lease)
redis.register_function(versioned('begin_pass'), begin_pass)
redis.register_function(versioned('fenced'), fenced)
