-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- What a person may do, from the index of persons. A value there is
--   marks, separated by commas: 'n20261123' a no-show of that day, 'x202611=3' cancellations made in
--     that month, 'u1798675200' booking is suspended until then
--   then ';SERVICE DATE HALL QUEUE SEQUENCE' for each live reservation, with '+' behind it when it
--     is a later step of a package, which is one visit and counts once.

local DIGEST_BYTES = 8
local SEMICOLON = 59

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
    if date >= today and rest:byte(-1) ~= 43 then count = count + 1 end
  end
  return count
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
