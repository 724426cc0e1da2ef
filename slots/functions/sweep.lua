-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Forgets reservations of past days in the index of persons, a bounded part at a call. Persons who
-- book again are swept on the way (reserve); this is for those who do not.
--
-- KEYS  1 persons
-- ARGV  1 cursor of HSCAN  2 today, YYYYMMDD
-- Reply the cursor to go on with, '0' at the end
local SWEPT_AT_ONCE = 500

local function sweep(keys, args)
  local part = redis.call('HSCAN', keys[1], args[1], 'COUNT', SWEPT_AT_ONCE)
  local gone, kept = {}, {}
  for i = 1, #part[2], 2 do
    local entries = live_entries(part[2][i + 1], args[2])
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
