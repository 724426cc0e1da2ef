-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Forgets reservations of past days in the index of persons, a bounded part at a call. Says first
-- from which day on the index is whole: the audit relies on it.
--
-- KEYS  1 persons  2 the day from which on the index is whole
-- ARGV  1 cursor of HSCAN  2 today, YYYYMMDD  3 the first day whose no-shows count  4 now, Unix s
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
  local today, kept = args[2], { kept_marks(entries, args) }
  for entry, date in entries:gmatch('(;[^; ]+ (%d+)[^;]+)') do
    if date >= today then kept[#kept + 1] = entry end
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
  if #gone > 0 then redis.call('HDEL', keys[1], unpack(gone)) end
  if #kept > 0 then redis.call('HSET', keys[1], unpack(kept)) end
  return part[1]
end

redis.register_function(versioned('sweep'), sweep)
