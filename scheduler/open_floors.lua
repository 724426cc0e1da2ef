-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The halls of which a day's end would end something, and the queues that issued tickets, a bounded
-- part of the day at a call. A missed one's reservation ends with the day too; who is called or served,
-- and that window, end with the day behind it. Reads only.
--
-- KEYS  1 tickets of the day  2 windows of the day
-- ARGV  1 '1' when the day behind it has ended, too  2 cursor of HSCAN, '0' at the first call
-- Reply 1 the cursor to go on with, '0' at the end  then a text each, perhaps told by other calls, too:
--       'HALL -' something of the hall would end, 'HALL QUEUE' the queue issued a ticket
local TICKETS_AT_ONCE = 500
local ENDED_STATUSES = { w = true, p = true, m = true, c = 'later', s = 'later' }

-- Redis' own order is none.
local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function look_at_tickets(tickets, is_last, found)
  for i = 1, #tickets, 2 do
    local hall, queue = tickets[i]:match('^([^ ]+) ([^ ]+) t%d+$')
    if hall then
      found[hall .. ' ' .. queue] = true
      local ends = ENDED_STATUSES[tickets[i + 1]:sub(1, 1)]
      if ends == true or ends and is_last then found[hall .. ' -'] = true end
    end
  end
end

local function look_at_windows(windows, is_last, found)
  for i = 1, #windows, 2 do
    local state, ticket = windows[i + 1]:match('^([^ ]+) [^ ]+ ([^ ]+)')
    if state ~= 'c' and (is_last or ticket == '-') then
      found[windows[i]:match('^[^ ]+') .. ' -'] = true
    end
  end
end

local function open_floors(keys, args)
  local is_last, found = args[1] == '1', {}
  local part = redis.call('HSCAN', keys[1], args[2], 'COUNT', TICKETS_AT_ONCE)
  look_at_tickets(part[2], is_last, found)
  if args[2] == '0' then look_at_windows(redis.call('HGETALL', keys[2]), is_last, found) end
  local reply = sorted_names(found)
  table.insert(reply, 1, part[1])
  return reply
end

redis.register_function{
  function_name = versioned('open_floors'), callback = open_floors, flags = { 'no-writes' } }
