-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- What a person may do, from the index of persons. A value there is
--   marks, separated by commas: 'n20261123' a no-show of that day, 'x202611=3' cancellations made in
--     that month, 'u1798675200' booking is suspended until then
--   then ';SERVICE DATE HALL QUEUE SEQUENCE+FL' for each live reservation: F and L are its first and
--     last half hour, a byte each, 64 and its number; with '+' behind it when it is a later step of a
--     package, which is one visit and counts once. Older versions wrote no '+FL'.

local DIGEST_BYTES = 8
local SEMICOLON, PLUS = 59, 43
local HALF_HOUR_BYTE = 64

-- What is known of a health code: g, y, r, or u.
local function health_of(value, now)
  if not value then return 'u' end
  if #value > 1 and tonumber(value:sub(2)) <= now then return 'u' end
  return value:sub(1, 1)
end

-- How many of a person's reservations are not of a past day; those that are stay for the sweep.
local function count_live(entries, today)
  local count = 0
  for date, rest in entries:gmatch(';[^; ]+ (%d+) ([^;]+)') do
    if date >= today and rest:byte(-1) ~= PLUS then count = count + 1 end
  end
  return count
end

-- What an entry says of its half hours.
local function half_hours_text(slot, span)
  return '+' .. string.char(HALF_HOUR_BYTE + slot, HALF_HOUR_BYTE + slot + span - 1)
end

-- First and last half hour of a record; those of none meet no others.
local function half_hours_of(record)
  if not record then return math.huge, -1 end
  local slot, span = record:byte(3, 4)
  return slot, slot + span - 1
end

-- Whether one of the entries of a day (' DATE ') may share a half hour with these: a quick look at its
-- last bytes, which takes no texts apart.
local function may_overlap_with(entries, day, slot, span)
  local _, at = entries:find(day, 1, true)
  while at do
    local stop = entries:find(';', at, true) or #entries + 1
    if entries:byte(stop - 1) == PLUS then stop = stop - 1 end
    local plus, first, last = entries:byte(stop - 3, stop - 1)
    if plus ~= PLUS or
      (first < HALF_HOUR_BYTE + slot + span and last >= HALF_HOUR_BYTE + slot) then
      return true
    end
    _, at = entries:find(day, stop, true)
  end
  return false
end

-- The entries of a day, in order, as { field = 'HALL QUEUE SEQUENCE', first, last half hour }. `key`
-- are the reservations of the day, which know the half hours of an entry that does not say them.
local function visits_on(entries, date, key)
  local visits = {}
  for field, half_hours in entries:gmatch(';[^; ]+ ' .. date .. ' ([^;+]+)([^;]*)') do
    local first, last = half_hours:byte(2, 3)
    if last then
      first, last = first - HALF_HOUR_BYTE, last - HALF_HOUR_BYTE
    else
      first, last = half_hours_of(redis.call('HGET', key, field))
    end
    visits[#visits + 1] = { field = field, first = first, last = last }
  end
  return visits
end

-- The field of the first of them that shares a half hour with the `span` ones from `slot` on, or nil;
-- `except` (may be nil) is left out.
local function overlapping_visit(visits, slot, span, except)
  for _, visit in ipairs(visits) do
    if visit.first < slot + span and visit.last >= slot and visit.field ~= except then
      return visit.field
    end
  end
  return nil
end

-- The same among a person's entries.
local function overlapping(entries, date, slot, span, key, except)
  if not may_overlap_with(entries, ' ' .. date .. ' ', slot, span) then return nil end
  return overlapping_visit(visits_on(entries, date, key), slot, span, except)
end

local function has_marks(entries)
  return entries ~= '' and entries:byte(1) ~= SEMICOLON
end

-- 'P' and until when, or nil.
local function suspension(entries, now)
  local ends = tonumber(entries:match('^[^;]*u(%d+)') or nil)
  return ends and ends > now and 'P' .. ends or nil
end

local function cancellations(entries, month)
  return tonumber(entries:match('^[^;]*x' .. month .. '=(%d+)') or 0)
end
