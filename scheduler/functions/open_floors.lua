-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The halls whose day was not ended, with the queues that issued their tickets. A missed one's
-- reservation ends with the day too. Reads only.
--
-- KEYS  1 tickets of the day  2 windows of the day
-- Reply a text each: 'HALL QUEUE', and 'HALL -' for a hall without tickets of its own
local OPEN_STATUSES = { w = true, c = true, s = true, p = true, m = true }

-- Redis' own order is none.
local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function open_floors(keys)
  local open, issuers, found = {}, {}, {}
  local tickets = redis.call('HGETALL', keys[1])
  for i = 1, #tickets, 2 do
    local hall, queue = tickets[i]:match('^([^ ]+) ([^ ]+) t%d+$')
    if hall then
      issuers[hall .. ' ' .. queue] = hall
      if OPEN_STATUSES[tickets[i + 1]:sub(1, 1)] then open[hall] = true end
    end
  end
  local windows = redis.call('HGETALL', keys[2])
  for i = 1, #windows, 2 do
    if windows[i + 1]:sub(1, 1) ~= 'c' then open[windows[i]:match('^[^ ]+')] = true end
  end
  for _, hall in ipairs(sorted_names(open)) do found[hall .. ' -'] = true end
  for name, hall in pairs(issuers) do
    if open[hall] then found[name] = true end
  end
  return sorted_names(found)
end

redis.register_function{
  function_name = versioned('open_floors'), callback = open_floors, flags = { 'no-writes' } }
