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
--       for each day: the count of its unit fields, seconds that its reservations live
--       the fields of units, day by day: for each inventory 'HALL QUEUE seq', 'HALL QUEUE 18' …
--       for each inventory: three bytes: its day, the field of its sequence (high byte first);
--         'HALL QUEUE DATE'; 'HALL.DATE.QUEUE-'
--       then columns of a value a booking: five bytes (inventory, offset of its first slot behind
--         the sequence, span, units, its idempotency key or 0); person; service; salt; record;
--       then columns of a value an idempotency key: its tag; digest of the request
-- Reply 1 id of the event or ''  2 number of inventories that changed  then each one's
--       'HALL QUEUE DATE slot=remaining …'  then one outcome a booking: the sequence (an integer),
--       its negative when the desk must check the health code, or a letter with what it needs
local BOOKED = 'b'
local FIXED_KEYS, FIXED_ARGS = 5, 9

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

local function health_of(value, now)
  if not value then return 'u' end
  if #value > 1 and tonumber(value:sub(2)) <= now then return 'u' end
  return value:sub(1, 1)
end

-- What of a person's entries ';SERVICE ID;SERVICE ID' is not of a past day, and how many they are.
local function live_entries(entries, today)
  if not entries then return '', 0 end
  local kept, count = {}, 0
  for entry, date in entries:gmatch('(;[^;]+%.(%d+)%.[^;]+)') do
    if date >= today then
      count = count + 1
      kept[count] = entry
    end
  end
  return table.concat(kept), count
end

-- The id behind ';SERVICE ' whose date is `date`.
local function reservation_of(entries, service, date)
  local from = 1
  while true do
    local _, stop = entries:find(';' .. service .. ' ', from, true)
    if not stop then return nil end
    local id, its_date = entries:match('^([^;]+%.(%d+)%.[^;]+)', stop + 1)
    if its_date == date then return id end
    from = stop
  end
end

