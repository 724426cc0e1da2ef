-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Counts the reservations of an inventory, by half hour and service, COUNTED_A_CALL at a time, behind
-- what stands beside them, INTERCEPTIONS_A_CALL half hours and services at a time. Reads only.
--
-- KEYS  1 units of the day  2 its reservations
-- ARGV  1 'HALL QUEUE '  2 when the day begins, Unix s  3 where it goes on, '1' at the first call
--       4… the services whose interceptions are told
-- Reply a text each: 'n WHERE' it goes on ('NUMBER' of the reservation, or '1 SLOT'), unless this is the
--       last call; 'c SLOT CAPACITY' for each half hour that has or had a capacity; then
--       'r SLOT SERVICE BOOKED CANCELLED RESCHEDULED NO_SHOW INTERCEPTED LEADS LEAD_SECONDS', then
--       'l SLOT SERVICE HOURS:COUNT HOURS:COUNT …', how long before (whole hours) how many were made
-- BOOKED are those whose last place this is, whatever became of them; RESCHEDULED were moved away.
-- LEADS of the booked ones were made before their half hour; a step of a package counts by itself.
local COUNTED_A_CALL, INTERCEPTIONS_A_CALL = 1000, 1000
local COUNTED = { m = 'rescheduled', n = 'no_show', x = 'cancelled', y = 'cancelled' }
local NOT_COUNTED = { o = true, z = true }

local function row_of(rows, slot, service)
  local name = slot .. ' ' .. service
  local row = rows[name]
  if not row then
    row = { name = name, booked = 0, cancelled = 0, rescheduled = 0, no_show = 0, intercepted = 0,
      leads = 0, seconds = 0, hours = {} }
    rows[name] = row
    rows[#rows + 1] = row
  end
  return row
end

local function created_seconds(record)
  local ms = 0
  for _, byte in ipairs({ created_of(record):byte(1, 6) }) do ms = ms * 256 + byte end
  return math.floor(ms / 1000)
end

local function count_record(rows, record, midnight)
  local status, slot = record:sub(1, 1), record:byte(3)
  if NOT_COUNTED[status] then return end
  local row = row_of(rows, slot, service_of(record))
  local kind = COUNTED[status]
  if kind then row[kind] = row[kind] + 1 end
  if status == 'm' then return end
  row.booked = row.booked + 1
  local lead = midnight + slot * SECONDS_A_SLOT - created_seconds(record)
  if lead < 0 then return end
  local hours = math.floor(lead / 3600)
  row.leads, row.seconds = row.leads + 1, row.seconds + lead
  row.hours[hours] = (row.hours[hours] or 0) + 1
end

local function count_records(rows, key, name, first, last, midnight)
  local fields = {}
  for number = first, last do fields[#fields + 1] = name .. number end
  for _, record in ipairs(read_fields(key, fields, 1, #fields)) do
    if record then count_record(rows, record, midnight) end
  end
end

local function print_row(reply, row)
  reply[#reply + 1] = string.format('r %s %d %d %d %d %d %d %d', row.name, row.booked, row.cancelled,
    row.rescheduled, row.no_show, row.intercepted, row.leads, row.seconds)
  local words = {}
  for hours, count in pairs(row.hours) do words[#words + 1] = hours .. ':' .. count end
  table.sort(words)
  if #words > 0 then reply[#reply + 1] = 'l ' .. row.name .. ' ' .. table.concat(words, ' ') end
end

local function count_interceptions(rows, key, name, slot, services)
  local fields = {}
  for i, service in ipairs(services) do fields[i] = name .. 'h' .. slot .. ' ' .. service end
  for i, count in ipairs(read_fields(key, fields, 1, #fields)) do
    if count then row_of(rows, slot, services[i]).intercepted = tonumber(count) end
  end
end

-- What stands beside the reservations, from a half hour on. Returns where it goes on, or nil.
local function count_units(rows, reply, key, name, services, first)
  local fields, told = {}, 0
  for slot = 0, 47 do fields[slot + 1] = name .. 'c' .. slot end
  local capacities = read_fields(key, fields, 1, #fields)
  for slot = first, 47 do
    if capacities[slot + 1] then
      if told > 0 and told + #services > INTERCEPTIONS_A_CALL then return slot end
      told = told + #services
      reply[#reply + 1] = 'c ' .. slot .. ' ' .. capacities[slot + 1]
      count_interceptions(rows, key, name, slot, services)
    end
  end
  return nil
end

local function count_day(keys, args)
  local name, midnight, rows, told = args[1], tonumber(args[2]), {}, {}
  local first, slot = args[3]:match('^(%d+) ?(%d*)$')
  local count = tonumber(redis.call('HGET', keys[1], name .. 'seq') or 0)
  first, slot = tonumber(first), tonumber(slot) or 0
  local last, reply = math.min(count, first + COUNTED_A_CALL - 1), {}

  local next_slot = first == 1 and count_units(rows, told, keys[1], name, items_from(args, 4), slot)
  if next_slot then
    reply[1] = 'n 1 ' .. next_slot
  else
    if last < count then reply[1] = 'n ' .. last + 1 end
    count_records(rows, keys[2], name, first, last, midnight)
  end
  for _, text in ipairs(told) do reply[#reply + 1] = text end
  for _, row in ipairs(rows) do print_row(reply, row) end
  return reply
end

redis.register_function{
  function_name = versioned('count_day'), callback = count_day, flags = { 'no-writes' } }
