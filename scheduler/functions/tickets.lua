-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Tickets: numbers of an inventory's queue and day, without gaps, each given once.
--
-- check_in  Own ARGV  1 place of the reservation  2 sequence  3 salt of the ticket
--             4 places back when it was missed
--           Details   4 key of the ticket 'ISSUER/tN'  5 ticket
--           Asked in this order: missing; again (a place of the visit is not among the places); checked
--           in already: the same ticket, one that was missed waits again; state (4 record);
--           'ESECONDS' too early, until when; B lapsed; H
-- issue     Own ARGV  1 tag or ''  2 digest  3 place (the queue today)  4 service  5 priority letter or
--             '-'  6 person or ''  7 half hour of now  8 walk-ins a half hour may have, or ''  9 salt
--             10 places back when missed
--           Details   4, 5 as above
--           Asked in this order: R (4, 5 the first one's), M; H; F (no walk-ins left in the half hour)
-- end_day   No own ARGV: whoever was not served lapses, with the reservation behind the ticket; all
--             windows close
--           Details   4 how many lapsed
--           The places are all queues of the hall that issue tickets; 'again' when a reservation's is
--           not among them

local function hex_of(text)
  return (text:gsub('.', function(byte) return string.format('%02x', byte:byte()) end))
end

-- Letters that no other queue of the hall has on its numbers today: the wanted ones, else with more
-- behind them, the first that are free.
local function free_prefix(wanted, taken)
  local candidates, at = { wanted }, 1
  while taken[candidates[at]] do
    for letter = 65, 90 do candidates[#candidates + 1] = candidates[at] .. string.char(letter) end
    at = at + 1
  end
  return candidates[at]
end

-- What stands before the queue's numbers of the day: what it had when the first was issued, whatever
-- its hall calls them by now, so that two of a day never read the same. All queues of the hall stand
-- in one field, 'QUEUE=PREFIX QUEUE=PREFIX …'.
local function prefix_of_day(floor, place)
  local field, taken = floor.hall .. ' prefixes', {}
  local prefixes = get(floor, floor.tickets, field) or ''
  for queue, prefix in prefixes:gmatch('([^ =]+)=([^ ]+)') do
    if queue == place.queue then return prefix end
    taken[prefix] = true
  end
  local prefix = free_prefix(place.prefix, taken)
  put(floor, floor.tickets, field, prefixes .. (prefixes ~= '' and ' ' or '') .. place.queue .. '=' ..
    prefix)
  return prefix
end

local function new_ticket(floor, place, columns)
  local field = place.name .. 'tseq'
  local number = (number_at(floor, floor.tickets, field) or 0) + 1
  put(floor, floor.tickets, field, number)
  local ticket = { status = 'w', priority = '-', queue = place.queue, window = '-', directed = '-',
    calls = 0, issued = floor.now_ms, earns = floor.now_ms, called = 0, started = 0, finished = 0,
    recalls = 0, back = '-', person = '-', reservation = '-', missed = 0, step = 0, last_called = 0,
    evidence = '-', prefix = prefix_of_day(floor, place) }
  for column, value in pairs(columns) do ticket[column] = value end
  local key = place.queue .. '/t' .. number
  join_line(floor, key, ticket)
  local text = put_ticket(floor, key, ticket, 'issued')
  log_call(floor, 'issued', '-', key, ticket.queue, ticket.class, string.format('%d', ticket.earns))
  return key, text, ticket.prefix
end

-- Waits again, behind as many calls of the queue as its hall says.
local function put_back(floor, key, ticket, places, op)
  ticket.status, ticket.window, ticket.calls, ticket.directed = 'w', '-', 0, '-'
  ticket.back = called_count(floor, ticket.queue) + places
  join_line(floor, key, ticket)
  log_call(floor, op, '-', key, ticket.queue, 'b', string.format('%d', ticket.back))
  return put_ticket(floor, key, ticket, op)
end

local function checked_in_already(floor, place, number, places)
  local key = extra(record_at(floor, place, number), 'i')
  local ticket = key and ticket_at(floor, key)
  if not ticket or ticket.status == 'x' then return nil end
  if ticket.status == 'm' then return key, put_back(floor, key, ticket, places, 'requeued') end
  return key, print_ticket(ticket)
end

-- What speaks against checking in now.
local function refuse_time(floor, place, record)
  local slot, span = record:byte(3, 4)
  local opens = starts_at(place, slot) - EARLY_SECONDS
  if floor.rules.now < opens then return 'E' .. string.format('%d', opens) end
  if floor.rules.now > starts_at(place, slot + span) + place.late * 60 then return 'B' end
  return nil
end

-- An appointment earns from its half hour's start, a late one from its arrival.
local function earns_from(floor, place, record)
  local slot, span = record:byte(3, 4)
  if floor.rules.now > starts_at(place, slot + span) then return floor.now_ms end
  return starts_at(place, slot) * 1000
end

local function check_in(keys, args)
  local floor, own = open_floor(keys, args)
  local place, number = floor.places[tonumber(args[own])], args[own + 1]
  local places_back = tonumber(args[own + 3])

  if not record_at(floor, place, number) then return refused(floor, 'missing') end
  local parts = parts_of(floor, place, number)
  if not parts then return refused(floor, 'again') end
  local lead = parts[1]
  local key, text = checked_in_already(floor, lead.place, lead.number, places_back)
  if key then return done_floor(floor, lead.place.keep, key, text) end
  if lead.record:sub(1, 1) ~= 'b' then return refused(floor, 'state', lead.record) end
  local refusal = refuse_time(floor, lead.place, lead.record)
  if refusal then return refused(floor, refusal) end
  local person, service = person_of(lead.record), service_of(lead.record)
  local evidence
  refusal, evidence = refuse_health(floor, lead.place, lead.record:byte(3), person, service)
  if refusal then return refused(floor, refusal) end

  local priority = extra(lead.record, 'p')
  local prefix
  key, text, prefix = new_ticket(floor, lead.place, { kind = 'a', class = priority and 'p' or 'a',
    priority = priority or '-', service = service, earns = earns_from(floor, lead.place, lead.record),
    salt = args[own + 2], person = hex_of(person), evidence = evidence,
    reservation = reservation_text(lead.place, lead.number) })
  for i, part in ipairs(parts) do
    local record = with_status(part.record, 'c')
    if i == 1 then record = with_extras(record, 'in', { 'i', key, 'n', prefix }) end
    put(floor, part.place.reservations, part.place.name .. part.number, record)
    part.place.words[#part.place.words + 1] = 'a' .. part.number
  end
  return done_floor(floor, lead.place.keep, key, text)
end

local function issue(keys, args)
  local floor, own = open_floor(keys, args)
  local tag, digest, place = args[own], args[own + 1], floor.places[tonumber(args[own + 2])]
  local service, priority, person = args[own + 3], args[own + 4], args[own + 5]
  local field, quota = place.name .. 'q' .. args[own + 6], tonumber(args[own + 7] or nil)

  local repeated = refuse_repeated_today(floor, tag, digest)
  if repeated == 'M' then return refused(floor, 'M') end
  if repeated then
    local key = repeated:sub(2):match(' ([^ ]+)$')
    return refused(floor, repeated, key, print_ticket(ticket_at(floor, key)))
  end
  local evidence = '-'
  if person ~= '' then
    local refusal
    refusal, evidence = refuse_health(floor, place, tonumber(args[own + 6]), person, service)
    if refusal then return refused(floor, refusal) end
  end
  local issued = number_at(floor, floor.tickets, field) or 0
  if quota and issued >= quota then return refused(floor, 'F') end

  put(floor, floor.tickets, field, issued + 1)
  local key, text = new_ticket(floor, place, { kind = 'w', class = priority ~= '-' and 'p' or 'w',
    priority = priority, service = service, salt = args[own + 8],
    person = person ~= '' and hex_of(person) or '-', evidence = evidence })
  remember(floor, tag, digest, 'ticket ' .. floor.hall .. ' ' .. floor.date .. ' ' .. key)
  return done_floor(floor, place.keep, key, text)
end

-- Every ticket of the hall, as { key, ticket }.
local function all_tickets(floor)
  local tickets = {}
  for _, place in ipairs(floor.places) do
    local fields = {}
    for number = 1, number_at(floor, floor.tickets, place.name .. 'tseq') or 0 do
      fields[number] = place.name .. 't' .. number
    end
    fetch(floor, floor.tickets, fields)
    for number = 1, #fields do
      local key = place.queue .. '/t' .. number
      tickets[#tickets + 1] = { key = key, ticket = ticket_at(floor, key) }
    end
  end
  table.sort(tickets, function(a, b) return is_before(a.key, b.key) end)
  return tickets
end

-- A missed one keeps the count of it.
local OPEN_TICKET = { w = true, c = true, s = true, p = true, m = true }

-- Who has arrived and was not served is no no-show; the reservation ends with the day.
local function end_reservation(floor, ticket)
  if ticket.reservation == '-' then return true end
  local place, number = reservation_of_ticket(floor, ticket)
  if not place or not parts_of(floor, place, number) then return false end
  for _, part in ipairs(parts_left(floor, ticket)) do end_part(floor, part, 'x') end
  return true
end

local function end_day(keys, args)
  local floor = open_floor(keys, args)
  local lapsed = 0

  for _, one in ipairs(all_tickets(floor)) do
    if OPEN_TICKET[one.ticket.status] then
      if not end_reservation(floor, one.ticket) then return refused(floor, 'again') end
      leave_line(floor, one.key, one.ticket)
      one.ticket.status, one.ticket.finished = 'x', floor.now_ms
      put_ticket(floor, one.key, one.ticket, 'cancelled')
      lapsed = lapsed + 1
    end
  end
  local windows = redis.call('HGETALL', floor.windows)
  for i = 1, #windows, 2 do
    local hall, name = windows[i]:match('^([^ ]+) (.+)$')
    local window = hall == floor.hall and window_at(floor, name)
    if window and window.state ~= 'c' then
      window.state, window.queues, window.ticket, window.since = 'c', '-', '-', floor.now_ms
      put_window(floor, window)
    end
  end
  return done_floor(floor, floor.places[1].keep, lapsed)
end

redis.register_function(versioned('check_in'), check_in)
redis.register_function(versioned('issue'), issue)
redis.register_function(versioned('end_day'), end_day)
