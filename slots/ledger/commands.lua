-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Commands with any number of values: Lua gives a function some 8,000 at most, so they go in parts.
local VALUES_A_COMMAND = 1000 -- even, so that pairs stay together

-- `values` behind the key: members, or pairs.
local function write_values(command, key, values)
  for first = 1, #values, VALUES_A_COMMAND do
    local last = math.min(first + VALUES_A_COMMAND - 1, #values)
    redis.call(command, key, unpack(values, first, last))
  end
end

-- What HMGET gives for items `first` to `last` of a list of fields, as a list of its own.
local function read_fields(key, fields, first, last)
  local values = {}
  if first <= last and last - first < VALUES_A_COMMAND then
    return redis.call('HMGET', key, unpack(fields, first, last))
  end
  while first <= last do
    local stop = math.min(first + VALUES_A_COMMAND - 1, last)
    for _, value in ipairs(redis.call('HMGET', key, unpack(fields, first, stop))) do
      values[#values + 1] = value
    end
    first = stop + 1
  end
  return values
end

-- A copy of a list from an item on.
local function items_from(list, first)
  local items = {}
  for i = first, #list do items[#items + 1] = list[i] end
  return items
end
