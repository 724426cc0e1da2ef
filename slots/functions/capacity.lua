-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Opens inventories, or brings open ones to a new capacity. Fields of an inventory: 'seq', the slot
-- number ('18') with its remaining units, 'c18' its capacity, 'p18' the largest capacity it had when
-- it was lowered later (bookings made before that stay).
--
-- KEYS  1 events  then the inventories
-- ARGV  1 'open' leaves inventories that exist as they are, 'adjust' changes only those that exist
--       then for each inventory: 'hall queue date', seconds to live, 'slot=capacity …'
-- Reply 1 id of the event or ''  then 'hall queue date slot=remaining/capacity …' of each changed
local function parse_capacity(text)
  local capacity = {}
  for slot, units in text:gmatch('(%d+)=(%d+)') do
    capacity[tonumber(slot)] = tonumber(units)
  end
  return capacity
end

local function read_inventory(key)
  local flat, inventory = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    inventory[flat[i]] = tonumber(flat[i + 1])
  end
  return inventory
end

-- The HSET values and the words of an event that bring `inventory` to `capacity`; nil if it is there.
local function changes(inventory, capacity)
  local values, words, differs = {}, {}, inventory.seq == nil
  for slot = 0, 47 do
    local old = inventory['c' .. slot] or 0
    local new = capacity[slot] or 0
    local remaining = (inventory[tostring(slot)] or 0) + new - old
    if new ~= old then
      differs = true
      if new < old and (inventory['p' .. slot] or 0) < old then
        values[#values + 1] = 'p' .. slot
        values[#values + 1] = old
      end
    end
    if new ~= 0 or old ~= 0 then
      values[#values + 1] = slot
      values[#values + 1] = remaining
      values[#values + 1] = 'c' .. slot
      values[#values + 1] = new
      words[#words + 1] = slot .. '=' .. remaining .. '/' .. new
    end
  end
  if differs then return values, words end
  return nil
end

local function set_capacity(keys, args)
  local events, reply = {}, { '' }
  for i = 2, #keys do
    local at = 2 + (i - 2) * 3
    local inventory = read_inventory(keys[i])
    local exists = inventory.seq ~= nil
    if exists == (args[1] == 'adjust') then
      local values, words = changes(inventory, parse_capacity(args[at + 2]))
      if values then
        redis.call('HSET', keys[i], 'seq', inventory.seq or 0, unpack(values))
        redis.call('EXPIRE', keys[i], args[at + 1], 'NX')
        local event = args[at] .. ' ' .. table.concat(words, ' ')
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
