-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Closures (停办) of a hall, a queue or some half hours, and their end.
--
-- close   Own ARGV  1 tag of the idempotency key or ''  2 digest of the request  3 the plan's version
--           4 'HALL DATE'  5 'FROM TO QUEUE|* offer|none CREATED_MS REASON'  6 'offer' or 'none'
--           7 first slot  8 slot behind the last  9 seconds that an offer holds  10 number of
--           inventories, then of each: place, 'slot=capacity/kept …' from now on  then the number of
--           lists of candidates, then each: 'QUEUE SERVICE place place …', best first
--         Details   4 number of the closure  5 the affected reservations in the order in which they
--           were made, of each: place, record, place that is held for it or '', that one's record or
--           ''
-- reopen  Own ARGV  1 the plan's version  2 'HALL DATE NUMBER'  3 number of inventories, then of
--           each: place, 'slot=capacity/kept …' from now on
--         The places of packages' first steps (of close too), of all offers that reservations of
--           these inventories have, and of their origins, must be among the places, else 'again'.
--         Details   4 the places of the reservations that are valid again
-- Refusals  of close M, 'Rclosure HALL DATE NUMBER'; 'stale' the plan has another version; of reopen
--   'missing'
--
-- Lifting restores the reservations whose half hours are all served again; one whose time had come
-- while it was closed is marked (extra 'c'): it is no no-show. An offer of an earlier closure stands:
-- then the detail has none, the record's extra 'f' names it.
-- An affected reservation stays booked. Within a place, the half hour nearest to its own is taken. A
-- step of a package brings its whole visit, which is listed once, and is offered nothing.
local LAST_SLOT = 47

local function read_inventories_of(ledger, args, first)
  local inventories = {}
  local last = first + 2 * tonumber(args[first])
  for at = first + 1, last, 2 do
    inventories[#inventories + 1] = { place = ledger.places[tonumber(args[at])],
      capacity = args[at + 1] }
  end
  return inventories, last + 1
end

local function fetch_records(ledger, place)
  local fields = {}
  for number = 1, number_at(ledger, place.units, place.name .. 'seq') or 0 do
    fields[number] = place.name .. number
  end
  fetch(ledger, place.reservations, fields)
  return #fields
end

-- A place that was held for somebody in a half hour that is closed now.
local function end_held(ledger, place, number, record)
  give_up(ledger, place, number, record, 'z', 'z')
  if not extra(record, 'r') then free_person(ledger, place, record) end
  due_at(ledger, 'offer ' .. place_text(place, number), false)
end

-- Adds the live reservations of an inventory that have a half hour from `from` until before `to`;
-- false when a package's first step is not among the call's places. `on_held` (may be nil) is called
-- for places that are held there, `is_wanted` (may be nil) chooses.
local function affected_of(ledger, place, from, to, seen, affected, on_held, is_wanted)
  for number = 1, fetch_records(ledger, place) do
    local record = record_at(ledger, place, number)
    local slot, span = record:byte(3, 4)
    local is_hit = slot < to and slot + span > from and
      (not is_wanted or is_wanted(slot, span))
    if is_hit and record:sub(1, 1) == 'o' and on_held then
      on_held(ledger, place, number, record)
    elseif is_hit and LIVE[record:sub(1, 1)] then
      local its_place, its_number = place, tostring(number)
      local lead = extra(record, 'l')
      if lead then
        its_place, its_number = find_beside(ledger, place, lead)
        if not its_place then return false end
        record = record_at(ledger, its_place, its_number)
      end
      local named = place_text(its_place, its_number)
      if not seen[named] then
        seen[named] = true
        affected[#affected + 1] = { place = its_place, number = its_number, record = record,
          named = named, created = created_of(record) }
      end
    end
  end
  return true
end

local function by_creation(a, b)
  if a.created ~= b.created then return a.created < b.created end
  if a.place ~= b.place then return a.place.name < b.place.name end
  return tonumber(a.number) < tonumber(b.number)
end

-- The half hour of the place that is nearest to that of a record and fits, or nil. Its person must be
-- nowhere else then, but where the record `named` stands now.
local function nearest_fit(ledger, place, record, named)
  local slot, span, units = record:byte(3, 5)
  local person, who = person_of(record), who_of(record)
  local own = named:sub(1, 8) == place.date and named:sub(10) or nil
  local has_room = false
  local class = span .. ' ' .. units .. ' ' .. (who or '')
  if place.failed[class] then return nil end
  for distance = 0, LAST_SLOT do
    for _, start in ipairs({ slot - distance, slot + distance }) do
      if start >= 0 and start + span - 1 <= LAST_SLOT and
        ledger.rules.now < closes_at(place, start) and
        not misfit_at(ledger, place, start, span, units, who) then
        has_room = true
        if not refuse_overlap(ledger, place, start, span, person, own) then return start end
      end
    end
  end
  place.failed[class] = not has_room
  return nil
end

local function hold_place(ledger, one, place, start, seconds)
  local till = string.format('%d', offer_until(ledger, place, start, seconds))
  local origin = extra(one.record, 'o') or one.named
  local held = with_extras(with_status(with_slot(one.record, start), 'o'), 'ofur',
    { 'o', origin, 'u', till, 'r', one.named })
  local number = take(ledger, place, held)
  one.offer, one.held = place_text(place, number), held
  due_at(ledger, 'offer ' .. one.offer, tonumber(till))
  one.record = with_extras(one.record, 'f', { 'f', one.offer })
  put(ledger, one.place.reservations, one.place.name .. one.number, one.record)
