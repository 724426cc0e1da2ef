-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Those who were sent to one window, and whoever else a window cannot call: nobody is forgotten. A
-- window that closes gives its people back to their queue; those of a window that has left the
-- catalogue are called by whoever serves their queue (windows.lua); of all others a window that finds
-- nobody is told who alone calls them and why.

local WAITING_CLASSES = { 'b', 'w', 'a', 'p' }
local TOLD_MAX = 20
local SENT_MAX = 100 -- to one window, which has not the day to serve so many: a walk over all of them is short

-- The windows to which somebody was sent who still waits, each once.
local function windows_with_people(floor)
  local names, from = {}, '[@'
  while true do
    local member = redis.call('ZRANGEBYLEX', floor.line, from, '(A', 'LIMIT', 0, 1)[1]
    local name = member and member:match('^@([^ ]+)')
    if not name then return names end
    names[#names + 1] = name
    from = '(@' .. name .. '!'
  end
end

-- Whether as many wait for a window as may be sent there.
local function has_enough(floor, name)
  local line = '@' .. name
  return redis.call('ZLEXCOUNT', floor.line, '[' .. line .. ' ', '(' .. line .. '!') >= SENT_MAX
end

-- Whoever stands in a line, each once, the first to come first; of each class at most `count`.
local function people_in(floor, line, count)
  local people, seen = {}, {}
  for _, class in ipairs(WAITING_CLASSES) do
    for _, one in ipairs(line_of(floor, line, class, count)) do
      if not seen[one.key] then
        seen[one.key] = true
        one.ticket = ticket_at(floor, one.key)
        people[#people + 1] = one
      end
    end
  end
  table.sort(people, by_arrival)
  return people
end

-- --- A window that closes --------------------------------------------------------------------

-- Each stands in the queue's line where it stood in the window's: as what it is, since when it was.
local function give_back(floor, window)
  local line = '@' .. window.name
  for _, class in ipairs(WAITING_CLASSES) do
    for _, one in ipairs(line_of(floor, line, class)) do
      local queue = ticket_at(floor, one.key).queue
      put_member(floor, floor.line, line_member(line, class, one.score, one.key), false)
      put_member(floor, floor.line, line_member(queue, class, one.score, one.key), 0)
    end
  end
  for _, one in ipairs(people_in(floor, line)) do
    one.ticket.directed = '-'
    log_call(floor, 'returned', window.name, one.key, one.ticket.queue)
    put_ticket(floor, one.key, one.ticket, 'returned')
  end
end

-- --- Who waits for others --------------------------------------------------------------------

local function is_listed(queues, queue)
  return (',' .. queues .. ','):find(',' .. queue .. ',', 1, true) ~= nil
end

-- The queues that open windows serve.
local function queues_served(floor, hall)
  local served, fields = {}, {}
  for name in pairs(hall.windows) do fields[#fields + 1] = floor.hall .. ' ' .. name end
  fetch(floor, floor.windows, fields)
  for name in pairs(hall.windows) do
    local window = window_at(floor, name)
    if window.state == 'o' then
      for queue in window.queues:gmatch('[^,]+') do served[queue] = true end
    end
  end
  return served
end

-- Whoever would be first in the line of each queue that the window does not serve: those that no open
-- window serves, and the others; of either no more than are told.
local function told_of_queues(floor, window, hall)
  local unserved, served, is_served = {}, {}, queues_served(floor, hall)
  for _, queue in ipairs(hall.queues) do
    local list = is_served[queue] and served or unserved
    local first = #list < TOLD_MAX and not is_listed(window.queues, queue) and
      people_in(floor, queue, 1)[1]
    if first then list[#list + 1] = { first.key, queue, '-', is_served[queue] and 's' or 'u' } end
  end
  return unserved, served
end

-- Whoever was sent to another window, with that one's state.
local function told_of_windows(floor, window, hall)
  local told = {}
  for _, name in ipairs(windows_with_people(floor)) do
    if #told < TOLD_MAX and name ~= window.name and hall.windows[name] then
      for _, one in ipairs(people_in(floor, '@' .. name, TOLD_MAX)) do
        told[#told + 1] = { one.key, one.ticket.queue, name, window_at(floor, name).state }
      end
    end
  end
  return told
end

-- Who waits in the hall, but not for the window: 'KEY QUEUE WINDOW WHY' each, at most TOLD_MAX.
-- WINDOW is '-' for who waits for a queue; WHY is the window's state, or 's' when another open window
-- serves the queue, 'u' when none does.
local function waiting_for_others(floor, window, hall)
  local unserved, served = told_of_queues(floor, window, hall)
  local texts = {}
  for _, list in ipairs({ unserved, told_of_windows(floor, window, hall), served }) do
    for _, words in ipairs(list) do
      if #texts < TOLD_MAX then texts[#texts + 1] = table.concat(words, ' ') end
    end
  end
  return texts
end
