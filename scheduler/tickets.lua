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
--             10 places back when missed  11 1 when a person may have one open number only, else 0
--             12 numbers a person may take on a day; argument 8 is 'closed' when nobody gets one now
--           The places are all queues of the hall: who has booked one of them today is checked in; also
--           of tomorrow, when its first half hour can be checked in by now, or of yesterday, when its last
--           late minutes are not over: whoever has booked that and comes now is excused (no_shows.lua)
--           Details   4, 5 as above
--           Asked in this order: R (4, 5 the first one's), M; of a person T (has the open number 4, 5);
--           F when closed; of a person 'VDATE HALL QUEUE SEQUENCE' (a reservation that is to be checked
--           in, 4 its record), D (took as many numbers today as he may), H; F (no walk-ins left in the
--           half hour)
-- end_day   Whoever waits, is parked or missed lapses, with the reservation behind the ticket; windows
--             close. Whoever is called or served stays at the window, until the next day has ended,
--             too: then the service was done, and who was called has missed it. It looks at
--             TICKETS_A_CALL at a time, in their order: what is left is another call's
--           Own ARGV  1 the ticket behind which it goes on, '' (or none) from the first one
--           Details   4 how many were ended  5 the ticket behind which there are more, or '' at the end
--           The places are all queues of the hall that issue tickets; 'again' when a reservation's is
--           not among them

-- From when on it can be checked in.
local function opens_at(place, record)
  return starts_at(place, record:byte(3)) - EARLY_SECONDS
end

local function hex_of(text)
  return (text:gsub('.', function(byte) return string.format('%02x', byte:byte()) end))
end

-- --- A person's tickets of the hall's day -----------------------------------------------------

local function visitor_field(floor, hex)
  return floor.hall .. ' ~' .. hex
end

-- As { key, ticket }, in the order in which they were given.
local function tickets_of(floor, hex)
  local tickets = {}
  for key in (get(floor, floor.tickets, visitor_field(floor, hex)) or ''):gmatch('[^ ]+') do
    tickets[#tickets + 1] = { key = key, ticket = ticket_at(floor, key) }
  end
  return tickets
end

local function note_visitor(floor, hex, key)
  local field = visitor_field(floor, hex)
  local keys = get(floor, floor.tickets, field)
  put(floor, floor.tickets, field, keys and keys .. ' ' .. key or key)
end

-- Numbers with which somebody is still to be served; a missed one is not, unless he comes back.
local AT_HAND = { w = true, c = true, s = true, p = true }

local function refuse_second_number(tickets)
  for _, one in ipairs(tickets) do
    if AT_HAND[one.ticket.status] then return 'T', one.key, print_ticket(one.ticket) end
  end
  return nil
end

-- The place of the reservation whose ticket missed its calls: checked in again it waits again.
local function missed_reservation(tickets)
  for _, one in ipairs(tickets) do
    if one.ticket.status == 'm' and one.ticket.reservation ~= '-' then
      return (one.ticket.reservation:gsub('/', ' '))
    end
  end
  return nil
end

-- What the person has booked in the hall and comes in time for, as { place, number, record }: of the
-- days that the call names. Of a package the first step says it.
local function booked_here(floor, person)
  local booked = {}
  for named, behind in entries_of(floor, person):gmatch(';[^; ]+ (%d+ [^;+]+)([^;]*)') do
    local place, number = find_place(floor, named)
    if place and behind:byte(-1) ~= PLUS then
      local record = record_at(floor, place, number)
      if record and is_kept(floor, place, record) and
        (place.date <= floor.date or floor.rules.now >= opens_at(place, record)) then
        booked[#booked + 1] = { place = place, number = number, record = record }
      end
    end
  end
  return booked
end

local function refuse_unchecked(floor, booked, tickets)
  local missed = missed_reservation(tickets)
  local place, number = find_place(floor, missed or '')
  if place then return 'V' .. missed, record_at(floor, place, number) end
  for _, one in ipairs(booked) do
    if one.place.date >= floor.date then
      return 'V' .. place_text(one.place, one.number), one.record
    end
  end
  return nil
end

-- Whoever comes for what he has booked on the day before, whose lines are over.
local function excuse_late(floor, booked)
  for _, one in ipairs(booked) do
    if one.place.date < floor.date then excuse_record(floor, one.place, one.number, one.record) end
  end
end

local function refuse_many(tickets, most)
  local walk_ins = 0
  for _, one in ipairs(tickets) do
    if one.ticket.kind == 'w' then walk_ins = walk_ins + 1 end
  end
  return walk_ins >= most and 'D' or nil
end

-- Who has arrived and was not served is no no-show; the reservation ends with the ticket.
local function lapse(floor, key, ticket)
  for _, part in ipairs(parts_left(floor, ticket)) do end_part(floor, part, 'x') end
  leave_line(floor, key, ticket)
  ticket.status, ticket.finished = 'x', floor.now_ms
  put_ticket(floor, key, ticket, 'cancelled')
end

-- Who comes to his booking needs no number besides it for the same service; who is back with a number
-- that was missed, none besides it where a person may have one alone (without a service: whichever).
local function give_up_walk_ins(floor, hex, service)
  for _, one in ipairs(tickets_of(floor, hex)) do
    local ticket = one.ticket
    if ticket.kind == 'w' and (not service or ticket.service == service) and
      (ticket.status == 'w' or ticket.status == 'p') then
      lapse(floor, one.key, ticket)
    end
  end
end

-- --- Giving numbers ---------------------------------------------------------------------------

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
  if ticket.person ~= '-' then note_visitor(floor, ticket.person, key) end
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
  local opens = opens_at(place, record)
  if floor.rules.now < opens then return 'E' .. string.format('%d', opens) end
  return not is_kept(floor, place, record) and 'B' or nil
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
  give_up_walk_ins(floor, hex_of(person), service)
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
  local field, quota = place.name .. 'q' .. args[own + 6], tonumber(args[own + 7])
  local one_open, day_max = args[own + 10] == '1', tonumber(args[own + 11])

  local repeated = refuse_repeated_today(floor, tag, digest)
  if repeated == 'M' then return refused(floor, 'M') end
  if repeated then
    local key = repeated:sub(2):match(' ([^ ]+)$')
    return refused(floor, repeated, key, print_ticket(ticket_at(floor, key)))
  end
  local evidence, tickets = '-', person ~= '' and tickets_of(floor, hex_of(person)) or {}
  local second, key, text = refuse_second_number(one_open and tickets or {})
  if second then return refused(floor, second, key, text) end
  if args[own + 7] == 'closed' then return refused(floor, 'F') end
  local booked = person ~= '' and booked_here(floor, person) or {}
  if person ~= '' then
    local refusal, record = refuse_unchecked(floor, booked, tickets)
    refusal = refusal or refuse_many(tickets, day_max)
    if refusal then return refused(floor, refusal, record or '') end
    refusal, evidence = refuse_health(floor, place, tonumber(args[own + 6]), person, service)
    if refusal then return refused(floor, refusal) end
  end
  local issued = number_at(floor, floor.tickets, field) or 0
  if quota and issued >= quota then return refused(floor, 'F') end

  excuse_late(floor, booked)
  put(floor, floor.tickets, field, issued + 1)
  key, text = new_ticket(floor, place, { kind = 'w', class = priority ~= '-' and 'p' or 'w',
    priority = priority, service = service, salt = args[own + 8],
    person = person ~= '' and hex_of(person) or '-', evidence = evidence })
  remember(floor, tag, digest, 'ticket ' .. floor.hall .. ' ' .. floor.date .. ' ' .. key)
  return done_floor(floor, place.keep, key, text)
end

local TICKETS_A_CALL = 200

-- The next tickets of the hall behind one, as { key, ticket }, and whether there are more.
local function next_tickets(floor, behind)
  local issuer, last = behind:match('^(.+)/t(%d+)$')
  local places, keys, fields, tickets = items_from(floor.places, 1), {}, {}, {}
  table.sort(places, function(a, b) return a.queue < b.queue end)
  for _, place in ipairs(places) do
    local count = number_at(floor, floor.tickets, place.name .. 'tseq') or 0
    local first = place.queue == issuer and tonumber(last) + 1 or 1
    if not issuer or place.queue >= issuer then
      for number = first, math.min(count, first + TICKETS_A_CALL) do
        keys[#keys + 1] = place.queue .. '/t' .. number
        fields[#fields + 1] = place.name .. 't' .. number
      end
    end
    if #keys > TICKETS_A_CALL then break end
  end
  fields = { unpack(fields, 1, math.min(#fields, TICKETS_A_CALL)) }
  fetch(floor, floor.tickets, fields)
  for i = 1, #fields do tickets[i] = { key = keys[i], ticket = ticket_at(floor, keys[i]) } end
  return tickets, #keys > TICKETS_A_CALL
end

-- A missed one keeps the count of it.
local WAITS, AT_WINDOW = { w = true, p = true, m = true }, { c = true, s = true }

-- Whether the day behind the floor's has ended, too: nobody will come back to what is in progress.
local function is_long_over(floor)
  return floor.rules.now >= floor.places[1].midnight + 2 * SECONDS_A_DAY
end

local function has_its_places(floor, ticket)
  if ticket.reservation == '-' then return true end
  local place, number = reservation_of_ticket(floor, ticket)
  return place and parts_of(floor, place, number) ~= nil
end

-- Ends what nobody has ended at its window: the service was done, nobody knows when; who was only
-- called has missed the call. Steps of a package that are left lapse.
local function end_forgotten(floor, key, ticket)
  local is_served = ticket.status == 's'
  if is_served then
    follow_ticket(floor, ticket, 'd')
  else
    ticket.missed = tonumber(ticket.missed) + 1
  end
  if is_served and #parts_left(floor, ticket) == 0 then
    ticket.status, ticket.finished = 'd', 0
    put_ticket(floor, key, ticket, 'finished')
  else
    if is_served then ticket.step = tonumber(ticket.step) + 1 end
    lapse(floor, key, ticket)
  end
end

-- The window goes on without its ticket until it is closed, perhaps by a later call.
local function leave_window(floor, key, name)
  local window = window_at(floor, name)
  if window.ticket ~= key then return end
  window.ticket, window.since = '-', floor.now_ms
  put_window(floor, window)
end

-- Somebody may have been sent to a window behind the walk over the tickets: it stays for him until the
-- next walk.
local function is_waited_for(floor, name)
  for _, class in ipairs({ 'w', 'a', 'p', 'b' }) do
    for _, one in ipairs(line_of(floor, '@' .. name, class)) do
      if ticket_at(floor, one.key).status == 'w' then return true end
    end
  end
  return false
end

local function close_windows(floor, is_last)
  local windows = redis.call('HGETALL', floor.windows)
  for i = 1, #windows, 2 do
    local hall, name = windows[i]:match('^([^ ]+) (.+)$')
    local window = hall == floor.hall and window_at(floor, name)
    if window and window.state ~= 'c' and (is_last or window.ticket == '-') and
      not is_waited_for(floor, name) then
      window.state, window.queues, window.ticket, window.since = 'c', '-', '-', floor.now_ms
      put_window(floor, window)
    end
  end
end

local function end_day(keys, args)
  local floor, own = open_floor(keys, args)
  local tickets, has_more = next_tickets(floor, args[own] or '')
  local is_last, lapsed = is_long_over(floor), 0

  for _, one in ipairs(tickets) do
    local status = one.ticket.status
    if WAITS[status] or is_last and AT_WINDOW[status] then
      if not has_its_places(floor, one.ticket) then return refused(floor, 'again') end
      local end_ticket = WAITS[status] and lapse or end_forgotten
      local at = AT_WINDOW[status] and one.ticket.window
      end_ticket(floor, one.key, one.ticket)
      if at then leave_window(floor, one.key, at) end
      lapsed = lapsed + 1
    end
  end
  if not has_more then close_windows(floor, is_last) end
  return done_floor(floor, floor.places[1].keep, lapsed, has_more and tickets[#tickets].key or '')
end

redis.register_function(versioned('check_in'), check_in)
redis.register_function(versioned('issue'), issue)
redis.register_function(versioned('end_day'), end_day)
