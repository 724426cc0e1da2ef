-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Who booked and did not come (爽约). Half an hour after half hour, when `late_minutes` behind its
-- end have passed: those who are still only booked are no-shows, unless the half hour was closed.
--
-- no_shows  It looks at RECORDS_A_CALL at a time, in their order: what is left is another call's
--           Own ARGV  1 place  2 where it goes on, '' (or none) at the first one
--           Details   4 how many were marked  5 where it goes on, or '' at the end
-- pardon    Own ARGV  1 place  2 sequence  3 reason      Details  4 record
--           Refusals  missing, state (detail 4 the record)
-- excuse    Who came when the day of his reservation was over, and its lines with it, but his late minutes
--           were not: it stays as it is until they are, and he is no no-show (extra 'c')
--           Own ARGV  1 place  2 sequence
--           Refusals  missing, state (detail 4 the record), again (its half hour has not begun), B

-- Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
local function days_of(date)
  local year, month, day = tonumber(date:sub(1, 4)), tonumber(date:sub(5, 6)), tonumber(date:sub(7))
  if month <= 2 then year = year - 1 end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year -
    719468
end

-- Marks of no-shows that count no more are gone; how many are left.
local function recent_no_shows(ledger, marks)
  local kept, count = {}, 0
  local first = days_of(ledger.rules.today) - ledger.rules.no_show_days
  for _, mark in ipairs(marks) do
    local is_no_show = mark:sub(1, 1) == 'n'
    if not is_no_show or days_of(mark:sub(2)) >= first then
      kept[#kept + 1] = mark
      if is_no_show then count = count + 1 end
    end
  end
  return kept, count
end

local function without_suspension(marks)
  local kept = {}
  for _, mark in ipairs(marks) do
    if mark:sub(1, 1) ~= 'u' then kept[#kept + 1] = mark end
  end
  return kept
end

local function mark_no_show(ledger, place, person)
  local rules = ledger.rules
  local marks = marks_of(entries_of(ledger, person))
  marks[#marks + 1] = 'n' .. place.date
  local kept, count = recent_no_shows(ledger, marks)
  if count >= rules.no_shows then
    kept = without_suspension(kept)
    kept[#kept + 1] = 'u' .. string.format('%d', rules.now + rules.suspend_days * 86400)
  end
  put_marks(ledger, person, kept)
end

-- Whether the hall was closed in one of its half hours, or was when the time or its person had come
-- (extra 'c').
local function was_closed(ledger, place, record)
  local slot, span = record:byte(3, 4)
  for s = slot, slot + span - 1 do
    if (number_at(ledger, place.units, place.name .. 'c' .. s) or 0) == 0 then return true end
  end
  return extra(record, 'c') ~= nil
end

local RECORDS_A_CALL = 200

-- Ends one that is still only booked; 1 when somebody is marked for it.
local function end_booked(ledger, place, number, record)
  local is_closed = was_closed(ledger, place, record)
  give_up(ledger, place, number, record, is_closed and 'x' or 'n', is_closed and '-' or 'n')
  if is_closed or extra(record, 'l') then return 0 end
  mark_no_show(ledger, place, person_of(record))
  return 1
end

-- The half hour behind the last one whose no-shows are to be marked.
local function overdue(ledger, place, slot)
  local last = last_slot(ledger, place) or -1
  while slot <= last and no_shows_at(place, slot) <= ledger.rules.now do slot = slot + 1 end
  return slot
end

local function no_shows(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, from = ledger.places[tonumber(args[own])], args[own + 1] or ''
  local marked = 0

  if not get(ledger, place.units, place.name .. 'seq') then
    due_at(ledger, no_show_item(place), false)
    return done(ledger, 0, '')
  end
  fetch_inventory(ledger, place)
  local slot = number_at(ledger, place.units, place.name .. 'swept') or 0
  -- All calls of a walk mark up to the same half hour, whatever the clock says meanwhile.
  local stop, first = from:match('^(%d+) (%d+)$')
  stop, first = tonumber(stop) or overdue(ledger, place, slot), tonumber(first) or 1
  local count = number_at(ledger, place.units, place.name .. 'seq')
  local last = math.min(count, first + RECORDS_A_CALL - 1)
  fetch_records(ledger, place, first, last)
  for number = first, last do
    local record = record_at(ledger, place, number)
    local start, span = record:byte(3, 4)
    local at = start + span - 1
    if record:sub(1, 1) == 'b' and at >= slot and at < stop then
      marked = marked + end_booked(ledger, place, number, record)
    end
  end
  if last < count then return done(ledger, marked, stop .. ' ' .. last + 1) end
  watch_for_no_shows(ledger, place, math.max(slot, stop))
  promote_place(ledger, place)
  return done(ledger, marked, '')
end

local function pardon(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, number, reason = ledger.places[tonumber(args[own])], args[own + 1], args[own + 2]
  local record = record_at(ledger, place, number)

  if not record then return refused(ledger, 'missing') end
  if record:sub(1, 1) ~= 'n' or extra(record, 'x') then return refused(ledger, 'state', record) end
  record = with_extras(record, 'x', { 'x', reason })
  put(ledger, place.reservations, place.name .. number, record)
  place.words[#place.words + 1] = 'p' .. number
  local person, marks = person_of(record), {}
  local is_found = extra(record, 'l') ~= nil -- a later step of a package was not counted
  for _, mark in ipairs(marks_of(entries_of(ledger, person))) do
    if mark == 'n' .. place.date and not is_found then
      is_found = true
    else
      marks[#marks + 1] = mark
    end
  end
  local kept, count = recent_no_shows(ledger, marks)
  put_marks(ledger, person, count < ledger.rules.no_shows and without_suspension(kept) or kept)
  return done(ledger, record)
end

-- Whether it can still be checked in, had its day not ended.
local function is_kept(ledger, place, record)
  local slot, span = record:byte(3, 4)
  return record:sub(1, 1) == 'b' and ledger.rules.now <= no_shows_at(place, slot + span - 1)
end

local function excuse_record(ledger, place, number, record)
  put(ledger, place.reservations, place.name .. number, with_extras(record, 'c', { 'c', '1' }))
end

local function excuse(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, number = ledger.places[tonumber(args[own])], args[own + 1]
  local record = record_at(ledger, place, number)

  if not record then return refused(ledger, 'missing') end
  if record:sub(1, 1) ~= 'b' then return refused(ledger, 'state', record) end
  if ledger.rules.now < starts_at(place, record:byte(3)) then return refused(ledger, 'again') end
  if not is_kept(ledger, place, record) then return refused(ledger, 'B') end
  excuse_record(ledger, place, number, record)
  return done(ledger)
end

redis.register_function(versioned('no_shows'), no_shows)
redis.register_function(versioned('excuse'), excuse)
redis.register_function(versioned('pardon'), pardon)
