-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- What the Functions that change a city's ledger share. A call reads through a cache, decides, and
-- writes all of it at its end (`commit`), so a refusal on the way has changed nothing.
--
-- KEYS  1 events  2 health codes  3 persons  4 idempotency of today  5 of yesterday  6 due  7 plan
--       8 agents of today  then for each day, in order: units, reservations, entries, waiting
-- ARGV  1 'NOW TODAY LIVE_MAX ELIGIBILITY CANCELLATIONS_MAX NO_SHOWS NO_SHOW_DAYS SUSPEND_DAYS
--       AGENT_MAX NOW_MS OVERLAP'  2 number of places  then each place: 'HALL QUEUE DATE MIDNIGHT CLOSES
--       OFFER RESALE UNTIL LATE KEEP PREFIX RETIRED'  then the function's own: a place there is its
--       number from 1. PREFIX stands before the queue's numbers; RETIRED: services that it offers no
--       more, 'S,S', '*' for all, '-' for none
-- Reply 1 ids of the event's entries or ''  2 the events: kind, value, …  3 'ok' or the refusal
--       4… details
--
-- An inventory's event is 'HALL QUEUE DATE', then 'slot=remaining' and 'kslot=kept' of the half
-- hours that changed, then what happened, in order: '+12' booked, '-12' given up, '>12' moved away,
-- 'o12' offered, 'z12' the offer ended, 'n12' no-show, 'p12' pardoned, 'w3' waits, 'v3' waits no
-- more, 'd7' entered the draw, 'c7' left it, 'a12' arrived, 'f12' finished. Kind 'capacity' names all
-- half hours with their capacity, 'changed' those that changed; 'plan' says the plan's version.
local FIXED_LEDGER_KEYS, KEYS_A_DAY, FIXED_LEDGER_ARGS = 8, 4, 2
local IDEMPOTENCY_SECONDS, SECONDS_A_SLOT = 172800, 1800
local DAY_KINDS = { 'units', 'reservations', 'entries', 'waiting' }

-- What is not offered any more: all of a queue ('*'), or some of its services.
local function retired_of(word)
  local retired = { everything = word == '*' }
  for service in word:gmatch('[^,]+') do retired[service] = true end
  return retired
end

local function offers_no_more(place, service)
  return place.retired.everything or place.retired[service]
end

