-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Gives a booked reservation's units back.
--
-- KEYS  1 events  2 reservations of the hall-day  3 inventory  4 persons of the day
-- ARGV  1 code  2 'hall.date.'  3 'hall queue date'
-- Reply 1 'ok', 'missing', or 'state'  2 the record as it is now  3 id of the event
--       4 'hall queue date slot=remaining …'
local CANCELLED = 'x'

local function without_entry(entries, hall_code)
  local kept = {}
  for entry in entries:gmatch(';[^;]+') do
    if entry:match(' (.+)$') ~= hall_code then kept[#kept + 1] = entry end
  end
  return table.concat(kept)
end

local function cancel(keys, args)
  local record = redis.call('HGET', keys[2], args[1])
  if not record then return { 'missing' } end
  if record:sub(1, 1) ~= 'b' then return { 'state', record } end

  local slot, span, units = record:byte(7, 9)
  local person = record:sub(10, 23)
  local hall = args[2]:match('^[^.]+')
  local entries = redis.call('HGET', keys[4], person)
  local kept = entries and without_entry(entries, hall .. '.' .. args[1]) or ''
  local fields = {}
  for s = slot, slot + span - 1 do fields[#fields + 1] = s end
  local remaining = redis.call('HMGET', keys[3], unpack(fields))

  record = CANCELLED .. record:sub(2)
  redis.call('HSET', keys[2], args[1], record)
  if kept == '' then
    redis.call('HDEL', keys[4], person)
  else
    redis.call('HSET', keys[4], person, kept)
  end
  local values, words = {}, { args[3] }
  for i, s in ipairs(fields) do
    if remaining[i] then
      values[#values + 1] = s
      values[#values + 1] = remaining[i] + units
      words[#words + 1] = s .. '=' .. (remaining[i] + units)
    end
  end
  if #values > 0 then redis.call('HSET', keys[3], unpack(values)) end
  local event = table.concat(words, ' ')
  local id = append_event(keys[1], { 'cancelled', args[2] .. args[1], 'units', event })
  return { 'ok', record, id, event }
end

redis.register_function(versioned('cancel'), cancel)