end

-- Whether a place is held for it already, or may be: one that is not among the call's is not seen.
local function has_offer(ledger, record)
  local named = extra(record, 'f')
  if not named then return false end
  local place, number = find_place(ledger, named)
  return not place or record_at(ledger, place, number):sub(1, 1) == 'o'
end

local function offer_place(ledger, one, candidates, seconds)
  local is_visit = extra(one.record, 'k')
  if one.record:sub(1, 1) ~= 'b' or is_visit or has_offer(ledger, one.record) then return end
  for _, place in ipairs(candidates[one.place.queue .. ' ' .. service_of(one.record)] or {}) do
    local already = refuse_already(ledger, place, person_of(one.record), service_of(one.record))
    local start = (not already or already == 'A' .. one.named) and
      nearest_fit(ledger, place, one.record, one.named)
    if start then
      hold_place(ledger, one, place, start, seconds)
      return
    end
  end
end

local function read_candidates(ledger, args, first)
  local candidates = {}
  for at = first + 1, first + tonumber(args[first]) do
    local queue, service, numbers = args[at]:match('^([^ ]+) ([^ ]+)(.*)$')
    local places = {}
    for number in numbers:gmatch('%d+') do places[#places + 1] = ledger.places[tonumber(number)] end
    candidates[queue .. ' ' .. service] = places
  end
  return candidates
end

local function close(keys, args)
  local ledger, first = open_ledger(keys, args)
  local tag, digest, own = args[first], args[first + 1], first + 2
  local from, to, seconds = tonumber(args[own + 4]), tonumber(args[own + 5]), tonumber(args[own + 6])

  local repeated = refuse_repeated(ledger, tag, digest)
  if repeated then return refused(ledger, repeated) end
  if is_stale(ledger, args[own]) then return refused(ledger, 'stale') end
  local number = (number_at(ledger, ledger.plan, 'closures') or 0) + 1
  put(ledger, ledger.plan, 'closures', number)
  change_plan(ledger, args[own + 1] .. ' ' .. number, '+ ' .. args[own + 2])
  remember(ledger, tag, digest, 'closure ' .. args[own + 1] .. ' ' .. number)
  local inventories, next_arg = read_inventories_of(ledger, args, own + 7)
  local seen, affected, details = {}, {}, {}
  for _, inventory in ipairs(inventories) do
    if get(ledger, inventory.place.units, inventory.place.name .. 'seq') then
      if not affected_of(ledger, inventory.place, from, to, seen, affected, end_held) then
        return refused(ledger, 'again')
      end
      bring_to(ledger, inventory.place, inventory.capacity)
    end
  end
  table.sort(affected, by_creation)
  if args[own + 3] == 'offer' then
    local candidates = read_candidates(ledger, args, next_arg)
    for _, places in pairs(candidates) do
      for _, place in ipairs(places) do fetch_inventory(ledger, place) end
    end
    for _, one in ipairs(affected) do offer_place(ledger, one, candidates, seconds) end
  end
  for _, one in ipairs(affected) do
    details[#details + 1] = one.named
    details[#details + 1] = one.record
    details[#details + 1] = one.offer or ''
    details[#details + 1] = one.held or ''
  end
  return done(ledger, number, details)
end

-- 'STATE FROM TO …' of the plan; nil when there is none in force.
local function closure_in_force(ledger, field)
  local value = get(ledger, ledger.plan, field)
  if not value or value:sub(1, 1) ~= '+' then return nil end
  local from, to = value:match('^. (%d+) (%d+)')
  return value, tonumber(from), tonumber(to)
end

-- Whether all of some half hours will be served with that capacity.
local function served_by(text)
  local capacity = parse_capacity(text)
  return function(slot, span)
    for s = slot, slot + span - 1 do
      if (capacity[s] or 0) == 0 then return false end
    end
    return true
  end
end

-- Valid again where it stands.
local function restored_record(ledger, one)
  local added = ledger.rules.now >= starts_at(one.place, one.record:byte(3)) and { 'c', '1' } or {}
  return with_extras(one.record, 'fc', added)
end

local function reopen(keys, args)
  local ledger, own = open_ledger(keys, args)
  local field = args[own + 1]

  if is_stale(ledger, args[own]) then return refused(ledger, 'stale') end
  local value, from, to = closure_in_force(ledger, field)
  if not value then return refused(ledger, 'missing') end
  change_plan(ledger, field, '-' .. value:sub(2))
  local inventories = read_inventories_of(ledger, args, own + 2)
  local seen, affected, restored = {}, {}, {}
  for _, inventory in ipairs(inventories) do
    if get(ledger, inventory.place.units, inventory.place.name .. 'seq') then
      if not affected_of(ledger, inventory.place, from, to, seen, affected, nil,
        served_by(inventory.capacity)) then
        return refused(ledger, 'again')
      end
      bring_to(ledger, inventory.place, inventory.capacity)
    end
  end
  table.sort(affected, by_creation)
  for i, one in ipairs(affected) do
    if not withdraw_offer(ledger, one.record) then return refused(ledger, 'again') end
    put(ledger, one.place.reservations, one.place.name .. one.number, restored_record(ledger, one))
    restored[i] = one.named
  end
  promote_freed(ledger)
  return done(ledger, restored)
end

redis.register_function(versioned('close'), close)
redis.register_function(versioned('reopen'), reopen)
