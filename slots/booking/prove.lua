-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Lets a worker answer refusals from its memory without guessing: the last event says whether the
-- memory is current, the tags whether a request is a repeated one that was booked before.
--
-- KEYS  1 events  2 idempotency of today  3 of yesterday
-- ARGV  idempotency tags
-- Reply 1 id of the last event  then 1 or 0 for each tag
local PROOFS_MAX = 256 -- slots/booking/prove.c

local function prove(keys, args)
  if #args > PROOFS_MAX then
    return redis.error_reply('ERR more than ' .. PROOFS_MAX .. ' tags to prove')
  end
  local reply = { last_event(keys[1]) }
  if #args == 0 then return reply end
  local today = read_fields(keys[2], args, 1, #args)
  local yesterday = read_fields(keys[3], args, 1, #args)
  for i = 1, #args do
    reply[i + 1] = (today[i] or yesterday[i]) and 1 or 0
  end
  return reply
end

redis.register_function{
  function_name = versioned('prove'), callback = prove, flags = { 'no-writes' } }