local function read_units(keys, args, days, first)
  local units = {}
  for d = 1, days do
    local count = tonumber(args[FIXED_ARGS + 2 * d - 1])
    local values = redis.call('HMGET', keys[FIXED_KEYS + 2 * d - 1],
      unpack(args, first + #units, first + #units + count - 1))
    for i = 1, count do units[#units + 1] = tonumber(values[i] or nil) or false end
  end
  return units
end

local function read_inventories(args, first, count)
  local inventories = {}
  for i = 1, count do
    local day, high, low = args[first]:byte(1, 3)
    local name, prefix = args[first + 1], args[first + 2]
    inventories[i] = { day = day, field = high * 256 + low, name = name, prefix = prefix,
      date = name:sub(-8), queue = name:sub(1, -9) }
    first = first + 3
  end
  return inventories
end

-- Why the units do not fit, or nil: one of the slots is not served, or has too few.
local function misfit(units, first, span, wanted)
  for u = first, first + span - 1 do
    if not units[u] then return 'S' end
    if units[u] < wanted then return 'F' end
  end
  return nil
end

local function reserve(keys, args)
  local count, days = tonumber(args[1]), tonumber(args[2])
  local inventory_count, tag_count = tonumber(args[3]), tonumber(args[4])
  local live_max, today, eligibility, now = tonumber(args[5]), args[6], args[7], tonumber(args[8])
  local fields = FIXED_ARGS + 2 * days + 1 -- the first of them
  local units = read_units(keys, args, days, fields)
  local names = fields + #units
  local inventories = read_inventories(args, names, inventory_count)
  local heads = names + 3 * inventory_count
  local persons, services = heads + count, heads + 2 * count
  local salts, records, tags = heads + 3 * count, heads + 4 * count, heads + 5 * count
  local digests = tags + tag_count

  local health = eligibility ~= 'o' and
    redis.call('HMGET', keys[2], unpack(args, persons, services - 1))
  local known = redis.call('HMGET', keys[3], unpack(args, persons, services - 1))
  local earlier, before, outcome_of = {}, {}, {}
  if tag_count > 0 then
    earlier = redis.call('HMGET', keys[4], unpack(args, tags, digests - 1))
    before = redis.call('HMGET', keys[5], unpack(args, tags, digests - 1))
  end

  local outcomes, events = {}, {}
  local entries_of, live_of = {}, {} -- by person: read once, changed by each booking
  local new_persons, new_tags, new_records = {}, {}, {} -- fields and values for HSET
  local changed = {} -- inventory -> its changed fields of units

  local function decide(b)
    local i, offset, span, wanted, t = args[heads + b]:byte(1, 5)
    local inventory, person, service = inventories[i], args[persons + b], args[services + b]
    local tag = t > 0 and args[tags + t - 1]
    local first_outcome = tag and (outcome_of[tag] or earlier[t] or before[t])
    if first_outcome then
      local same = first_outcome:sub(1, 8) == args[digests + t - 1]
      return same and 'R' .. first_outcome:sub(9) or 'M'
    end

    local evidence = health and health_of(health[b + 1], now) or 'o'
    if evidence == 'y' or evidence == 'r' or (evidence == 'u' and eligibility == 'r') then
      return 'H' .. evidence
    end
    local entries, live = entries_of[person], live_of[person]
    if not entries then entries, live = live_entries(known[b + 1], today) end
    if live > 0 then
      local present = reservation_of(entries, service, inventory.date)
      if present then return 'A' .. present end
      if live >= live_max then return 'L' end
    end
    local field = inventory.field
    if not units[field] then return 'N' end
    local first = field + offset
    local refusal = misfit(units, first, span, wanted)
    if refusal then return refusal end

    local sequence = units[field] + 1
    units[field] = sequence
    local touched = changed[i]
    if not touched then
      touched = {}
      changed[i] = touched
    end
    for u = first, first + span - 1 do
      units[u] = units[u] - wanted
      touched[u] = true
    end
    local number = text_of(sequence)
    local id = inventory.prefix .. number .. '-' .. args[salts + b]
    entries_of[person], live_of[person] = entries .. ';' .. service .. ' ' .. id, live + 1
    new_persons[person] = true
    local day_records = new_records[inventory.day]
    if not day_records then
      day_records = {}
      new_records[inventory.day] = day_records
    end
    if evidence == 'u' then evidence = eligibility end
    day_records[#day_records + 1] = inventory.queue .. number
    day_records[#day_records + 1] = BOOKED .. evidence .. args[records + b]
    events[#events + 1] = 'booked'
    events[#events + 1] = id
    if tag then
      outcome_of[tag] = args[digests + t - 1] .. id
      new_tags[#new_tags + 1] = tag
      new_tags[#new_tags + 1] = outcome_of[tag]
    end
    return evidence == 'd' and -sequence or sequence
  end

  for b = 0, count - 1 do outcomes[b + 1] = decide(b) end
  local reply = { '', 0 }
  if #events > 0 then
    local new_units = {}
    for i, touched in pairs(changed) do
      local inventory = inventories[i]
      local values = new_units[inventory.day]
      if not values then
        values = {}
        new_units[inventory.day] = values
      end
      local words = { inventory.name }
      values[#values + 1] = args[fields + inventory.field - 1]
      values[#values + 1] = text_of(units[inventory.field])
      for u in pairs(touched) do
        local field, remaining = args[fields + u - 1], text_of(units[u])
        values[#values + 1] = field
        values[#values + 1] = remaining
        words[#words + 1] = field:sub(#inventory.queue + 1) .. '=' .. remaining
      end
      reply[#reply + 1] = table.concat(words, ' ')
      events[#events + 1] = 'units'
      events[#events + 1] = reply[#reply]
    end
    reply[2] = #reply - 2
    for d, values in pairs(new_units) do
      redis.call('HSET', keys[FIXED_KEYS + 2 * d - 1], unpack(values))
    end
    for d, values in pairs(new_records) do
      redis.call('HSET', keys[FIXED_KEYS + 2 * d], unpack(values))
      redis.call('EXPIRE', keys[FIXED_KEYS + 2 * d], args[FIXED_ARGS + 2 * d], 'NX')
    end
    local values = {}
    for person in pairs(new_persons) do
      values[#values + 1] = person
      values[#values + 1] = entries_of[person]
    end
    redis.call('HSET', keys[3], unpack(values))
    if #new_tags > 0 then
      redis.call('HSET', keys[4], unpack(new_tags))
      redis.call('EXPIRE', keys[4], args[9], 'NX')
    end
    reply[1] = append_event(keys[1], events)
  end
  for b = 1, count do reply[#reply + 1] = outcomes[b] end
  return reply
end

redis.register_function(versioned('reserve'), reserve)
