-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- A held place that is offered, by a waitlist or for a closed half hour (extra 'r': the reservation
-- that it is for): it is accepted, declined, or lapses.
--
-- Own ARGV  1 'accept', 'decline' or 'lapse'  2 place  3 sequence
-- The place of the reservation that it is for, and of that one's origin (extra 'o' of the offer),
-- must be among the places, else 'again'.
-- Details   4 the reservation's record: the held one when accepted; when not, the one that stays
--   where it is (closure) or the offer (waitlist)  5 its place
-- Refusals  missing, state (detail 4 the record in the way), again, 'B' lapsed; accepting asks H, P,
--   A, O, Q, L of a waitlist's, A and O of a closure's. 'again' also when an offer is to lapse too early.

-- The reservation that a closure's offer is for.
local function reservation_of(ledger, offer)
  local named = extra(offer, 'r')
  if not named then return nil, true end
  local place, number = find_place(ledger, named)
  if not place then return nil, false end
  return { place = place, number = number, record = record_at(ledger, place, number) }, true
end

local function end_offer(ledger, place, number)
  due_at(ledger, 'offer ' .. place_text(place, number), false)
end

local function accept_waiting(ledger, place, number, offer)
  local refusal, evidence = refuse_person(ledger, place, { (offer:byte(3)) }, offer:byte(4),
    person_of(offer), service_of(offer))
  if refusal then return refusal, evidence end
  local record = with_extras(with_evidence(with_status(offer, 'b'), evidence), 'u', {})
  put(ledger, place.reservations, place.name .. number, record)
  add_entry(ledger, place, record, number)
  free_person(ledger, place, record)
  place.words[#place.words + 1] = '+' .. number
  return nil, record
end

-- A reservation whose closed half hour is over meanwhile was cancelled there; its offer holds on.
local function leave_place(ledger, from, offered)
  local status = from.record:sub(1, 1)
  if status == 'b' then
    return give_up(ledger, from.place, from.number, from.record, 'm', '>')
  end
  if status == 'x' and extra(from.record, 'f') == offered then
    return with_status(from.record, 'm')
  end
  return nil
end

local function accept_moved(ledger, place, number, offer, from)
  local old = leave_place(ledger, from, place_text(place, number))
  if not old then return 'state', from.record end
  local person, slot, span = person_of(offer), offer:byte(3, 4)
  local already, its_record = refuse_already(ledger, place, person, service_of(offer))
  if already then return already, its_record end
  local elsewhere, other = refuse_overlap(ledger, place, slot, span, person)
  if elsewhere then return elsewhere, other end
  local record = with_extras(with_status(offer, 'b'), 'ur', {})
  put(ledger, place.reservations, place.name .. number, record)
  add_entry(ledger, place, record, number)
  lead_on(ledger, from.place, from.number, old, place, number)
  place.words[#place.words + 1] = '+' .. number
  promote_place(ledger, from.place)
  return nil, record
end

local function accept(ledger, place, number, offer, from)
  if ledger.rules.now >= tonumber(extra(offer, 'u')) then return refused(ledger, 'B') end
  local refusal, record
  if from then
    refusal, record = accept_moved(ledger, place, number, offer, from)
  else
    refusal, record = accept_waiting(ledger, place, number, offer)
  end
  if refusal then return refused(ledger, refusal, record or '') end
  end_offer(ledger, place, number)
  return done(ledger, record, place_text(place, number))
end

-- Declined or lapsed: the units pass on.
local function give_back(ledger, place, number, offer, from)
  local record, its_place = give_up(ledger, place, number, offer, 'z', 'z'), place_text(place, number)
  end_offer(ledger, place, number)
  if not from then free_person(ledger, place, record) end
  if from and from.record then
    record = with_extras(from.record, 'f', {})
    put(ledger, from.place.reservations, from.place.name .. from.number, record)
    its_place = place_text(from.place, from.number)
  end
  promote_place(ledger, place)
  return done(ledger, record, its_place)
end

local function offer(keys, args)
  local ledger, own = open_ledger(keys, args)
  local mode, place, number = args[own], ledger.places[tonumber(args[own + 1])], args[own + 2]
  local record = record_at(ledger, place, number)

  if not record then return refused(ledger, 'missing') end
  if record:sub(1, 1) ~= 'o' then
    if mode == 'lapse' then
      end_offer(ledger, place, number)
      return done(ledger, record, place_text(place, number))
    end
    return refused(ledger, 'state', record)
  end
  local from, is_there = reservation_of(ledger, record)
  local origin = extra(record, 'o')
  if not is_there or (origin and not find_place(ledger, origin)) then
    return refused(ledger, 'again')
  end
  if mode == 'accept' then return accept(ledger, place, number, record, from) end
  if mode == 'lapse' and ledger.rules.now < tonumber(extra(record, 'u')) then
    return refused(ledger, 'again')
  end
  return give_back(ledger, place, number, record, from)
end

redis.register_function(versioned('offer'), offer)
