-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Gives a booked reservation's units back: to the waitlist first, then to everyone, at once or
-- after a delay. A package goes whole, whichever of its steps is named.
--
-- Own ARGV  1 place  2 sequence  3 'p' by the person (it counts for the month) or 's' by staff
--   4 seconds until units that nobody waits for are on sale again, 0 at once
-- The places of a package's other steps, and of an offer made for the reservation (extra 'f'), must
-- be among the places, else 'again'.
-- Details   4 the record (of a package's first step)

-- Takes back the place that is offered for a reservation. False when it is not among the places.
local function withdraw_offer(ledger, record)
  local named = extra(record, 'f')
  if not named then return true end
  local place, number = find_place(ledger, named)
  if not place then return false end
  local offer = record_at(ledger, place, number)
  if offer and offer:sub(1, 1) == 'o' then
    give_up(ledger, place, number, offer, 'z', 'z')
    due_at(ledger, 'offer ' .. named, false)
    ledger.freed = ledger.freed or {}
    if not ledger.freed[place] then ledger.freed[#ledger.freed + 1] = place end
    ledger.freed[place] = true
  end
  return true
end

local function promote_freed(ledger)
  for _, place in ipairs(ledger.freed or {}) do promote_place(ledger, place) end
end

local function free_at(ledger, place, slot)
  return math.max(0, number_at(ledger, place.units, place.name .. slot))
end

-- Notes what was free before a part is given up.
local function note_free(ledger, part)
  local slot, span = part.record:byte(3, 4)
  part.free = {}
  for s = slot, slot + span - 1 do part.free[s] = free_at(ledger, part.place, s) end
end

-- What the waitlist has left of the freed units stays out of sale for a while; the record holds so
-- many units then.
local function hold_for_resale(ledger, part, seconds)
  local slot, span, left = part.record:byte(3, 5)
  local place = part.place
  for s = slot, slot + span - 1 do
    left = math.min(left, free_at(ledger, place, s) - part.free[s])
  end
  if left <= 0 then return end
  part.record = with_units(part.record, left)
  add_units(ledger, place, part.record, -1)
  part.record = with_status(part.record, 'y')
  put(ledger, place.reservations, place.name .. part.number, part.record)
  due_at(ledger, 'resale ' .. place_text(place, part.number), ledger.rules.now + seconds)
end

local function count_cancellation(ledger, person)
  local marks = {}
  local month = ledger.rules.month
  for _, mark in ipairs(marks_of(entries_of(ledger, person))) do
    if mark:sub(1, 1) ~= 'x' then marks[#marks + 1] = mark end
  end
  marks[#marks + 1] = 'x' .. month .. '=' .. cancellations(entries_of(ledger, person), month) + 1
  put_marks(ledger, person, marks)
end

local function cancel(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, number = ledger.places[tonumber(args[own])], args[own + 1]
  local seconds = tonumber(args[own + 3])

  if not record_at(ledger, place, number) then return refused(ledger, 'missing') end
  local parts = parts_of(ledger, place, number)
  if not parts then return refused(ledger, 'again') end
  for _, part in ipairs(parts) do
    if part.record:sub(1, 1) ~= 'b' then return refused(ledger, 'state', part.record) end
  end
  for _, part in ipairs(parts) do
    if not withdraw_offer(ledger, part.record) then return refused(ledger, 'again') end
  end
  for _, part in ipairs(parts) do note_free(ledger, part) end
  for _, part in ipairs(parts) do
    part.record = give_up(ledger, part.place, part.number, part.record, 'x', '-')
  end
  for _, part in ipairs(parts) do promote_place(ledger, part.place) end
  promote_freed(ledger)
  for _, part in ipairs(parts) do
    if seconds > 0 then hold_for_resale(ledger, part, seconds) end
  end
  if args[own + 2] == 'p' then count_cancellation(ledger, person_of(parts[1].record)) end
  return done(ledger, parts[1].record)
end

-- The units of a delayed cancellation are on sale again.
--
-- release  Own ARGV  1 place  2 sequence
local function release(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, number = ledger.places[tonumber(args[own])], args[own + 1]
  local record = record_at(ledger, place, number)

  due_at(ledger, 'resale ' .. place_text(place, number), false)
  if record and record:sub(1, 1) == 'y' then
    give_up(ledger, place, number, record, 'x')
    promote_place(ledger, place)
  end
  return done(ledger)
end

redis.register_function(versioned('cancel'), cancel)
redis.register_function(versioned('release'), release)
