-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Forgets reservations of past days in the index of persons, a bounded part at a call. Says first
-- from which day on the index is whole: the audit relies on it.
--
-- KEYS  1 persons  2 the day from which on the index is whole
-- ARGV  1 cursor of HSCAN  2 today, YYYYMMDD  3 the first day whose no-shows count  4 now, Unix s
--       5 the first day whose reservations stay
-- Reply the cursor to go on with, '0' at the end
local SWEPT_AT_ONCE = 500

-- Marks that still mean something.
local function kept_marks(entries, args)
  local today, first, now = args[2], args[3], tonumber(args[4])
  local kept = {}
  for mark in (entries:match('^[^;]*')):gmatch('[^,]+') do
    local kind, value = mark:sub(1, 1), mark:sub(2)
    if (kind == 'n' and value >= first) or (kind == 'u' and tonumber(value) > now) or
      (kind == 'x' and value:sub(1, 6) >= today:sub(1, 6)) then
      kept[#kept + 1] = mark
    end
  end
  return table.concat(kept, ',')
end

local function kept_entries(entries, args)
  local kept = { kept_marks(entries, args) }
  for entry, date in entries:gmatch('(;[^; ]+ (%d+)[^;]+)') do
    if date >= args[5] then kept[#kept + 1] = entry end
  end
  return table.concat(kept)
end

local function sweep(keys, args)
  if (redis.call('GET', keys[2]) or '') < args[2] then redis.call('SET', keys[2], args[2]) end
  local part = redis.call('HSCAN', keys[1], args[1], 'COUNT', SWEPT_AT_ONCE)
  local gone, kept = {}, {}
  for i = 1, #part[2], 2 do
    local entries = kept_entries(part[2][i + 1], args)
    if entries == '' then
      gone[#gone + 1] = part[2][i]
    elseif entries ~= part[2][i + 1] then
      kept[#kept + 1] = part[2][i]
      kept[#kept + 1] = entries
    end
  end
  write_values('HDEL', keys[1], gone)
  write_values('HSET', keys[1], kept)
  return part[1]
end

redis.register_function(versioned('sweep'), sweep)

-- Forgets health codes that have ended, a bounded part at a call; one that says nothing of its end, as
-- older versions wrote them, gets one.
--
-- KEYS  1 health codes
-- ARGV  1 cursor of HSCAN  2 now, Unix s  3 the end for those that have none
-- Reply the cursor to go on with, '0' at the end
local function expire_health(keys, args)
  local part = redis.call('HSCAN', keys[1], args[1], 'COUNT', SWEPT_AT_ONCE)
  local gone, ended = {}, {}
  for i = 1, #part[2], 2 do
    local person, code = part[2][i], part[2][i + 1]
    if #code == 1 then
      ended[#ended + 1] = person
      ended[#ended + 1] = code .. args[3]
    elseif health_of(code, tonumber(args[2])) == 'u' then
      gone[#gone + 1] = person
    end
  end
  write_values('HDEL', keys[1], gone)
  write_values('HSET', keys[1], ended)
  return part[1]
end

redis.register_function(versioned('expire_health'), expire_health)
