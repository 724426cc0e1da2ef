-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Opens inventories, or brings open ones to a new capacity; what is raised goes to the waitlist
-- first, what is lowered keeps its bookings and frees nothing. Fields of a day's units, behind 'HALL QUEUE ': 'seq';
-- of a half hour '18': its remaining units, 'c18' its capacity, 'p18' the largest capacity it had
-- when it was lowered later, 'K18' units kept for priority people, 'g18' units that they hold,
-- 'k18' those of K that are still kept; 'swept' the first half hour whose no-shows are not marked.
--
-- Kept units are for everyone when the place's time before the half hour has come: an item of `due`
-- sees to that (`free_kept`), and nobody else looks at the clock for it.
--
-- Own ARGV  1 'open' (only inventories that do not exist), 'adjust' (only those that exist) or 'set'
--   (adjust, and a field of the plan)  2 the plan's version that it was computed from, or ''
--   3 field of the plan or ''  4 its value, '' removes it  5 number of inventories  then of each:
--   place, 'slot=capacity/kept …'
-- Refusals  'stale': the plan has another version; 'many': more than INVENTORIES_A_CALL
local INVENTORIES_A_CALL = 4 -- slots/days/openings.c

local function parse_capacity(text)
  local capacity, kept = {}, {}
  for slot, units, share in text:gmatch('(%d+)=(%d+)/(%d+)') do
    capacity[tonumber(slot)] = tonumber(units)
    kept[tonumber(slot)] = tonumber(share)
  end
  return capacity, kept
end

local function no_show_item(place)
  return 'no-show ' .. place.date .. ' ' .. place.hall .. ' ' .. place.queue
end

-- When those who booked up to the end of a half hour and did not come are no-shows.
local function no_shows_at(place, slot)
  return starts_at(place, slot + 1) + place.late * 60
end

local function last_slot(ledger, place)
  for slot = 47, 0, -1 do
    if get(ledger, place.units, place.name .. slot) then return slot end
  end
  return nil
end

-- The first half hour of the inventory whose no-shows are still to be marked.
local function watch_for_no_shows(ledger, place, slot)
  local last = last_slot(ledger, place)
  while last and slot <= last and not get(ledger, place.units, place.name .. slot) do
    slot = slot + 1
  end
  put(ledger, place.units, place.name .. 'swept', slot)
  due_at(ledger, no_show_item(place), last and slot <= last and no_shows_at(place, slot) or false)
end

local function kept_item(place)
  return 'kept ' .. place.date .. ' ' .. place.hall .. ' ' .. place.queue
end

local function kept_until(place, slot)
  return starts_at(place, slot) - place.till * 60
end

-- The next half hour whose kept units will be for everyone.
local function watch_kept(ledger, place)
  local first
  for slot = 47, 0, -1 do
    if (number_at(ledger, place.units, place.name .. 'K' .. slot) or 0) > 0 then first = slot end
  end
  due_at(ledger, kept_item(place), first and kept_until(place, first) or false)
end

