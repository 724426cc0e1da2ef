-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Opens inventories, or brings open ones to a new capacity. Fields of a day's units, behind
-- 'HALL QUEUE ': 'seq', a slot's number ('18') with its remaining units, 'c18' its capacity, 'p18'
-- the largest capacity it had when it was lowered later (bookings made before that stay).
--
-- KEYS  1 events  then the units of each day
-- ARGV  1 'open' leaves inventories that exist as they are, 'adjust' changes only those that exist
--       then for each inventory: which of the days (from 1), 'HALL QUEUE ', seconds to live,
--       'slot=capacity …'
-- Reply 1 id of the event or ''  then 'HALL QUEUE DATE slot=remaining/capacity …' of each changed
local function parse_capacity(text)
  local capacity = {}
  for slot, units in text:gmatch('(%d+)=(%d+)') do
    capacity[tonumber(slot)] = tonumber(units)
  end
  return capacity
end

-- Remaining, capacity and former peak of every slot.
local function read_inventory(key, name)
  local inventory = {}
  for _, kind in ipairs({ '', 'c', 'p' }) do
    local fields = {}
    for slot = 0, 47 do fields[slot + 1] = name .. kind .. slot end
    local values = redis.call('HMGET', key, unpack(fields))
    for slot = 0, 47 do inventory[kind .. slot] = tonumber(values[slot + 1] or nil) or 0 end
  end
  return inventory
end

-- The HSET values and the words of an event that bring `inventory` to `capacity`, and whether
-- anything differs.
local function changes(inventory, name, capacity)
  local values, words, differs = {}, {}, false
  for slot = 0, 47 do
    local old, new = inventory['c' .. slot], capacity[slot] or 0
    differs = differs or new ~= old
    local remaining = inventory[tostring(slot)] + new - old
    if new < old and inventory['p' .. slot] < old then
      values[#values + 1] = name .. 'p' .. slot
      values[#values + 1] = old
    end
    if new ~= 0 or old ~= 0 then
      values[#values + 1] = name .. slot
      values[#values + 1] = remaining
      values[#values + 1] = name .. 'c' .. slot
      values[#values + 1] = new
      words[#words + 1] = slot .. '=' .. remaining .. '/' .. new
    end
  end
  return values, words, differs
end

local function set_capacity(keys, args)
  local events, reply = {}, { '' }
  for at = 2, #args, 4 do
    local key, name = keys[1 + tonumber(args[at])], args[at + 1]
    local sequence = redis.call('HGET', key, name .. 'seq')
    if (sequence and 'adjust' or 'open') == args[1] then
      local inventory = read_inventory(key, name)
      local values, words, differs = changes(inventory, name, parse_capacity(args[at + 3]))
      if differs or not sequence then
        redis.call('HSET', key, name .. 'seq', sequence or 0, unpack(values))
        redis.call('EXPIRE', key, args[at + 2], 'NX')
        local event = name .. key:sub(-8) .. ' ' .. table.concat(words, ' ')
        events[#events + 1] = 'capacity'
        events[#events + 1] = event
        reply[#reply + 1] = event
      end
    end
  end
  if #events > 0 then reply[1] = append_event(keys[1], events) end
  return reply
end

redis.register_function(versioned('set_capacity'), set_capacity)