-- `failed` holds what was found to fit in none of the half hours; units that come back empty it.
local function read_place(text, days)
  local w = {}
  for word in text:gmatch('[^ ]+') do w[#w + 1] = word end
  local place = { hall = w[1], queue = w[2], date = w[3], name = w[1] .. ' ' .. w[2] .. ' ',
    midnight = tonumber(w[4]), closes = tonumber(w[5]), offer = tonumber(w[6]),
    resale = tonumber(w[7]), till = tonumber(w[8]), late = tonumber(w[9]), keep = tonumber(w[10]),
    prefix = w[11] or w[2], retired = retired_of(w[12] or '-'),
    words = {}, touched = {}, failed = {} }
  for kind, key in pairs(days[w[3]]) do place[kind] = key end
  return place
end

local function read_rules(text)
  local w = {}
  for word in text:gmatch('[^ ]+') do w[#w + 1] = word end
  return { now = tonumber(w[1]), today = w[2], live_max = tonumber(w[3]), eligibility = w[4],
    cancellations_max = tonumber(w[5]), no_shows = tonumber(w[6]), no_show_days = tonumber(w[7]),
    suspend_days = tonumber(w[8]), agent_max = tonumber(w[9]), now_ms = tonumber(w[10]),
    may_overlap = w[11] ~= 'r', month = w[2]:sub(1, 6) }
end

-- The call's ledger and the number of its first own argument.
local function open_ledger(keys, args)
  local days = {}
  for d = FIXED_LEDGER_KEYS + 1, #keys, KEYS_A_DAY do
    local day = {}
    for i, kind in ipairs(DAY_KINDS) do day[kind] = keys[d + i - 1] end
    days[keys[d]:sub(-8)] = day
  end
  local ledger = { events_key = keys[1], health = keys[2], persons = keys[3], today_tags = keys[4],
    yesterday_tags = keys[5], due = keys[6], plan = keys[7], agents = keys[8], days = days,
    rules = read_rules(args[1]), places = {}, by_name = {}, cache = {}, dirty = {}, sets = {},
    queues = {}, events = {}, expires = {} }
  for i = 1, tonumber(args[2]) do
    local place = read_place(args[FIXED_LEDGER_ARGS + i], days)
    ledger.places[i] = place
    ledger.by_name[place.date .. ' ' .. place.name] = place
  end
  return ledger, FIXED_LEDGER_ARGS + #ledger.places + 1
end

-- --- Reading and writing ---------------------------------------------------------------------

local function cached(ledger, key)
  local fields = ledger.cache[key]
  if not fields then
    fields = {}
    ledger.cache[key] = fields
  end
  return fields
end

-- A field of a hash, or false.
local function get(ledger, key, field)
  local fields = cached(ledger, key)
  local value = fields[field]
  if value == nil then
    value = redis.call('HGET', key, field)
    fields[field] = value
  end
  return value
end

-- Reads many fields at once, for `get` to find them.
local function fetch(ledger, key, fields)
  local known = cached(ledger, key)
  for i, value in ipairs(read_fields(key, fields, 1, #fields)) do
    if known[fields[i]] == nil then known[fields[i]] = value end
  end
end

-- `value` false removes the field.
local function put(ledger, key, field, value)
  if type(value) == 'number' then value = string.format('%d', value) end
  cached(ledger, key)[field] = value
  local dirty = ledger.dirty[key]
  if not dirty then
    dirty = {}
    ledger.dirty[key] = dirty
  end
  dirty[field] = true
end

local function number_at(ledger, key, field)
  return tonumber(get(ledger, key, field) or nil)
end

-- A member of a sorted set; `score` false removes it.
local function put_member(ledger, key, member, score)
  local members = ledger.sets[key]
  if not members then
    members = {}
    ledger.sets[key] = members
  end
  members[member] = score
end

local function due_at(ledger, item, second)
  put_member(ledger, ledger.due, item, second)
end

local function describe_place(ledger, place)
  local words, slots = { place.name .. place.date }, {}
  for slot in pairs(place.touched) do slots[#slots + 1] = slot end
  table.sort(slots)
  for _, slot in ipairs(slots) do
    local remaining = slot .. '=' .. (get(ledger, place.units, place.name .. slot) or 0)
    if place.is_whole then
      remaining = remaining .. '/' .. (get(ledger, place.units, place.name .. 'c' .. slot) or 0)
    end
    words[#words + 1] = remaining
    local kept = get(ledger, place.units, place.name .. 'k' .. slot)
    if kept then words[#words + 1] = 'k' .. slot .. '=' .. kept end
  end
  for _, word in ipairs(place.words) do words[#words + 1] = word end
  return table.concat(words, ' ')
end

local function write_hashes(ledger)
  for key, dirty in pairs(ledger.dirty) do
    local sets, gone = {}, {}
    for field in pairs(dirty) do
      local value = ledger.cache[key][field]
      if value then
        sets[#sets + 1] = field
        sets[#sets + 1] = value
      else
        gone[#gone + 1] = field
      end
    end
    write_values('HSET', key, sets)
    write_values('HDEL', key, gone)
  end
end

local function write_sets(ledger)
  for key, members in pairs(ledger.sets) do
    local added, gone = {}, {}
    for member, score in pairs(members) do
      if score then
        added[#added + 1] = score
        added[#added + 1] = member
      else
        gone[#gone + 1] = member
      end
    end
    write_values('ZADD', key, added)
    write_values('ZREM', key, gone)
  end
end

-- Writes what the call has changed. Returns the ids of its event's entries.
local function commit(ledger)
  write_hashes(ledger)
  write_sets(ledger)
  for _, place in ipairs(ledger.places) do
    if place.is_whole or next(place.touched) or #place.words > 0 then
      ledger.events[#ledger.events + 1] = place.is_whole and 'capacity' or 'changed'
      ledger.events[#ledger.events + 1] = describe_place(ledger, place)
      for _, kind in ipairs(DAY_KINDS) do
        redis.call('EXPIRE', place[kind], place.keep, 'NX')
      end
    end
  end
  for key, seconds in pairs(ledger.expires) do redis.call('EXPIRE', key, seconds, 'NX') end
  if #ledger.events == 0 then return '' end
  return append_event(ledger.events_key, ledger.events)
end

local function done(ledger, ...)
  local id = commit(ledger)
  return { id, ledger.events, 'ok', ... }
end

-- Nothing is written, but for an interception, which is counted all the same.
local function refused(ledger, refusal, ...)
  if refusal:sub(1, 1) == 'H' then
    local asked = ledger.asked
    redis.call('HINCRBY', asked.key, asked.field, 1)
    redis.call('EXPIRE', asked.key, asked.keep, 'NX')
  end
  return { '', {}, refusal, ... }
end

-- --- Places ----------------------------------------------------------------------------------

-- 'DATE HALL QUEUE NUMBER'
local function place_text(place, number)
  return place.date .. ' ' .. place.name .. number
end

-- The place among the call's that such a text names, and the number; nil when it is not there.
local function find_place(ledger, text)
  local name, number = text:match('^(%d+ [^ ]+ [^ ]+ )(.+)$')
  return ledger.by_name[name], number
end

-- Another queue of the same hall and day: 'QUEUE NUMBER'.
local function find_beside(ledger, place, text)
  return find_place(ledger, place.date .. ' ' .. place.hall .. ' ' .. text)
end

local function record_at(ledger, place, number)
  return get(ledger, place.reservations, place.name .. number)
end

-- When a half hour begins, in Unix seconds.
local function starts_at(place, slot)
  return place.midnight + slot * SECONDS_A_SLOT
end

local function closes_at(place, slot)
  return starts_at(place, slot) - place.closes * 60
end

-- --- Units -----------------------------------------------------------------------------------

-- Units that must be left to priority people, none for them; a draw leaves all of the share, whoever
-- has been placed. `who` is 'priority', 'draw' or nil.
local function kept_at(ledger, place, slot, who)
  if who == 'priority' then return 0 end
  local kind = who == 'draw' and 'K' or 'k'
  return number_at(ledger, place.units, place.name .. kind .. slot) or 0
end

-- Why the units cannot be had, or nil: N not open, S not served, F too few.
local function misfit_at(ledger, place, slot, span, wanted, who)
  if not get(ledger, place.units, place.name .. 'seq') then return 'N' end
  for s = slot, slot + span - 1 do
    local capacity = number_at(ledger, place.units, place.name .. 'c' .. s) or 0
    if capacity == 0 then return 'S' end
  end
  for s = slot, slot + span - 1 do
    local remaining = number_at(ledger, place.units, place.name .. s)
    if remaining - kept_at(ledger, place, s, who) < wanted then return 'F' end
  end
  return nil
end

-- Adds units (a negative number takes them) to the half hours of a record.
local function add_units(ledger, place, record, sign)
  local slot, span, units = record:byte(3, 5)
  local has_priority = extra(record, 'p')
  if sign > 0 then place.failed = {} end
  for s = slot, slot + span - 1 do
    local field = place.name .. s
    put(ledger, place.units, field, (number_at(ledger, place.units, field) or 0) + sign * units)
    if has_priority then
      local held = (number_at(ledger, place.units, place.name .. 'g' .. s) or 0) - sign * units
      local share = number_at(ledger, place.units, place.name .. 'K' .. s) or 0
      put(ledger, place.units, place.name .. 'g' .. s, held)
      if share > 0 then
        put(ledger, place.units, place.name .. 'k' .. s, math.max(0, share - held))
      end
    end
    place.touched[s] = true
  end
end

-- --- Persons ---------------------------------------------------------------------------------

local function entries_of(ledger, person)
  return get(ledger, ledger.persons, person) or ''
end

local function put_entries(ledger, person, entries)
  put(ledger, ledger.persons, person, entries ~= '' and entries)
end

local function add_entry(ledger, place, record, number)
  local person = person_of(record)
  put_entries(ledger, person, entries_of(ledger, person) .. ';' .. service_of(record) .. ' ' ..
    place_text(place, number) .. half_hours_text(record:byte(3, 4)) ..
    (extra(record, 'l') and '+' or ''))
end

local function remove_entry(ledger, place, record, number)
  local person, named = person_of(record), place_text(place, number)
  local entries = entries_of(ledger, person)
  local kept = { entries:match('^[^;]*') }
  for entry in entries:gmatch(';[^;]+') do
    if entry:match('^;[^ ]+ ([^+]+)') ~= named then kept[#kept + 1] = entry end
  end
  put_entries(ledger, person, table.concat(kept))
end

-- A person's marks as a list, without those for which `keep` is false.
local function marks_of(entries)
  local marks = {}
  for mark in (entries:match('^[^;]*')):gmatch('[^,]+') do marks[#marks + 1] = mark end
  return marks
end

local function put_marks(ledger, person, marks)
  put_entries(ledger, person, table.concat(marks, ',') ..
    (entries_of(ledger, person):match(';.*$') or ''))
end

-- 'H' and what is known of the code, or nil and the evidence. `asked` says where an interception
-- is counted: at the half hour and the service that were asked for.
local function refuse_health(ledger, place, slot, person, service)
  local rules = ledger.rules
  if rules.eligibility == 'o' then return nil, 'o' end
  local health = health_of(get(ledger, ledger.health, person), rules.now)
  if health == 'g' then return nil, 'g' end
  if health == 'u' and rules.eligibility ~= 'r' then return nil, rules.eligibility end
  ledger.asked =
    { key = place.units, field = place.name .. 'h' .. slot .. ' ' .. service, keep = place.keep }
  return 'H' .. health
end

-- The person's reservation for the service on the place's day, or nil.
local function refuse_already(ledger, place, person, service)
  local entries = entries_of(ledger, person)
  local _, stop = entries:find(';' .. service .. ' ' .. place.date .. ' ', 1, true)
  if not stop then return nil end
  local field = entries:match('^[^;+]+', stop + 1)
  return 'A' .. place.date .. ' ' .. field, get(ledger, place.reservations, field) or ''
end

-- The person's reservation that shares a half hour of the place's day with these, or nil; `except`
-- (may be nil) is the field of one that does not count.
local function refuse_overlap(ledger, place, slot, span, person, except)
  if ledger.rules.may_overlap then return nil end
  local field = overlapping(entries_of(ledger, person), place.date, slot, span,
    place.reservations, except)
  if not field then return nil end
  return 'O' .. place.date .. ' ' .. field, get(ledger, place.reservations, field) or ''
end

-- The first of some half hours in which the person is nowhere else; or nil, and why not the first.
local function free_start(ledger, place, starts, span, person)
  if ledger.rules.may_overlap then return starts[1] end
  local visits = visits_on(entries_of(ledger, person), place.date, place.reservations)
  for _, start in ipairs(starts) do
    if not overlapping_visit(visits, start, span) then return start end
  end
  return nil, refuse_overlap(ledger, place, starts[1], span, person)
end

-- Why the person may book none of the half hours `starts`, or nil, what is known of the health code,
-- and the first of them that he may. In the order: health code, suspended, already reserved,
-- elsewhere at that time, cancellations of the month, live reservations. A refusal comes with its
-- detail.
local function refuse_person(ledger, place, starts, span, person, service)
  local rules = ledger.rules
  local refusal, evidence = refuse_health(ledger, place, starts[1], person, service)
  if refusal then return refusal end
  local entries = entries_of(ledger, person)
  local suspended = has_marks(entries) and suspension(entries, rules.now)
  if suspended then return suspended end
  local already, record = refuse_already(ledger, place, person, service)
  if already then return already, record end
  local start, elsewhere, its_record = free_start(ledger, place, starts, span, person)
  if not start then return elsewhere, its_record end
  if has_marks(entries) and cancellations(entries, rules.month) >= rules.cancellations_max then
    return 'Q'
  end
  if count_live(entries, rules.today) >= rules.live_max then return 'L' end
  return nil, evidence, start
end

-- The agent of `count` more reservations, or '' for none.
local function refuse_agent(ledger, agent, count)
  if agent == '' then return nil end
  local made = (number_at(ledger, ledger.agents, agent) or 0) + count
  if made > ledger.rules.agent_max then return 'G' end
  put(ledger, ledger.agents, agent, made)
  ledger.expires[ledger.agents] = IDEMPOTENCY_SECONDS
  return nil
end

-- --- Idempotency -----------------------------------------------------------------------------

-- 'M', or 'R' and what the first request got; nil when there was none.
local function refuse_repeated(ledger, tag, digest)
  if tag == '' then return nil end
  local first = get(ledger, ledger.today_tags, tag) or get(ledger, ledger.yesterday_tags, tag)
  if not first then return nil end
  if first:sub(1, DIGEST_BYTES) ~= digest then return 'M' end
  return 'R' .. first:sub(DIGEST_BYTES + 1)
end

local function remember(ledger, tag, digest, outcome)
  if tag == '' then return end
  put(ledger, ledger.today_tags, tag, digest .. outcome)
  ledger.expires[ledger.today_tags] = IDEMPOTENCY_SECONDS
end

-- --- Allocating ------------------------------------------------------------------------------

-- Gives a record its units and its number in the inventory; `misfit_at` was asked before.
local function take(ledger, place, record)
  local number = number_at(ledger, place.units, place.name .. 'seq') + 1
  add_units(ledger, place, record, -1)
  put(ledger, place.units, place.name .. 'seq', number)
  put(ledger, place.reservations, place.name .. number, record)
  if LIVE[record:sub(1, 1)] then add_entry(ledger, place, record, number) end
  place.words[#place.words + 1] = (record:sub(1, 1) == 'o' and 'o' or '+') .. number
  return number
end

-- Ends a record's hold on its units; `status` is what becomes of it.
local function give_up(ledger, place, number, record, status, word)
  add_units(ledger, place, record, 1)
  if LIVE[record:sub(1, 1)] then remove_entry(ledger, place, record, number) end
  record = with_status(record, status)
  put(ledger, place.reservations, place.name .. number, record)
  if word then place.words[#place.words + 1] = word .. number end
  return record
end

-- The parts of a visit in order, each { place, number, record }: a package's first step and those
-- behind it, whichever of them is named; or the one reservation. nil when a place is not among the
-- call's.
local function parts_of(ledger, place, number)
  local record = record_at(ledger, place, number)
  local lead = extra(record, 'l')
  if lead then
    place, number = find_beside(ledger, place, lead)
    if not place then return nil end
    record = record_at(ledger, place, number)
  end
  local parts = { { place = place, number = number, record = record } }
  for _, text in ipairs(extras(record, 's')) do
    local beside, its_number = find_beside(ledger, place, text)
    if not beside then return nil end
    parts[#parts + 1] = { place = beside, number = its_number,
      record = record_at(ledger, beside, its_number) }
  end
  return parts
end

-- Takes the parts of a visit, each { place, record }, in order: `check(part, i)` gives the refusal of
-- one, asked when those before it are taken. A package's records name each other. Returns their
-- sequences, or nil, the refusal, its detail and the number of the part.
local function take_visit(ledger, parts, is_package, check)
  local sequences, added = {}, {}
  for i, part in ipairs(parts) do
    local refusal, detail = check(part, i)
    if refusal then return nil, refusal, detail, i end
    if is_package and i > 1 then
      part.record = with_extras(part.record, 'ls',
        { 'l', parts[1].place.queue .. ' ' .. sequences[1] })
    end
    sequences[i] = take(ledger, part.place, part.record)
    if i > 1 then
      added[#added + 1] = 's'
      added[#added + 1] = part.place.queue .. ' ' .. sequences[i]
    end
  end
  if is_package then
    local lead = parts[1]
    lead.record = with_extras(lead.record, 'ls', added)
    put(ledger, lead.place.reservations, lead.place.name .. sequences[1], lead.record)
  end
  return sequences
end

-- 'priority' for a record of a priority person.
local function who_of(record)
  return extra(record, 'p') and 'priority' or nil
end
