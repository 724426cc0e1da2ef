-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Moves a booked reservation, a package with all its steps: the old place is kept unless the new
-- one is won. What the old place frees goes to its waitlist.
--
-- Own ARGV  1 place  2 sequence  3 number of parts  then of each, in the order of the visit: the new
--   place, the new slot
-- The places of all parts now, of an offer made for it (extra 'f'), and of its origin (extra 'o', so
-- that the id leads straight to the new place) must be among the places, else 'again'.
-- Details   4 list of sequences  5 the first part's record
-- Asked in this order: missing, again, state; then part by part N; H; A, O (detail 4 the record); S,
--   F

-- The record at its new place: its id goes on naming the place where it was made.
local function moved_record(place, number, record, slot)
  local origin = extra(record, 'o') or place_text(place, number)
  return with_slot(with_extras(record, 'of', { 'o', origin }), slot)
end

-- Leaves a mark at the old place that leads to the new one; the place of the id leads there too.
local function lead_on(ledger, place, number, record, new_place, new_number)
  local to = place_text(new_place, new_number)
  put(ledger, place.reservations, place.name .. number,
    with_extras(record, 'tf', { 't', to }))
  local origin, its_number = find_place(ledger, extra(record, 'o') or '')
  if not origin then return end
  local is_entry = its_number:match('^[wd]')
  local key = is_entry and origin.entries or origin.reservations
  local first = get(ledger, key, origin.name .. its_number)
  if first and first:sub(1, 1) == 'm' then
    put(ledger, key, origin.name .. its_number, with_extras(first, 't', { 't', to }))
  end
end

local function read_targets(ledger, args, first, parts)
  local targets = {}
  for i = 1, #parts do
    targets[i] = { place = ledger.places[tonumber(args[first + 2 * i - 1])],
      slot = tonumber(args[first + 2 * i]) }
    targets[i].record = moved_record(parts[i].place, parts[i].number, parts[i].record,
      targets[i].slot)
  end
  return targets
end

local function reschedule(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, number = ledger.places[tonumber(args[own])], args[own + 1]

  if not record_at(ledger, place, number) then return refused(ledger, 'missing') end
  local parts = parts_of(ledger, place, number)
  if not parts or #parts ~= tonumber(args[own + 2]) then return refused(ledger, 'again') end
  for _, part in ipairs(parts) do
    if part.record:sub(1, 1) ~= 'b' then return refused(ledger, 'state', part.record) end
    local origin = extra(part.record, 'o')
    if origin and not find_place(ledger, origin) then return refused(ledger, 'again') end
    if not withdraw_offer(ledger, part.record) then return refused(ledger, 'again') end
  end
  local targets = read_targets(ledger, args, own + 2, parts)
  for _, part in ipairs(parts) do
    part.old = give_up(ledger, part.place, part.number, part.record, 'm', '>')
  end

  local function check(target, i)
    local its_place, record = target.place, target.record
    if not get(ledger, its_place.units, its_place.name .. 'seq') then return 'N' end
    local person, service = person_of(record), service_of(record)
    local _, span, units = record:byte(3, 5)
    local refusal, evidence = refuse_health(ledger, its_place, target.slot, person, service)
    if refusal then return refusal end
    local already, its_record = refuse_already(ledger, its_place, person, service)
    if already then return already, its_record end
    local elsewhere, other = refuse_overlap(ledger, its_place, target.slot, span, person)
    if elsewhere then return elsewhere, other end
    target.record = with_evidence(record, evidence)
    return misfit_at(ledger, its_place, target.slot, span, units, who_of(record))
  end

  local sequences, refusal, detail = take_visit(ledger, targets, #parts > 1, check)
  if not sequences then return refused(ledger, refusal, detail or '') end
  for i, part in ipairs(parts) do
    lead_on(ledger, part.place, part.number, part.old, targets[i].place, sequences[i])
  end
  for _, part in ipairs(parts) do promote_place(ledger, part.place) end
  promote_freed(ledger)
  return done(ledger, sequences, targets[1].record)
end

redis.register_function(versioned('reschedule'), reschedule)
