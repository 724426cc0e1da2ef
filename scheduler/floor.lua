-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- A hall's day: its tickets, windows and line. What the Functions of tickets and windows share, on
-- top of the ledger.
--
-- KEYS  as for the ledger, then five of the hall: tickets of the day, windows of the day, the hall's
--       line, the hall's ledger of calls, and windows of the day before, or, when the day is a former
--       one itself, of today
--
-- A ticket is a text of columns (scheduler/ticket.h); here they are a table by their names. A
-- ticket's key is 'ISSUER/tN', its field among the tickets 'HALL ISSUER tN'.
local HALL_KEYS = 5
local CALLS_BEFORE_MISSED, EARLY_SECONDS, SECONDS_A_DAY = 3, 1800, 86400

local COLUMNS = { 'status', 'kind', 'class', 'priority', 'service', 'queue', 'window', 'directed',
  'calls', 'issued', 'earns', 'called', 'started', 'finished', 'recalls', 'back', 'salt', 'person',
  'reservation', 'missed', 'step', 'last_called', 'evidence', 'prefix' }

local function parse_ticket(text)
  local ticket, i = {}, 0
  for word in text:gmatch('[^ ]+') do
    i = i + 1
    ticket[COLUMNS[i]] = word
  end
  return ticket
end

local function print_ticket(ticket)
  local words = {}
  for i, column in ipairs(COLUMNS) do
    local value = ticket[column]
    words[i] = type(value) == 'number' and string.format('%d', value) or value
  end
  return table.concat(words, ' ')
end

