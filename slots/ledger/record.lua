-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- A reservation's record: status, evidence of the health code, slot, span, units, person (6 to 19),
-- salt (20 to 25), service, channel, creator, created, extras, what is sealed. The extras are there
-- when the creator's bit 7 is set: two bytes of length, then tag, length, value of each.

local function service_of(record)
  return record:sub(27, 26 + record:byte(26))
end

local function person_of(record)
  return record:sub(6, 19)
end

-- Six bytes, which compare as the milliseconds do.
local function created_of(record)
  local channel = 27 + record:byte(26)
  local creator = channel + record:byte(channel) + 1
  return record:sub(creator + 1, creator + 6)
end

-- Where the creator stands; first and last byte of the extras (last < first when there are none),
-- and where what is sealed begins.
local function layout_of(record)
  local channel = 27 + record:byte(26)
  local creator = channel + record:byte(channel) + 1
  local first = creator + 7
  if record:byte(creator) < 128 then return creator, first, first - 1, first end
  local high, low = record:byte(first, first + 1)
  first = first + 2
  return creator, first, first + high * 256 + low - 1, first + high * 256 + low
end

-- The first value of a tag, or nil.
local function extra(record, tag)
  local _, at, last = layout_of(record)
  while at < last do
    local length = record:byte(at + 1)
    if record:sub(at, at) == tag then return record:sub(at + 2, at + 1 + length) end
    at = at + 2 + length
  end
  return nil
end

-- All values of a tag, in order.
local function extras(record, tag)
  local values = {}
  local _, at, last = layout_of(record)
  while at < last do
    local length = record:byte(at + 1)
    if record:sub(at, at) == tag then values[#values + 1] = record:sub(at + 2, at + 1 + length) end
    at = at + 2 + length
  end
  return values
end

-- The record without the tags in `tags`, and with `added`, a list of tag, value, tag, value.
local function with_extras(record, tags, added)
  local creator, at, last, sealed = layout_of(record)
  local parts = {}
  while at < last do
    local length = record:byte(at + 1)
    if not tags:find(record:sub(at, at), 1, true) then
      parts[#parts + 1] = record:sub(at, at + 1 + length)
    end
    at = at + 2 + length
  end
  for i = 1, #added, 2 do
    parts[#parts + 1] = added[i] .. string.char(#added[i + 1]) .. added[i + 1]
  end
  local all = table.concat(parts)
  local by = record:byte(creator) % 128
  local head = record:sub(1, creator - 1) .. string.char(#all > 0 and by + 128 or by) ..
    record:sub(creator + 1, creator + 6)
  if #all > 0 then head = head .. string.char(math.floor(#all / 256), #all % 256) .. all end
  return head .. record:sub(sealed)
end

local function with_status(record, status)
  return status .. record:sub(2)
end

local function with_slot(record, slot)
  return record:sub(1, 2) .. string.char(slot) .. record:sub(4)
end

local function with_units(record, units)
  return record:sub(1, 4) .. string.char(units) .. record:sub(6)
end

local function with_evidence(record, evidence)
  return record:sub(1, 1) .. evidence .. record:sub(3)
end

local LIVE = { b = true, c = true, l = true, s = true }
