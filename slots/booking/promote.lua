-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- The waitlist: freed units go to the first who fits, in the call that freed them, so a unit is
-- never both waited for and on sale. Whoever may not book now (health code, limits, elsewhere at that
-- time) keeps his place and is passed over; whoever has booked otherwise, or whose queue offers the
-- service no more, leaves it. So whoever enters is behind people for whom nothing is free: he alone is
-- looked at. Whose half hours are over leaves it with the next minute's `promote`, or when something is
-- freed.
local WAITING_MAX = 500 -- of an inventory: a walk over all of them takes some milliseconds
local LOOKED_AT_A_CALL = 500 -- of the minute's call: who waits elsewhere is the next call's

-- How many wait, as it stood before this call.
local function count_waiting(place)
  return redis.call('ZLEXCOUNT', place.waiting, '[' .. place.name, '[' .. place.name .. '~')
end

-- Who waits, in order, as it stood before this call: the numbers of the entries, which are read too.
local function waiting_of(ledger, place)
  local queue = ledger.queues[place]
  if not queue then
    queue = {}
    local fields = {}
    for i, member in ipairs(redis.call('ZRANGEBYLEX', place.waiting, '[' .. place.name,
      '[' .. place.name .. '~')) do
      queue[i] = tonumber(member:sub(#place.name + 1))
      fields[i] = place.name .. 'w' .. queue[i]
    end
    fetch(ledger, place.entries, fields)
    ledger.queues[place] = queue
  end
  return queue
end

local function waiting_member(place, number)
  return string.format('%s%07d', place.name, number)
end

local function person_field(person, service)
  return '~' .. person .. ' ' .. service
end

-- The person may enter for the service and day again.
local function free_person(ledger, place, record)
  put(ledger, place.entries, person_field(person_of(record), service_of(record)), false)
end

-- An entry is over: it waits or is drawn no more. One that has an offer goes on standing for its
-- person until the offer is answered, so that nobody gathers offers.
local function close_entry(ledger, place, name, record, word, has_offer)
  put(ledger, place.entries, place.name .. name, record)
  if not has_offer then free_person(ledger, place, record) end
  place.words[#place.words + 1] = word .. name:sub(2)
end

local function stop_waiting(ledger, place, number, record, has_offer)
  put_member(ledger, place.waiting, waiting_member(place, number), false)
  close_entry(ledger, place, 'w' .. number, record, 'v', has_offer)
end

-- An offered place that is to be answered until then.
local function offer_until(ledger, place, slot, seconds)
  return math.min(ledger.rules.now + seconds, closes_at(place, slot))
end

local function give_waiting(ledger, place, number, entry, start, evidence)
  local record = with_evidence(with_slot(with_extras(entry, 'g', {}), start), evidence)
  if place.offer > 0 then
    local till = offer_until(ledger, place, start, place.offer * 60)
    record = with_extras(with_status(record, 'o'), 'u', { 'u', string.format('%d', till) })
    local given = take(ledger, place, record)
    due_at(ledger, 'offer ' .. place_text(place, given), till)
    entry = with_extras(entry, 't', { 't', place_text(place, given) })
  else
    local given = take(ledger, place, with_status(record, 'b'))
    entry = with_extras(entry, 't', { 't', place_text(place, given) })
  end
  stop_waiting(ledger, place, number, with_status(entry, 'm'), place.offer > 0)
end

-- What a visit finds in a half hour: 'over', 'full' or 'room'.
local function look_at(ledger, place, start, span, units, who)
  if ledger.rules.now >= closes_at(place, start) then return 'over' end
  return misfit_at(ledger, place, start, span, units, who) and 'full' or 'room'
end

-- The half hours that an entry would take and can have now, in its order; and whether one that it would
-- take is still to come. Of those who wait for an inventory many want the same: `seen` knows what
-- they found.
local function fitting_starts(ledger, place, entry, seen)
  local _, span, units = entry:byte(3, 5)
  local fitting, is_to_come, who = {}, false, who_of(entry)
  local wish = ((units * 64 + span) * 2 + (who and 1 or 0)) * 64
  for _, start in ipairs({ (extra(entry, 'g') or ''):byte(1, -1) }) do
    local found = seen[wish + start] or look_at(ledger, place, start, span, units, who)
    seen[wish + start] = found
    if found ~= 'over' then is_to_come = true end
    if found == 'room' then fitting[#fitting + 1] = start end
  end
  return fitting, is_to_come
end

-- True when a place was given.
local function promote_one(ledger, place, number, entry, seen)
  local starts, is_to_come = fitting_starts(ledger, place, entry, seen)
  if offers_no_more(place, service_of(entry)) or not is_to_come then
    stop_waiting(ledger, place, number, with_status(entry, 'z'))
  elseif #starts > 0 then
    local refusal, evidence, start =
      refuse_person(ledger, place, starts, entry:byte(4), person_of(entry), service_of(entry))
    if not refusal then
      give_waiting(ledger, place, number, entry, start, evidence)
      return true
    elseif refusal:sub(1, 1) == 'A' then
      stop_waiting(ledger, place, number, with_status(entry, 'x'))
    end
  end
  return false
end

-- Whether anything could be given to somebody.
local function has_room(ledger, place)
  local fields = {}
  for slot = 0, 47 do fields[slot + 1] = place.name .. slot end
  fetch(ledger, place.units, fields)
  for slot = 0, 47 do
    local remaining = number_at(ledger, place.units, place.name .. slot) or 0
    if remaining > 0 and ledger.rules.now < closes_at(place, slot) then return true end
  end
  return false
end

-- Somebody was given a place: where there was no room there is none still.
local function forget_rooms(seen)
  for wish, found in pairs(seen) do
    if found == 'room' then seen[wish] = nil end
  end
end

local function promote_all(ledger, place)
  local seen = {}
  for _, number in ipairs(waiting_of(ledger, place)) do
    local entry = get(ledger, place.entries, place.name .. 'w' .. number)
    if entry:sub(1, 1) == 'q' and promote_one(ledger, place, number, entry, seen) then
      forget_rooms(seen)
    end
  end
end

-- Of units that were freed.
local function promote_place(ledger, place)
  if get(ledger, place.units, place.name .. 'seq') and count_waiting(place) > 0 and
    has_room(ledger, place) then
    promote_all(ledger, place)
  end
end

-- Every minute: people whose code is green again, or who have room under their limits again; and
-- whose half hours are over. A call looks at LOOKED_AT_A_CALL, or at all who wait for its first place.
--
-- No own ARGV
-- Details   4 'HALL QUEUE ' of the last place that was looked at when there are more, else ''
local function promote(keys, args)
  local ledger, looked_at = open_ledger(keys, args), 0
  for i, place in ipairs(ledger.places) do
    if get(ledger, place.units, place.name .. 'seq') then
      local waiting = #waiting_of(ledger, place)
      if i > 1 and looked_at + waiting > LOOKED_AT_A_CALL then
        return done(ledger, ledger.places[i - 1].name)
      end
      looked_at = looked_at + waiting
      promote_all(ledger, place)
    end
  end
  return done(ledger, '')
end

redis.register_function(versioned('promote'), promote)
