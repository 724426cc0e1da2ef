-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Decides a batch of bookings of one city: reads each key once, decides in tables, writes each key
-- once. Keys and formats: docs/keys.md.
--
-- KEYS  1 events  2 health codes  3 idempotency of today  4 of yesterday
--       then the persons of each open day, the inventories, the reservations of each hall-day
-- ARGV  1 bookings  2 days  3 inventories  4 hall-days  5 live reservations a person may have
--       6 eligibility: 'o' off, or on an unknown code 'r' refuse, 'a' allow, 'd' desk
--       7 now (Unix s)  8 seconds idempotency keys live  then seconds each day's persons live,
--       'hall queue date' of each inventory, 'hall.date.' and seconds to live of each hall-day,
--       then for each booking BOOKING_ARGS values:
--         1 six bytes: day, inventory, hall-day (from 1), slot, span, units
--         2 person key  3 service  4 idempotency tag or ''  5 digest of the request
--         6 code  7 the record behind its first six bytes
-- Reply 1 id of the event or ''  2 number of inventories that changed  then each one's
--       'hall queue date slot=remaining …'  then one outcome a booking: the sequence (an integer),
--       its negative when the desk must check the health code, or a letter with what it needs
local BOOKING_ARGS = 7
local BOOKED = 'b'

local function health_of(value, now)
  if not value then return 'u' end
  local until_second = tonumber(value:sub(2))
  if until_second and until_second <= now then return 'u' end
  return value:sub(1, 1)
end

