-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The city's event stream: one entry for all that one call changed, as (kind, value) pairs. Readers
-- that fell behind the trimmed length read a snapshot instead.
local EVENTS_KEPT = 100000

local function append_event(key, kinds_and_values)
  return redis.call('XADD', key, 'MAXLEN', '~', EVENTS_KEPT, '*', unpack(kinds_and_values))
end

local function last_event(key)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
  return last[1] and last[1][1] or '0-0'
end
