-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The city's event stream: what one call changed, as (kind, value) pairs, in one entry; in several when
-- it is very much. Readers that fell behind the trimmed length read a snapshot instead.
local EVENTS_KEPT = 100000
local EVENTS_AN_ENTRY = 500 -- LEDGER_EVENTS_AN_ENTRY of slots/ledger/ledger_call.h

-- The ids of its entries, separated by spaces: the first EVENTS_AN_ENTRY events stand in the first one.
local function append_event(key, kinds_and_values)
  local ids = {}
  for first = 1, #kinds_and_values, 2 * EVENTS_AN_ENTRY do
    local last = math.min(first + 2 * EVENTS_AN_ENTRY - 1, #kinds_and_values)
    ids[#ids + 1] = redis.call('XADD', key, 'MAXLEN', '~', EVENTS_KEPT, '*',
      unpack(kinds_and_values, first, last))
  end
  return table.concat(ids, ' ')
end

local function last_event(key)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
  return last[1] and last[1][1] or '0-0'
end
