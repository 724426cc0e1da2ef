-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- A booking of more than one place, or by an agent: all of it or nothing.
--
-- Own ARGV  1 tag of the idempotency key or ''  2 digest of the request  3 the agent's person key or
--   ''  4 'single', 'party' (each item its own person) or 'package' (one person, steps in order)
--   5 number of items  then of each: place, slot, span, units, person, service, record
-- Details   4 list of sequences  5 the evidence of each record, a letter an item; of a refusal 4 its
--   detail (the record that stands in the way, or ''; of R the first one's record)  5 the number of
--   the item (of R the list of sequences)
-- Asked in this order: 'many' more than VISIT_ITEMS_MAX; R, M; G the agent; then item by item N; H, P, A,
--   O, Q, L (of a package's first step all, of the others A and O); S, F.
local VISIT_ITEM, VISIT_ITEMS_MAX = 7, 40 -- steps of a package: slots/ledger/reservation.h

local function read_items(ledger, args, first)
  local parts = {}
  for at = first + 1, first + VISIT_ITEM * tonumber(args[first]), VISIT_ITEM do
    parts[#parts + 1] = { place = ledger.places[tonumber(args[at])], slot = tonumber(args[at + 1]),
      span = tonumber(args[at + 2]), units = tonumber(args[at + 3]), person = args[at + 4],
      service = args[at + 5], record = args[at + 6] }
  end
  return parts
end

-- What a repeated visit got: 'DATE HALL QUEUE SEQUENCE', behind it the sequences of the others.
local function repeated_visit(ledger, refusal)
  local place, number, rest = refusal:match('^R(%d+ [^ ]+ [^ ]+ )(%d+)(.*)$')
  local its_place = place and ledger.by_name[place]
  local sequences = { tonumber(number) }
  for sequence in (rest or ''):gmatch('%d+') do sequences[#sequences + 1] = tonumber(sequence) end
  return refused(ledger, place and 'R' .. place .. number or refusal,
    its_place and record_at(ledger, its_place, number) or '', sequences)
end

local function visit(keys, args)
  local ledger, own = open_ledger(keys, args)
  local tag, digest, agent, kind = args[own], args[own + 1], args[own + 2], args[own + 3]

  if tonumber(args[own + 4]) > VISIT_ITEMS_MAX then return refused(ledger, 'many') end
  local parts = read_items(ledger, args, own + 4)
  local repeated = refuse_repeated(ledger, tag, digest)
  if repeated == 'M' then return refused(ledger, 'M') end
  if repeated then return repeated_visit(ledger, repeated) end
  local too_many = refuse_agent(ledger, agent, kind == 'party' and #parts or 1)
  if too_many then return refused(ledger, too_many) end

  local function check(part, i)
    local place, refusal, evidence = part.place
    if not get(ledger, place.units, place.name .. 'seq') then return 'N' end
    if kind == 'package' and i > 1 then
      refusal, evidence = refuse_already(ledger, place, part.person, part.service)
      if not refusal then
        refusal, evidence = refuse_overlap(ledger, place, part.slot, part.span, part.person)
      end
      if not refusal then evidence = parts[1].record:sub(2, 2) end
    else
      refusal, evidence = refuse_person(ledger, place, { part.slot }, part.span, part.person,
        part.service)
    end
    if refusal then return refusal, evidence end
    part.record = with_evidence(part.record, evidence)
    return misfit_at(ledger, place, part.slot, part.span, part.units, who_of(part.record))
  end

  local sequences, refusal, detail, item = take_visit(ledger, parts, kind == 'package', check)
  if not sequences then return refused(ledger, refusal, detail or '', item) end
  local others = kind == 'party' and table.concat(sequences, ' ') or tostring(sequences[1])
  remember(ledger, tag, digest, place_text(parts[1].place, others))
  local evidence = {}
  for i, part in ipairs(parts) do evidence[i] = part.record:sub(2, 2) end
  return done(ledger, sequences, table.concat(evidence))
end

redis.register_function(versioned('visit'), visit)
