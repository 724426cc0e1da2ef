-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The halls of which a day's end would end something, with the queues that issued their tickets. A
-- missed one's reservation ends with the day too; who is called or served, and that window, end with
-- the day behind it. Reads only.
--
-- KEYS  1 tickets of the day  2 windows of the day   ARGV  1 '1' when the day behind it has ended, too
-- Reply a text each: 'HALL QUEUE', and 'HALL -' for a hall without tickets of its own
local ENDED_STATUSES = { w = true, p = true, m = true, c = 'later', s = 'later' }

-- Redis' own order is none.
local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function open_floors(keys, args)
  local open, issuers, found, is_last = {}, {}, {}, args[1] == '1'
  local tickets = redis.call('HGETALL', keys[1])
  for i = 1, #tickets, 2 do
    local hall, queue = tickets[i]:match('^([^ ]+) ([^ ]+) t%d+$')
    if hall then
      issuers[hall .. ' ' .. queue] = hall
      local ends = ENDED_STATUSES[tickets[i + 1]:sub(1, 1)]
      if ends == true or ends and is_last then open[hall] = true end
    end
  end
  local windows = redis.call('HGETALL', keys[2])
  for i = 1, #windows, 2 do
    local state, ticket = windows[i + 1]:match('^([^ ]+) [^ ]+ ([^ ]+)')
    if state ~= 'c' and (is_last or ticket == '-') then open[windows[i]:match('^[^ ]+')] = true end
  end
  for _, hall in ipairs(sorted_names(open)) do found[hall .. ' -'] = true end
  for name, hall in pairs(issuers) do
    if open[hall] then found[name] = true end
  end
  return sorted_names(found)
end

redis.register_function{
  function_name = versioned('open_floors'), callback = open_floors, flags = { 'no-writes' } }
