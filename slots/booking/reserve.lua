-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Decides a batch of bookings of one city: reads each key once, decides in tables, writes each key
-- once. Keys and formats: docs/keys.md. The arguments stand in columns, so that a column is a
-- command's list of fields as it is.
--
-- KEYS  1 events  2 health codes  3 persons  4 idempotency of today  5 of yesterday
--       then for each day that is booked: its units, its reservations
-- ARGV  1 bookings  2 days  3 inventories  4 bookings with an idempotency key
--       5 live reservations a person may have  6 today, YYYYMMDD
--       7 eligibility: 'o' off, or on an unknown code 'r' refuse, 'a' allow, 'd' desk
--       8 now (Unix s)  9 seconds that idempotency keys live
--       10 what the records say of the health code, in their second byte
--       11 cancellations a person may make in a month
--       12 'r' when no two reservations of a person may share a half hour, else 'a'
--       for each day: the count of its unit fields, seconds that its reservations live
--       the fields of units, day by day: for each inventory 'HALL QUEUE seq', 'HALL QUEUE 18' …,
--         then, if units are kept for priority people, 'HALL QUEUE k18' … for the same half hours
--       for each inventory: four bytes: its day, the field of its sequence (high byte first), the
--         number of its kept fields; 'HALL QUEUE '; 'HALL QUEUE DATE'
--       then columns of a value a booking: six bytes (inventory, offset of its first slot behind
--         the sequence, span, units, its idempotency key or 0, 1 when it may have kept units) and
--         what its person's entry says of its half hours, '+FL'; person; ';SERVICE DATE '; record;
--       then columns of a value an idempotency key: its tag; digest of the request and 'DATE '
-- Reply 1 id of the event or ''  2 number of inventories that changed  then each one's event
--       'HALL QUEUE DATE slot=remaining kslot=kept … +SEQUENCE …'  then one outcome a booking: the sequence (an
--       integer), its negative when the desk must check the health code, or a letter with what it
--       needs; a reservation is named 'DATE HALL QUEUE SEQUENCE'. Asked in this order: R, M the
--       idempotency key; N not open; H the health code; P suspended; A already reserved;
--       O a reservation shares a half hour with it; Q cancellations of the month; L live reservations; S closed; F full
local BOOKED = 'b'
local FIXED_KEYS, FIXED_ARGS = 5, 12
local BOOKINGS_MAX, FIELDS_MAX = 128, 1200 -- slots/booking/batch.h

-- Numbers become text by a printf; small ones are the same again and again.
local digits = {}
local function text_of(number)
  local text = digits[number]
  if not text then
    text = string.format('%d', number)
    if number >= 0 and number < 10000 then digits[number] = text end
  end
  return text
end

-- Refused whole before anything is read, as the service never sends so much.
local function refuse_large_batch(args, count, days)
  local fields = 0
  for d = 1, days do fields = fields + tonumber(args[FIXED_ARGS + 2 * d - 1]) end
  if count > BOOKINGS_MAX or fields > FIELDS_MAX then
    return redis.error_reply('ERR more than ' .. BOOKINGS_MAX .. ' bookings or ' .. FIELDS_MAX ..
      ' fields in a batch')
  end
  return nil
end

