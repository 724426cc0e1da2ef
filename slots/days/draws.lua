-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The lottery of an inventory: it is prepared with a commitment, collects entries, and opens the
-- inventory when it is drawn. Drawing and its order are the service's (slots/days/draw_list.h); here
-- places are given in that order, as long as there are any that nobody keeps.
--
-- open_draw  Own ARGV  1 place  2 when it is drawn, Unix s  3 state, beginning with 'o'
--            Details   4 the state that stands, '' when the inventory is open already
-- draw       Own ARGV  1 place  2 entries that there must be  3 'slot=capacity/kept …'  4 new state,
--              beginning with 'd'  5 the order: the entries' numbers, 4 bytes each, high byte first
--            Details   4 how many were given a place
--            Refusals  'missing' no draw is open, 'again' there are more entries, or one has left
-- An entry for which there would be a place, but whose person a rule refuses, gets status 'u' and the
-- refusal as extra 'v'; entries that find no place stay as they are: in a draw that is done they are
-- not drawn.
local function open_draw(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place = ledger.places[tonumber(args[own])]
  local state = get(ledger, place.entries, place.name .. 'draw')

  if state then return refused(ledger, 'ok', state) end
  if get(ledger, place.units, place.name .. 'seq') then return refused(ledger, 'ok', '') end
  put(ledger, place.entries, place.name .. 'draw', args[own + 2])
  due_at(ledger, draw_item(place), tonumber(args[own + 1]))
  ledger.expires[place.entries] = place.keep
  done(ledger)
  return { '', {}, 'ok', args[own + 2] }
end

local function order_of(packed)
  local numbers = {}
  for at = 1, #packed, 4 do
    local a, b, c, d = packed:byte(at, at + 3)
    numbers[#numbers + 1] = ((a * 256 + b) * 256 + c) * 256 + d
  end
  return numbers
end

local function places_left(ledger, place)
  for slot = 0, 47 do
    local remaining = number_at(ledger, place.units, place.name .. slot) or 0
    if remaining > kept_at(ledger, place, slot, 'draw') then return true end
  end
  return false
end

-- An entry wins: it becomes a reservation, whose id goes on naming the entry.
local function win(ledger, place, name, entry, evidence)
  local record = with_extras(entry, 'e', { 'o', place_text(place, name) })
  local number = take(ledger, place, with_evidence(with_status(record, 'b'), evidence))
  put(ledger, place.entries, place.name .. name,
    with_extras(with_status(entry, 'm'), 't', { 't', place_text(place, number) }))
end

local function draw_one(ledger, place, name)
  local entry = get(ledger, place.entries, place.name .. name)
  local slot, span, units = entry:byte(3, 5)
  if offers_no_more(place, service_of(entry)) then return false end
  if misfit_at(ledger, place, slot, span, units, 'draw') then return false end
  local person, service = person_of(entry), service_of(entry)
  local refusal, evidence = refuse_person(ledger, place, { slot }, span, person, service)
  put(ledger, place.entries, person_field(person, service), false)
  if refusal then
    if refusal:sub(1, 1) == 'H' then
      local key, field = ledger.asked.key, ledger.asked.field
      put(ledger, key, field, (number_at(ledger, key, field) or 0) + 1)
    end
    put(ledger, place.entries, place.name .. name,
      with_extras(with_status(entry, 'u'), 'v', { 'v', refusal:match('^[^%d]+') }))
    return false
  end
  win(ledger, place, name, entry, evidence)
  return true
end

local function draw(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place = ledger.places[tonumber(args[own])]
  local state = get(ledger, place.entries, place.name .. 'draw')
  local placed = 0

  due_at(ledger, draw_item(place), false)
  if not state then return refused(ledger, 'missing') end
  if state:sub(1, 1) == 'd' or get(ledger, place.units, place.name .. 'seq') then
    return done(ledger, 0)
  end
  local entries = number_at(ledger, place.entries, place.name .. 'dseq') or 0
  if entries ~= tonumber(args[own + 1]) then return refused(ledger, 'again') end
  local numbers, fields = order_of(args[own + 4]), {}
  for i, number in ipairs(numbers) do fields[i] = place.name .. 'd' .. number end
  fetch(ledger, place.entries, fields)
  for _, field in ipairs(fields) do
    local entry = get(ledger, place.entries, field)
    if not entry or entry:sub(1, 1) ~= 'w' then return refused(ledger, 'again') end
  end
  bring_to(ledger, place, args[own + 2])
  for _, number in ipairs(numbers) do
    if draw_one(ledger, place, 'd' .. number) then
      placed = placed + 1
      if not places_left(ledger, place) then break end
    end
  end
  put(ledger, place.entries, place.name .. 'draw', args[own + 3])
  place.words[#place.words + 1] = 'drawn'
  return done(ledger, placed)
end

redis.register_function(versioned('open_draw'), open_draw)
redis.register_function(versioned('draw'), draw)