-- Columns of the batch that are read with one HMGET a key.
local function gather(args, first, count)
  local batch = { persons = {}, tags = {}, tag_of = {}, fields = {}, codes = {} }
  for b = 1, count do
    local at = first + (b - 1) * BOOKING_ARGS
    local _, inventory, book, slot, span = args[at]:byte(1, 5)
    batch.persons[b] = args[at + 1]
    if args[at + 3] ~= '' then
      batch.tags[#batch.tags + 1] = args[at + 3]
    end
    local fields = batch.fields[inventory]
    if not fields then
      fields = { 'seq' }
      batch.fields[inventory] = fields
    end
    for s = slot, slot + span - 1 do
      if not fields[-s] then
        fields[-s] = true
        fields[#fields + 1] = s
      end
    end
    local codes = batch.codes[book]
    if not codes then
      codes = {}
      batch.codes[book] = codes
    end
    codes[#codes + 1] = args[at + 5]
  end
  return batch
end

local function read_fields(key, fields)
  local values, known = redis.call('HMGET', key, unpack(fields)), {}
  for i, field in ipairs(fields) do
    known[field] = values[i] or nil
  end
  return known
end

local function read_numbers(key, fields)
  local known = read_fields(key, fields)
  for field, value in pairs(known) do
    known[field] = tonumber(value)
  end
  return known
end

-- 'service' among a person's entries ';service hall.code;service hall.code', as an id.
local function reservation_of(entries, service, date)
  if not entries then return nil end
  local _, stop = entries:find(';' .. service .. ' ', 1, true)
  if not stop then return nil end
  local hall, code = entries:match('^([^.]+)%.([^;]+)', stop + 1)
  return hall .. '.' .. date .. '.' .. code
end

local function live_of(state, person)
  local live = 0
  for d = 1, state.days do
    local entries = state.persons[d][person]
    if entries then
      live = live + select(2, entries:gsub(';', ';'))
    end
  end
  return live
end

local function fits(inventory, slot, span, units)
  for s = slot, slot + span - 1 do
    if not inventory[s] then return 'S' end
    if inventory[s] < units then return 'F' end
  end
  return nil
end

local function add(lists, index, name, value)
  local list = lists[index]
  if not list then
    list = {}
    lists[index] = list
  end
  list[#list + 1] = name
  list[#list + 1] = value
end

-- One booking against the state so far; writes only into the tables.
local function decide(state, args, at)
  local day, i, book, slot, span, units = args[at]:byte(1, 6)
  local person, service, tag, digest = args[at + 1], args[at + 2], args[at + 3], args[at + 4]
  local code = args[at + 5]
  local inventory = state.inventories[i]

  local earlier = tag ~= '' and state.outcomes[tag]
  if earlier then
    return earlier:sub(1, 8) == digest and 'R' .. earlier:sub(9) or 'M'
  end
  local health = state.health and health_of(state.health[person], state.now) or 'o'
  if health == 'y' or health == 'r' or (health == 'u' and state.eligibility == 'r') then
    return 'H' .. health
  end
  local entries = state.persons[day][person]
  local present = reservation_of(entries, service, state.dates[day])
  if present then return 'A' .. present end
  if live_of(state, person) >= state.live_max then return 'L' end
  if not inventory.seq then return 'N' end
  local refusal = fits(inventory, slot, span, units)
  if refusal then return refusal end
  if state.codes[book][code] then return 'C' end

  local sequence = inventory.seq + 1
  inventory.seq = sequence
  state.changed[i] = state.changed[i] or {}
  for s = slot, slot + span - 1 do
    inventory[s] = inventory[s] - units
    state.changed[i][s] = true
  end
  local prefix = state.prefixes[book]
  local hall = prefix:match('^[^.]+')
  state.codes[book][code] = true
  state.persons[day][person] = (entries or '') .. ';' .. service .. ' ' .. hall .. '.' .. code
  state.changed_persons[day] = state.changed_persons[day] or {}
  state.changed_persons[day][person] = true
  if health == 'u' then health = state.eligibility end
  add(state.records, book, code, BOOKED .. health .. struct.pack('>I4', sequence) .. args[at + 6])
  state.events[#state.events + 1] = 'booked'
  state.events[#state.events + 1] = prefix .. code
  if tag ~= '' then
    state.outcomes[tag] = digest .. prefix .. code
    add(state.remembered, 1, tag, state.outcomes[tag])
  end
  return health == 'd' and -sequence or sequence
end

-- 'hall queue date slot=remaining …' of a changed inventory, and its HSET.
local function write_inventory(key, name, inventory, slots)
  local values, words = { 'seq', inventory.seq }, { name }
  for slot in pairs(slots) do
    values[#values + 1] = slot
    values[#values + 1] = inventory[slot]
    words[#words + 1] = slot .. '=' .. inventory[slot]
  end
  redis.call('HSET', key, unpack(values))
  return table.concat(words, ' ')
end

local function write_lived(key, values, seconds)
  redis.call('HSET', key, unpack(values))
  redis.call('EXPIRE', key, seconds, 'NX')
end

local function reserve(keys, args)
  local count, days = tonumber(args[1]), tonumber(args[2])
  local inventories, books = tonumber(args[3]), tonumber(args[4])
  local names = 8 + days
  local first = names + inventories + 2 * books + 1
  local batch = gather(args, first, count)
  local state = {
    days = days, live_max = tonumber(args[5]), eligibility = args[6], now = tonumber(args[7]),
    persons = {}, dates = {}, inventories = {}, codes = {}, prefixes = {}, outcomes = {},
    changed = {}, changed_persons = {}, records = {}, remembered = {}, events = {},
  }

  if state.eligibility ~= 'o' then
    state.health = read_fields(keys[2], batch.persons)
  end
  if #batch.tags > 0 then
    state.outcomes = read_fields(keys[4], batch.tags)
    for tag, outcome in pairs(read_fields(keys[3], batch.tags)) do
      state.outcomes[tag] = outcome
    end
  end
  for d = 1, days do
    state.persons[d] = read_fields(keys[4 + d], batch.persons)
    state.dates[d] = keys[4 + d]:sub(-8)
  end
  for i = 1, inventories do
    state.inventories[i] = read_numbers(keys[4 + days + i], batch.fields[i])
  end
  for r = 1, books do
    state.codes[r] = read_fields(keys[4 + days + inventories + r], batch.codes[r])
    state.prefixes[r] = args[names + inventories + 2 * r - 1]
  end

  local outcomes = {}
  for b = 1, count do
    outcomes[b] = decide(state, args, first + (b - 1) * BOOKING_ARGS)
  end

  local reply = { '', 0 }
  for i, slots in pairs(state.changed) do
    local words = write_inventory(keys[4 + days + i], args[names + i], state.inventories[i], slots)
    state.events[#state.events + 1] = 'units'
    state.events[#state.events + 1] = words
    reply[#reply + 1] = words
  end
  reply[2] = #reply - 2
  if reply[2] > 0 then
    for d, changed in pairs(state.changed_persons) do
      local values = {}
      for person in pairs(changed) do
        values[#values + 1] = person
        values[#values + 1] = state.persons[d][person]
      end
      write_lived(keys[4 + d], values, args[8 + d])
    end
    for r, values in pairs(state.records) do
      write_lived(keys[4 + days + inventories + r], values, args[names + inventories + 2 * r])
    end
    if state.remembered[1] then
      write_lived(keys[3], state.remembered[1], args[8])
    end
    reply[1] = append_event(keys[1], state.events)
  end
  for b = 1, count do
    reply[#reply + 1] = outcomes[b]
  end
  return reply
end

redis.register_function(versioned('reserve'), reserve)