local function read_units(keys, args, days, first)
  local units = {}
  for d = 1, days do
    local count = tonumber(args[FIXED_ARGS + 2 * d - 1])
    local values = read_fields(keys[FIXED_KEYS + 2 * d - 1], args, first + #units,
      first + #units + count - 1)
    for i = 1, count do units[#units + 1] = tonumber(values[i] or nil) or false end
  end
  return units
end

local function read_inventories(args, first, count)
  local inventories = {}
  for i = 1, count do
    local day, high, low, kept = args[first]:byte(1, 4)
    inventories[i] = { day = day, field = high * 256 + low, kept = kept, queue = args[first + 1],
      name = args[first + 2] }
    first = first + 3
  end
  return inventories
end

-- Why the units do not fit, or nil: one of the slots is not served, or has too few besides those
-- that are kept for priority people; these stand `kept` fields behind.
local function misfit(units, first, span, wanted, kept)
  local refusal
  for u = first, first + span - 1 do
    if not units[u] then return 'S' end
    if units[u] - (kept > 0 and units[u + kept] or 0) < wanted then refusal = 'F' end
  end
  return refusal
end

-- The event of an inventory, and what HSET changes of its units.
local function describe(inventory, units, args, fields, values)
  local words, last = inventory.words, #values
  values[last + 1] = args[fields + inventory.field]
  values[last + 2] = text_of(units[inventory.field])
  last = last + 2
  for u in pairs(inventory.touched) do
    local field, remaining = args[fields + u], text_of(units[u])
    values[last + 1] = field
    values[last + 2] = remaining
    last = last + 2
    words[#words + 1] = field:sub(#inventory.queue + 1) .. '=' .. remaining
  end
  return inventory.name .. ' ' .. table.concat(words, ' ')
end

local function reserve(keys, args)
  local count, days = tonumber(args[1]), tonumber(args[2])
  local inventory_count, tag_count = tonumber(args[3]), tonumber(args[4])
  local live_max, today, eligibility, now = tonumber(args[5]), args[6], args[7], tonumber(args[8])
  local expected, cancellations_max, month = args[10], tonumber(args[11]), today:sub(1, 6)
  local may_overlap = args[12] ~= 'r'
  local too_many = refuse_large_batch(args, count, days)
  if too_many then return too_many end
  local fields = FIXED_ARGS + 2 * days -- this and the next: what stands before the first of them
  local units = read_units(keys, args, days, fields + 1)
  local names = fields + #units
  local inventories = read_inventories(args, names + 1, inventory_count)
  local heads = names + 3 * inventory_count
  local persons, services, records = heads + count, heads + 2 * count, heads + 3 * count
  local tags = heads + 4 * count
  local digests = tags + tag_count

  local health = eligibility ~= 'o' and
    redis.call('HMGET', keys[2], unpack(args, persons + 1, services))
  local known = redis.call('HMGET', keys[3], unpack(args, persons + 1, services))
  local earlier, before
  if tag_count > 0 then
    earlier = redis.call('HMGET', keys[4], unpack(args, tags + 1, digests))
    before = redis.call('HMGET', keys[5], unpack(args, tags + 1, digests))
  end

  local changed, touched_days = {}, {}
  local entries_of, live_of, outcome_of = {}, {}, {} -- what the batch has changed so far
  local new_tags, new_records = {}, {} -- fields and values for HSET
  local counted, closed_of = {}, {} -- counters of units' keys: { key, field, by how much }

  local function slot_at(inventory, u)
    return args[fields + u]:sub(#inventory.queue + 1)
  end

  local function count_up(inventory, name, by)
    counted[#counted + 1] = { keys[FIXED_KEYS + 2 * inventory.day - 1], inventory.queue .. name, by }
  end

  -- Counted where it was asked for: the half hour and the service.
  local function intercept(b, inventory, offset)
    local slot = slot_at(inventory, inventory.field + offset)
    count_up(inventory, 'h' .. slot .. ' ' .. args[services + b]:match('^;([^ ]+)'), 1)
  end

  -- Units of priority people are no longer kept for others of them.
  local function take_kept(inventory, u, wanted)
    count_up(inventory, 'g' .. slot_at(inventory, u), wanted)
    local kept = units[u + inventory.kept]
    if kept then
      units[u + inventory.kept] = math.max(0, kept - wanted)
      inventory.touched[u + inventory.kept] = true
    end
  end

  -- A half hour that was closed has capacity 0; asked only when there is no room.
  local function is_closed(inventory, offset, span)
    for u = inventory.field + offset, inventory.field + offset + span - 1 do
      if closed_of[u] == nil then
        closed_of[u] = redis.call('HGET', keys[FIXED_KEYS + 2 * inventory.day - 1],
          inventory.queue .. 'c' .. slot_at(inventory, u)) == '0'
      end
      if closed_of[u] then return true end
    end
    return false
  end

  -- The person's reservation that shares a half hour with the booking, or nil.
  local function meets(b, entries, inventory, span)
    local slot, date = args[heads + b]:byte(8) - HALF_HOUR_BYTE, args[services + b]:sub(-9, -2)
    return overlapping(entries, date, slot, span, keys[FIXED_KEYS + 2 * inventory.day])
  end

  local function decide(b)
    local head = args[heads + b]
    local i, offset, span, wanted, t, priority = head:byte(1, 6)
    local person, service = args[persons + b], args[services + b]
    local tag = t > 0 and args[tags + t]
    local first = tag and (outcome_of[tag] or earlier[t] or before[t])
    if first then
      local same = first:sub(1, DIGEST_BYTES) == args[digests + t]:sub(1, DIGEST_BYTES)
      return same and 'R' .. first:sub(DIGEST_BYTES + 1) or 'M'
    end

    local inventory = inventories[i]
    local field = inventory.field
    local sequence = units[field]
    if not sequence then return 'N' end

    local evidence = health and health_of(health[b], now) or 'o'
    if evidence == 'y' or evidence == 'r' or (evidence == 'u' and eligibility == 'r') then
      intercept(b, inventory, offset)
      return 'H' .. evidence
    end
    local entries, live = entries_of[person], live_of[person]
    if not entries then
      entries = known[b] or ''
      live = entries == '' and 0 or count_live(entries, today)
    end
    if entries ~= '' then
      local marked = has_marks(entries)
      local suspended = marked and suspension(entries, now)
      if suspended then return suspended end
      local _, stop = entries:find(service, 1, true)
      if stop then return 'A' .. service:sub(-9) .. entries:match('^[^;+]+', stop + 1) end
      local other = not may_overlap and meets(b, entries, inventory, span)
      if other then return 'O' .. service:sub(-9) .. other end
      if marked and cancellations(entries, month) >= cancellations_max then return 'Q' end
      if live >= live_max then return 'L' end
    end
    local kept = priority == 0 and inventory.kept or 0
    local refusal = misfit(units, field + offset, span, wanted, kept)
    if refusal == 'F' and is_closed(inventory, offset, span) then return 'S' end
    if refusal then return refusal end

    sequence = sequence + 1
    units[field] = sequence
    if not inventory.touched then
      inventory.touched, inventory.words = {}, {}
      changed[#changed + 1] = inventory
      touched_days[inventory.day] = touched_days[inventory.day] or {}
      new_records[inventory.day] = new_records[inventory.day] or {}
    end
    for u = field + offset, field + offset + span - 1 do
      units[u] = units[u] - wanted
      inventory.touched[u] = true
      if priority == 1 then take_kept(inventory, u, wanted) end
    end
    local number = text_of(sequence)
    local place, record = inventory.queue .. number, args[records + b]
    inventory.words[#inventory.words + 1] = '+' .. number
    if evidence == 'u' then evidence = eligibility end
    if evidence ~= expected then record = BOOKED .. evidence .. record:sub(3) end
    local values = new_records[inventory.day]
    local last = #values
    values[last + 1] = place
    values[last + 2] = record
    entries_of[person], live_of[person] = entries .. service .. place .. head:sub(7), live + 1
    if tag then
      local outcome = args[digests + t] .. place
      outcome_of[tag] = outcome
      last = #new_tags
      new_tags[last + 1] = tag
      new_tags[last + 2] = outcome
    end
    return evidence == 'd' and -sequence or sequence
  end

  local outcomes = {}
  for b = 1, count do outcomes[b] = decide(b) end
  for _, one in ipairs(counted) do redis.call('HINCRBY', unpack(one)) end
  local reply = { '', #changed }
  if #changed > 0 then
    local events = {}
    for i, inventory in ipairs(changed) do
      local event = describe(inventory, units, args, fields, touched_days[inventory.day])
      reply[2 + i] = event
      events[2 * i - 1] = 'booked'
      events[2 * i] = event
    end
    for d, values in pairs(touched_days) do
      write_values('HSET', keys[FIXED_KEYS + 2 * d - 1], values)
      write_values('HSET', keys[FIXED_KEYS + 2 * d], new_records[d])
      redis.call('EXPIRE', keys[FIXED_KEYS + 2 * d], args[FIXED_ARGS + 2 * d], 'NX')
    end
    local values, last = {}, 0
    for person, entries in pairs(entries_of) do
      values[last + 1] = person
      values[last + 2] = entries
      last = last + 2
    end
    write_values('HSET', keys[3], values)
    if #new_tags > 0 then
      write_values('HSET', keys[4], new_tags)
      redis.call('EXPIRE', keys[4], args[9], 'NX')
    end
    reply[1] = append_event(keys[1], events)
  end
  local last = #reply
  for b = 1, count do reply[last + b] = outcomes[b] end
  return reply
end

redis.register_function(versioned('reserve'), reserve)