local function fetch_inventory(ledger, place)
  if place.is_fetched then return end
  place.is_fetched = true
  local fields = { place.name .. 'seq', place.name .. 'swept' }
  for _, kind in ipairs({ '', 'c', 'p', 'K', 'g', 'k' }) do
    local prefix = place.name .. kind
    for slot = 0, 47 do fields[#fields + 1] = prefix .. slot end
  end
  fetch(ledger, place.units, fields)
end

-- The half hours that the inventory has or is to have.
local function slots_of_concern(ledger, place, capacity)
  local slots, fields = {}, cached(ledger, place.units)
  for slot = 0, 47 do
    if capacity[slot] or fields[place.name .. slot] or fields[place.name .. 'K' .. slot] then
      slots[#slots + 1] = slot
    end
  end
  return slots
end

-- Units that anybody, and that priority people can have.
local function had_at(ledger, place, slot)
  local remaining = number_at(ledger, place.units, place.name .. slot) or 0
  return remaining - kept_at(ledger, place, slot), remaining
end

-- True when somebody can have more than before.
local function set_slot(ledger, place, slot, new, share)
  local key, name = place.units, place.name
  local free, remaining = had_at(ledger, place, slot)
  local old = number_at(ledger, key, name .. 'c' .. slot) or 0
  local peak = number_at(ledger, key, name .. 'p' .. slot) or 0
  if new < old and peak < old then put(ledger, key, name .. 'p' .. slot, old) end
  if new ~= 0 or old ~= 0 or get(ledger, key, name .. slot) then
    put(ledger, key, name .. slot, (number_at(ledger, key, name .. slot) or 0) + new - old)
    put(ledger, key, name .. 'c' .. slot, new)
    place.touched[slot] = true
  end
  if share > 0 or get(ledger, key, name .. 'K' .. slot) then
    put(ledger, key, name .. 'K' .. slot, share)
    put(ledger, key, name .. 'k' .. slot,
      math.max(0, share - (number_at(ledger, key, name .. 'g' .. slot) or 0)))
    place.touched[slot] = true
  end
  local free_now, remaining_now = had_at(ledger, place, slot)
  return free_now > free or remaining_now > remaining
end

-- Whether the inventory differs from what it is to be.
local function differs(ledger, place, slots, capacity, kept)
  for _, slot in ipairs(slots) do
    if (number_at(ledger, place.units, place.name .. 'c' .. slot) or 0) ~= (capacity[slot] or 0) or
      (number_at(ledger, place.units, place.name .. 'K' .. slot) or 0) ~= (kept[slot] or 0) then
      return true
    end
  end
  return false
end

-- Opens the inventory or brings it to `text`, 'slot=capacity/kept …'.
local function bring_to(ledger, place, text)
  local capacity, kept = parse_capacity(text)
  fetch_inventory(ledger, place)
  for slot in pairs(kept) do
    if ledger.rules.now >= kept_until(place, slot) then kept[slot] = 0 end
  end
  local is_new = not get(ledger, place.units, place.name .. 'seq')
  local slots = slots_of_concern(ledger, place, capacity)
  if not is_new and not differs(ledger, place, slots, capacity, kept) then return end
  if is_new then put(ledger, place.units, place.name .. 'seq', 0) end
  local is_freed = false
  for _, slot in ipairs(slots) do
    is_freed = set_slot(ledger, place, slot, capacity[slot] or 0, kept[slot] or 0) or is_freed
  end
  place.is_whole = true
  watch_kept(ledger, place)
  watch_for_no_shows(ledger, place,
    number_at(ledger, place.units, place.name .. 'swept') or 0)
  if is_freed then promote_place(ledger, place) end
end

-- --- The plan --------------------------------------------------------------------------------

local function is_stale(ledger, version)
  return version ~= '' and version ~= (get(ledger, ledger.plan, 'version') or '0')
end

local function change_plan(ledger, field, value)
  local version = (number_at(ledger, ledger.plan, 'version') or 0) + 1
  put(ledger, ledger.plan, 'version', version)
  put(ledger, ledger.plan, field, value ~= '' and value)
  ledger.events[#ledger.events + 1] = 'plan'
  ledger.events[#ledger.events + 1] = tostring(version)
end

local function set_capacity(keys, args)
  local ledger, own = open_ledger(keys, args)
  local mode, version, field = args[own], args[own + 1], args[own + 2]

  if tonumber(args[own + 4]) > INVENTORIES_A_CALL then return refused(ledger, 'many') end
  if is_stale(ledger, version) then return refused(ledger, 'stale') end
  if mode == 'set' then change_plan(ledger, field, args[own + 3]) end
  local last = own + 4 + 2 * tonumber(args[own + 4])
  for at = own + 5, last, 2 do
    local place = ledger.places[tonumber(args[at])]
    local exists = get(ledger, place.units, place.name .. 'seq')
    if (not exists) == (mode == 'open') then bring_to(ledger, place, args[at + 1]) end
  end
  return done(ledger)
end

-- Units that are kept no longer are for everyone, who waits first.
--
-- free_kept  Own ARGV  1 place
local function free_kept(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place = ledger.places[tonumber(args[own])]
  fetch_inventory(ledger, place)
  for slot = 0, 47 do
    if ledger.rules.now >= kept_until(place, slot) and
      (number_at(ledger, place.units, place.name .. 'K' .. slot) or 0) > 0 then
      put(ledger, place.units, place.name .. 'K' .. slot, 0)
      put(ledger, place.units, place.name .. 'k' .. slot, 0)
      place.touched[slot] = true
    end
  end
  watch_kept(ledger, place)
  promote_place(ledger, place)
  return done(ledger)
end

redis.register_function(versioned('set_capacity'), set_capacity)
redis.register_function(versioned('free_kept'), free_kept)
