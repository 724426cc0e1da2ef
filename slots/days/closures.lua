-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Closures (停办) of a hall, a queue or some half hours, and their end. The closure itself is one call;
-- those who are affected are dealt with behind it (`rebook`), and before it ends (`restore`), some at a
-- call: each is right by itself and may come again.
--
-- close    Own ARGV  1 tag of the idempotency key or ''  2 digest of the request  3 the plan's version
--            4 'HALL DATE'  5 'FROM TO QUEUE|* offer|none CREATED_MS REASON'  6 number of inventories,
--            then of each: place, 'slot=capacity/kept …' from now on
--          Details   4 number of the closure
-- rebook   Own ARGV  1 'HALL DATE NUMBER'  2 seconds that an offer holds  3 'last' when nobody is left
--            behind these, or ''  4 number of reservations, in the order in which they were made, then of
--            each: place, sequence; then the number of lists of candidates, then each:
--            'QUEUE SERVICE place place …', best first
--          Details   4 those that are live, of each: place, record, place that is held for it or '',
--            that one's record or ''
-- restore  Own ARGV  1 the plan's version  2 'HALL DATE NUMBER'  3 number of reservations, then of
--            each: place, sequence
--          The places of all offers that they have, and of their origins, must be among the places,
--          else 'again'.
--          Details   4 the places of those that are live
-- reopen   Own ARGV  1 the plan's version  2 'HALL DATE NUMBER'  3 number of inventories, then of
--            each: place, 'slot=capacity/kept …' from now on
-- Refusals  of close M, 'Rclosure HALL DATE NUMBER'; of all but `rebook` 'stale' the plan has another
--   version; of all but `close` 'missing' no such closure is in force; of all 'many' more inventories than
--   INVENTORIES_A_CLOSURE, or more reservations than AFFECTED_A_CALL
--
-- `rebook` ends places that were held for somebody in the closed half hours, and holds others for those
-- who are booked, unless the plan says 'none' or all were dealt with before: that is so when the item
-- 'rebook DATE HALL NUMBER' is due no more. While it is, a walk that broke off is taken up again.
-- `restore` is for reservations whose half hours will all be served again; one whose time had come
-- while it was closed is marked (extra 'c'): it is no no-show. An offer of an earlier closure stands:
-- then the detail has none, the record's extra 'f' names it.
-- An affected reservation stays booked. Within a place, the half hour nearest to its own is taken. A
-- package is named by its first step and offered nothing.
local LAST_SLOT, TAKEN_UP_SECONDS = 47, 60
local INVENTORIES_A_CLOSURE, AFFECTED_A_CALL = 16, 50 -- slots/days/closures_flow.h

local function read_inventories_of(ledger, args, first)
  local inventories = {}
  local last = first + 2 * tonumber(args[first])
  for at = first + 1, last, 2 do
    inventories[#inventories + 1] = { place = ledger.places[tonumber(args[at])],
      capacity = args[at + 1] }
  end
  return inventories
end

