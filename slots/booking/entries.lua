-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Entries of a waitlist ('w') or of a draw ('d'): one a person, service and day of the city.
--
-- enter  Own ARGV  1 'w' or 'd'  2 place  3 tag or ''  4 digest  5 the agent's person key or ''
--          6 person  7 service  8 record
--        Details   4 number  5 position in the waitlist, 1 the first, 0 when a place was given at
--          once  6 that place or ''  7 its status, 'b' or 'o', or ''  8 its record or ''  9 what is
--          known of the health code
--        Asked in this order: R, M (detail 4 the entry's record); N (no inventory, or no open draw);
--          again (the draw's time has come); S (a half hour that is not served); H, P, A, O (detail 4 the
--          record), Q, L; A again (an entry or an offer of the same service and day); W (as many wait
--          as may); G
-- leave  Own ARGV  1 place  2 'w3' or 'd7'
--        Details   4 record
local ENTERS = {
  w = { sequence = 'wseq', word = 'w' },
  d = { sequence = 'dseq', word = 'd' },
}

local function draw_item(place)
  return 'draw ' .. place.date .. ' ' .. place.hall .. ' ' .. place.queue
end

local function refuse_closed_draw(ledger, place)
  local state = get(ledger, place.entries, place.name .. 'draw')
  if get(ledger, place.units, place.name .. 'seq') then return 'again' end
  if not state then return 'N' end
  local drawn_at = tonumber(redis.call('ZSCORE', ledger.due, draw_item(place)) or nil)
  if state:sub(1, 1) ~= 'o' or not drawn_at or ledger.rules.now >= drawn_at then return 'again' end
  return nil
end

-- An entry of a draw that is done has won or lost: it stands in nobody's way.
local function is_of_done_draw(ledger, place, field)
  local name = field:match('^([^ ]+ [^ ]+ )d')
  local state = name and get(ledger, place.entries, name .. 'draw')
  return state and state:sub(1, 1) == 'd'
end

local function refuse_second_entry(ledger, place, person, service)
  local field = get(ledger, place.entries, person_field(person, service))
  if not field or is_of_done_draw(ledger, place, field) then return nil end
  return 'A' .. place.date .. ' ' .. field, get(ledger, place.entries, field) or ''
end

local function refuse_unserved(ledger, place, record)
  local _, span, units = record:byte(3, 5)
  for _, start in ipairs({ (extra(record, 'g') or ''):byte(1, -1) }) do
    if misfit_at(ledger, place, start, span, units, 'priority') == 'S' then return 'S' end
  end
  return nil
end

local function repeated_entry(ledger, refusal)
  local place, number = find_place(ledger, refusal:sub(2))
  return refused(ledger, refusal,
    place and get(ledger, place.entries, place.name .. number) or '')
end

-- Those before him have found nothing: he alone may be given a place at once.
local function enter_waitlist(ledger, place, number)
  local field, before = place.name .. 'w' .. number, count_waiting(place)
  put_member(ledger, place.waiting, waiting_member(place, number), 0)
  promote_one(ledger, place, number, get(ledger, place.entries, field), {})
  local record = get(ledger, place.entries, field)
  local given = extra(record, 't')
  if given then
    local _, sequence = find_place(ledger, given)
    local its_record = record_at(ledger, place, sequence)
    return { 0, given, its_record:sub(1, 1), its_record }
  end
  return { record:sub(1, 1) == 'q' and before + 1 or 0, '', '', '' }
end

local function enter(keys, args)
  local ledger, own = open_ledger(keys, args)
  local kind, place, tag, digest = args[own], ledger.places[tonumber(args[own + 1])],
    args[own + 2], args[own + 3]
  local agent, person, service, record = args[own + 4], args[own + 5], args[own + 6], args[own + 7]
  local sequence = place.name .. ENTERS[kind].sequence

  local repeated = refuse_repeated(ledger, tag, digest)
  if repeated == 'M' then return refused(ledger, 'M') end
  if repeated then return repeated_entry(ledger, repeated) end
  if kind == 'd' then
    local closed = refuse_closed_draw(ledger, place)
    if closed then return refused(ledger, closed) end
  elseif not get(ledger, place.units, place.name .. 'seq') then
    return refused(ledger, 'N')
  elseif refuse_unserved(ledger, place, record) then
    return refused(ledger, 'S')
  end
  local starts = kind == 'w' and { extra(record, 'g'):byte(1, -1) } or { (record:byte(3)) }
  local refusal, evidence =
    refuse_person(ledger, place, starts, record:byte(4), person, service)
  if refusal then return refused(ledger, refusal, evidence or '') end
  local second, its_record = refuse_second_entry(ledger, place, person, service)
  if second then return refused(ledger, second, its_record) end
  if kind == 'w' and count_waiting(place) >= WAITING_MAX then return refused(ledger, 'W') end
  local too_many = refuse_agent(ledger, agent, 1)
  if too_many then return refused(ledger, too_many) end

  local number = (number_at(ledger, place.entries, sequence) or 0) + 1
  local field = kind .. number
  put(ledger, place.entries, sequence, number)
  put(ledger, place.entries, place.name .. field, with_evidence(record, evidence))
  put(ledger, place.entries, person_field(person, service), place.name .. field)
  place.words[#place.words + 1] = field
  remember(ledger, tag, digest, place_text(place, field))
  local given = kind == 'w' and enter_waitlist(ledger, place, number) or { 0, '', '', '' }
  return done(ledger, number, given[1], given[2], given[3], given[4], evidence)
end

local function leave(keys, args)
  local ledger, own = open_ledger(keys, args)
  local place, name = ledger.places[tonumber(args[own])], args[own + 1]
  local record = get(ledger, place.entries, place.name .. name)

  if not record then return refused(ledger, 'missing') end
  local state = get(ledger, place.entries, place.name .. 'draw')
  local is_drawn = name:sub(1, 1) == 'd' and state and state:sub(1, 1) ~= 'o'
  if not (record:sub(1, 1) == 'q' or record:sub(1, 1) == 'w') or is_drawn then
    return refused(ledger, 'state', record)
  end
  record = with_status(record, 'x')
  if name:sub(1, 1) == 'w' then
    stop_waiting(ledger, place, tonumber(name:sub(2)), record)
  else
    close_entry(ledger, place, name, record, 'c')
  end
  return done(ledger, record)
end

redis.register_function(versioned('enter'), enter)
redis.register_function(versioned('leave'), leave)