local function open_floor(keys, args)
  local own_keys = {}
  for i = 1, #keys - HALL_KEYS do own_keys[i] = keys[i] end
  local floor, own = open_ledger(own_keys, args)
  floor.tickets, floor.windows, floor.line, floor.calls, floor.other_windows =
    unpack(keys, #keys - HALL_KEYS + 1)
  floor.date, floor.hall = floor.line:match(':(%d+):([^:]+)$')
  floor.other_date = floor.other_windows:match(':(%d+)$')
  floor.now_ms, floor.log = floor.rules.now_ms, {}
  return floor, own
end

-- A day that has ended: what was in progress then is ended on it, and nothing begins there.
local function is_former(floor)
  return floor.other_date > floor.date
end

local function ticket_field(floor, key)
  local issuer, number = key:match('^([^/]+)/(.+)$')
  return issuer and floor.hall .. ' ' .. issuer .. ' ' .. number
end

local function ticket_at(floor, key)
  local field = ticket_field(floor, key)
  local text = field and get(floor, floor.tickets, field)
  return text and parse_ticket(text) or nil
end

-- Writes a ticket and tells what happened to it.
local function put_ticket(floor, key, ticket, op)
  local text = print_ticket(ticket)
  put(floor, floor.tickets, ticket_field(floor, key), text)
  floor.events[#floor.events + 1] = 'ticket'
  floor.events[#floor.events + 1] = floor.hall .. ' ' .. floor.date .. ' ' .. key .. ' ' .. op ..
    ' ' .. text
  return text
end

local function log_call(floor, ...)
  floor.log[#floor.log + 1] = table.concat({ string.format('%d', floor.now_ms), ... }, ' ')
end

-- --- The line --------------------------------------------------------------------------------

-- The order of tickets that are equal otherwise: issuer, then number.
local function is_before(a, b)
  local a_issuer, a_number = a:match('^(.+)/t(%d+)$')
  local b_issuer, b_number = b:match('^(.+)/t(%d+)$')
  if a_issuer ~= b_issuer then return a_issuer < b_issuer end
  return tonumber(a_number) < tonumber(b_number)
end

local function by_score(a, b)
  if a.score ~= b.score then return a.score < b.score end
  return is_before(a.key, b.key)
end

local function by_arrival(a, b)
  if a.ticket.issued ~= b.ticket.issued then
    return tonumber(a.ticket.issued) < tonumber(b.ticket.issued)
  end
  return is_before(a.key, b.key)
end

-- Members of the line have the score 0, so that they stand in the order of their texts: by queue,
-- class, time and ticket.
local function line_member(queue, class, score, key)
  local issuer, number = key:match('^(.+)/t(%d+)$')
  return string.format('%s %s %014d %s %06d', queue, class, score, issuer, number)
end

-- The first `count` of a class in the line of a queue, or of a window ('@WINDOW'), as { queue, class,
-- key, score } in order of the score; without a count all of them.
local function line_of(floor, queue, class, count)
  local prefix, waiting = queue .. ' ' .. class, {}
  local members = redis.call('ZRANGEBYLEX', floor.line, '[' .. prefix .. ' ', '(' .. prefix .. '!',
    'LIMIT', 0, count or -1)
  for i, member in ipairs(members) do
    local score, issuer, number = member:match(' (%d+) ([^ ]+) (%d+)$')
    waiting[i] = { queue = queue, class = class, key = issuer .. '/t' .. tonumber(number),
      score = tonumber(score) }
  end
  return waiting
end

-- Whose line a ticket waits in.
local function line_name(ticket)
  return ticket.directed ~= '-' and '@' .. ticket.directed or ticket.queue
end

-- Puts a ticket into the line, where its columns say.
local function join_line(floor, key, ticket)
  local function add(class, score)
    put_member(floor, floor.line, line_member(line_name(ticket), class, score, key), 0)
  end
  if ticket.back ~= '-' then
    add('b', ticket.back)
  elseif ticket.class ~= 'w' and tonumber(ticket.earns) > floor.now_ms then
    add('w', ticket.issued)
    add(ticket.class, ticket.earns)
  else
    add(ticket.class, ticket.earns)
  end
end

-- Wherever it stands.
local function leave_line(floor, key, ticket)
  local function remove(class, score)
    put_member(floor, floor.line, line_member(line_name(ticket), class, score, key), false)
  end
  if ticket.back ~= '-' then remove('b', ticket.back) end
  remove('w', ticket.issued)
  remove(ticket.class, ticket.earns)
end

local function called_field(floor, queue)
  return floor.hall .. ' ' .. queue .. ' called'
end

local function called_count(floor, queue)
  return number_at(floor, floor.tickets, called_field(floor, queue)) or 0
end

-- --- Windows ---------------------------------------------------------------------------------

-- Of the floor's day, or as it is on the other one. `is_used`: it was opened that day.
local function window_at(floor, name, is_other)
  local windows = is_other and floor.other_windows or floor.windows
  local text = get(floor, windows, floor.hall .. ' ' .. name)
  local state, queues, ticket, since = (text or 'c - - 0'):match('^([^ ]+) ([^ ]+) ([^ ]+) (%d+)$')
  return { name = name, state = state, queues = queues, ticket = ticket, since = tonumber(since),
    is_used = text ~= false }
end

local function print_window(window)
  return string.format('%s %s %s %d', window.state, window.queues, window.ticket, window.since)
end

local function put_window(floor, window, is_other)
  local text = print_window(window)
  local windows = is_other and floor.other_windows or floor.windows
  put(floor, windows, floor.hall .. ' ' .. window.name, text)
  floor.events[#floor.events + 1] = 'window'
  floor.events[#floor.events + 1] = floor.hall .. ' ' ..
    (is_other and floor.other_date or floor.date) .. ' ' .. window.name .. ' ' .. text
  return text
end

-- --- The end of a call -----------------------------------------------------------------------

local function done_floor(floor, keep, ...)
  for _, key in ipairs({ floor.tickets, floor.windows, floor.line, floor.calls }) do
    floor.expires[key] = keep
  end
  write_values('RPUSH', floor.calls, floor.log)
  return done(floor, ...)
end

-- As refuse_repeated, of the floor's day: a day begins anew. What is remembered names the day.
local function refuse_repeated_today(floor, tag, digest)
  local repeated = refuse_repeated(floor, tag, digest)
  if repeated and repeated ~= 'M' and not repeated:find(' ' .. floor.date .. ' ', 1, true) then
    return nil
  end
  return repeated
end

-- --- Reservations ----------------------------------------------------------------------------

local function reservation_text(place, number)
  return (place_text(place, number):gsub(' ', '/'))
end

-- The reservation behind a ticket: its place and number; nil when there is none.
local function reservation_of_ticket(floor, ticket)
  if ticket.reservation == '-' then return nil end
  return find_place(floor, (ticket.reservation:gsub('/', ' ')))
end

-- The parts of the visit behind a ticket that are still to come or under way; empty without one.
local function parts_left(floor, ticket)
  local place, number = reservation_of_ticket(floor, ticket)
  local parts, left = place and parts_of(floor, place, number) or {}, {}
  for i = tonumber(ticket.step) + 1, #parts do
    if LIVE[parts[i].record:sub(1, 1)] then left[#left + 1] = parts[i] end
  end
  return left
end

-- A part is over: 'd' done, 'x' it lapsed with its ticket. Its units are free again.
local function end_part(floor, part, status)
  give_up(floor, part.place, part.number, part.record, status, status == 'd' and 'f' or '-')
  promote_place(floor, part.place)
end

-- The reservation goes the way of its ticket; done, it gives its units back.
local function follow_ticket(floor, ticket, status)
  local part = parts_left(floor, ticket)[1]
  if not part then return end
  if status == 'd' then
    end_part(floor, part, 'd')
  else
    put(floor, part.place.reservations, part.place.name .. part.number,
      with_status(part.record, status))
  end
end