local function fetch_records(ledger, place, first, last)
  local fields = {}
  for number = first, last do fields[#fields + 1] = place.name .. number end
  fetch(ledger, place.reservations, fields)
end

-- A place that was held for somebody in a half hour that is closed now.
local function end_held(ledger, place, number, record)
  give_up(ledger, place, number, record, 'z', 'z')
  if not extra(record, 'r') then free_person(ledger, place, record) end
  due_at(ledger, 'offer ' .. place_text(place, number), false)
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
    fetch_inventory(ledger, place)
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

local function rebook_item(field)
  local hall, date, number = field:match('^([^ ]+) ([^ ]+) ([^ ]+)$')
  return 'rebook ' .. date .. ' ' .. hall .. ' ' .. number
end

local function bring_inventories(ledger, args, first)
  for _, inventory in ipairs(read_inventories_of(ledger, args, first)) do
    if get(ledger, inventory.place.units, inventory.place.name .. 'seq') then
      bring_to(ledger, inventory.place, inventory.capacity)
    end
  end
end

local function close(keys, args)
  local ledger, first = open_ledger(keys, args)
  local tag, digest, own = args[first], args[first + 1], first + 2

  if tonumber(args[own + 3]) > INVENTORIES_A_CLOSURE then return refused(ledger, 'many') end
  local repeated = refuse_repeated(ledger, tag, digest)
  if repeated then return refused(ledger, repeated) end
  if is_stale(ledger, args[own]) then return refused(ledger, 'stale') end
  local number = (number_at(ledger, ledger.plan, 'closures') or 0) + 1
  local field = args[own + 1] .. ' ' .. number
  put(ledger, ledger.plan, 'closures', number)
  change_plan(ledger, field, '+ ' .. args[own + 2])
  remember(ledger, tag, digest, 'closure ' .. field)
  due_at(ledger, rebook_item(field), ledger.rules.now + TAKEN_UP_SECONDS)
  bring_inventories(ledger, args, own + 3)
  return done(ledger, number)
end

-- 'STATE FROM TO QUEUE|* offer|none …' of the plan; nil when there is none in force.
local function closure_in_force(ledger, field)
  local value = get(ledger, ledger.plan, field)
  if not value or value:sub(1, 1) ~= '+' then return nil end
  local from, to, mode = value:match('^. (%d+) (%d+) [^ ]+ ([^ ]+)')
  return value, tonumber(from), tonumber(to), mode
end

-- The reservations that the arguments name, as they are now; and the next argument.
local function read_affected(ledger, args, first)
  local affected, last = {}, first + 2 * tonumber(args[first])
  for at = first + 1, last, 2 do
    local place, number = ledger.places[tonumber(args[at])], args[at + 1]
    affected[#affected + 1] = { place = place, number = number, named = place_text(place, number),
      record = record_at(ledger, place, number) }
  end
  return affected, last + 1
end

local function rebook(keys, args)
  local ledger, own = open_ledger(keys, args)
  local field, seconds = args[own], tonumber(args[own + 1])

  if tonumber(args[own + 3]) > AFFECTED_A_CALL then return refused(ledger, 'many') end
  local value, from, to, mode = closure_in_force(ledger, field)
  if not value then return refused(ledger, 'missing') end
  local affected, next_arg = read_affected(ledger, args, own + 3)
  local candidates, details = read_candidates(ledger, args, next_arg), {}
  local may_offer = mode == 'offer' and redis.call('ZSCORE', ledger.due, rebook_item(field))
  for _, one in ipairs(affected) do
    local slot, span = one.record:byte(3, 4)
    if one.record:sub(1, 1) == 'o' and slot < to and slot + span > from then
      end_held(ledger, one.place, one.number, one.record)
    elseif LIVE[one.record:sub(1, 1)] then
      if may_offer then offer_place(ledger, one, candidates, seconds) end
      details[#details + 1] = one.named
      details[#details + 1] = one.record
      details[#details + 1] = one.offer or ''
      details[#details + 1] = one.held or ''
    end
  end
  if args[own + 2] == 'last' then due_at(ledger, rebook_item(field), false) end
  return done(ledger, details)
end

-- Valid again where it stands.
local function restored_record(ledger, one)
  local added = ledger.rules.now >= starts_at(one.place, one.record:byte(3)) and { 'c', '1' } or {}
  return with_extras(one.record, 'fc', added)
end

local function restore(keys, args)
  local ledger, own = open_ledger(keys, args)

  if tonumber(args[own + 2]) > AFFECTED_A_CALL then return refused(ledger, 'many') end
  if is_stale(ledger, args[own]) then return refused(ledger, 'stale') end
  if not closure_in_force(ledger, args[own + 1]) then return refused(ledger, 'missing') end
  local restored = {}
  for _, one in ipairs((read_affected(ledger, args, own + 2))) do
    if LIVE[one.record:sub(1, 1)] then
      if not withdraw_offer(ledger, one.record) then return refused(ledger, 'again') end
      put(ledger, one.place.reservations, one.place.name .. one.number, restored_record(ledger, one))
      restored[#restored + 1] = one.named
    end
  end
  promote_freed(ledger)
  return done(ledger, restored)
end

local function reopen(keys, args)
  local ledger, own = open_ledger(keys, args)
  local field = args[own + 1]

  if tonumber(args[own + 2]) > INVENTORIES_A_CLOSURE then return refused(ledger, 'many') end
  if is_stale(ledger, args[own]) then return refused(ledger, 'stale') end
  local value = closure_in_force(ledger, field)
  if not value then return refused(ledger, 'missing') end
  change_plan(ledger, field, '-' .. value:sub(2))
  due_at(ledger, rebook_item(field), false)
  bring_inventories(ledger, args, own + 2)
  return done(ledger)
end

redis.register_function(versioned('close'), close)
redis.register_function(versioned('rebook'), rebook)
redis.register_function(versioned('restore'), restore)
redis.register_function(versioned('reopen'), reopen)
