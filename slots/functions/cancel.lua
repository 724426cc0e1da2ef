-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Gives a booked reservation's units back.
--
-- KEYS  1 events  2 persons  3 units of the day  4 its reservations
-- ARGV  1 'HALL QUEUE '  2 sequence
-- Reply 1 'ok', 'missing', or 'state'  2 the record as it is now  3 id of the event
--       4 the event, 'HALL QUEUE DATE slot=remaining … -SEQUENCE'
local CANCELLED = 'x'

-- `place` is 'DATE HALL QUEUE SEQUENCE'.
local function without_entry(entries, place)
  local kept = {}
  for entry in entries:gmatch(';[^;]+') do
    if entry:match(' (.+)$') ~= place then kept[#kept + 1] = entry end
  end
  return table.concat(kept)
end

local function forget(key, person, place)
  local entries = redis.call('HGET', key, person)
  local kept = entries and without_entry(entries, place) or ''
  if kept == '' then
    redis.call('HDEL', key, person)
  else
    redis.call('HSET', key, person, kept)
  end
end

local function cancel(keys, args)
  local name, field, date = args[1], args[1] .. args[2], keys[3]:sub(-8)
  local record = redis.call('HGET', keys[4], field)
  if not record then return { 'missing' } end
  if record:sub(1, 1) ~= 'b' then return { 'state', record } end

  local slot, span, units = record:byte(3, 5)
  local fields = {}
  for s = slot, slot + span - 1 do fields[#fields + 1] = name .. s end
  local remaining = redis.call('HMGET', keys[3], unpack(fields))
  local values, words = {}, { name .. date }
  for i, unit_field in ipairs(fields) do
    local more = (tonumber(remaining[i] or nil) or 0) + units
    values[#values + 1] = unit_field
    values[#values + 1] = more
    words[#words + 1] = (slot + i - 1) .. '=' .. more
  end

  record = CANCELLED .. record:sub(2)
  redis.call('HSET', keys[4], field, record)
  redis.call('HSET', keys[3], unpack(values))
  forget(keys[2], record:sub(6, 19), date .. ' ' .. field)
  words[#words + 1] = '-' .. args[2]
  local event = table.concat(words, ' ')
  local event_id = append_event(keys[1], { 'cancelled', event })
  return { 'ok', record, event_id, event }
end

redis.register_function(versioned('cancel'), cancel)
