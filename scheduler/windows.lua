-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- What a clerk does at a window.
--
-- Own ARGV  1 tag or ''  2 digest  3 window  4 operation  5 its argument  6 number of queues, then of
--   each queue of the hall: 'QUEUE WALK_IN APPOINTMENT PRIORITY REQUEUE_PLACES WINDOWS', the classes'
--   weights and its windows in the catalogue, separated by commas, or '-'; then 1 when a person may have
--   one open number only, else 0
-- Details   4 window  5 key of the ticket or ''  6 ticket or ''  7 why it is next, JSON, or ''
--   8 of call-next that finds nobody: who waits in the hall for others (sent.lua)
-- Refusals  R (as ok: what the first request got, as it is now), M; missing (no such ticket); state
--   (4 to 6 as ok); former (4 to 6): it would send on somebody of a former day; full (4 to 6): as many
--   wait for the window that a transfer names as may (sent.lua);
--   before, after: the window must be asked on the day before, or again on today
--
-- Calling order: accumulating priority (L. Kleinrock, "A delay dependent queue discipline", Naval
-- Research Logistics Quarterly 11, 1964): credit = weight of the class × time since the ticket earns;
-- the largest is next. Within a class who came first has the largest, so the first of each class of
-- each queue is all there is to compare.

-- The weights by queue, and the hall in the catalogue: queues in order, a set of windows, whether a
-- person may have one open number only.
local function read_hall(args, first)
  local weights, hall = {}, { queues = {}, windows = {} }
  for i = first + 1, first + tonumber(args[first]) do
    local queue, walk_in, appointment, priority, places, windows =
      args[i]:match('^([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) (%d+) ([^ ]+)$')
    weights[queue] = { w = tonumber(walk_in), a = tonumber(appointment), p = tonumber(priority),
      places = tonumber(places) }
    hall.queues[#hall.queues + 1] = queue
    for name in windows:gmatch('[^,]+') do hall.windows[name] = true end
  end
  hall.one_open = args[first + 1 + tonumber(args[first])] == '1'
  return weights, hall
end

-- Before its time it has none, as an appointment before its half hour, who stands here as a walk-in,
-- too; or when the clock was set back since: who has come has come.
local function credit_of(floor, weights, one)
  one.weight = (weights[one.queue] or { w = 1, a = 1, p = 1 })[one.class]
  one.waited = math.max(0, floor.now_ms - one.score) / 1000
  one.credit = one.weight * one.waited
end

local function by_credit(a, b)
  if a.credit ~= b.credit then return a.credit > b.credit end
  return by_score(a, b)
end

-- Adds one whom the window could call: who was put back (class b) and is due or not, or has a credit.
local function add_candidate(floor, weights, found, one)
  if one.class ~= 'b' then
    credit_of(floor, weights, one)
    found.heads[#found.heads + 1] = one
  elseif called_count(floor, one.queue) >= one.score then
    one.ticket = ticket_at(floor, one.key)
    found.due[#found.due + 1] = one
  else
    found.early[#found.early + 1] = one
  end
end

-- Those who were put back stand in the order of their places: `count` of them are looked at.
local function add_from_queue(floor, weights, found, queue, count)
  for _, class in ipairs({ 'b', 'w', 'a', 'p' }) do
    for _, one in ipairs(line_of(floor, queue, class, class == 'b' and count or 2)) do
      add_candidate(floor, weights, found, one)
    end
  end
end

-- In the line of a window are several queues with their own weights; `queues`: only those who wait for
-- these.
local function add_from_window(floor, weights, found, name, queues)
  for _, class in ipairs({ 'b', 'w', 'a', 'p' }) do
    for _, one in ipairs(line_of(floor, '@' .. name, class, SENT_MAX)) do
      one.queue = ticket_at(floor, one.key).queue
      if not queues or is_listed(queues, one.queue) then
        add_candidate(floor, weights, found, one)
      end
    end
  end
end

local QUEUES_MAX = 200 -- of a hall

-- The queues of 'A,B', each once.
local function queues_of(text)
  local queues, seen = {}, { ['-'] = true }
  for queue in text:gmatch('[^,]+') do
    if not seen[queue] and #queues < QUEUES_MAX then
      seen[queue] = true
      queues[#queues + 1] = queue
    end
  end
  return queues
end

local PUT_BACK_LOOKED_AT = 100

-- The first two of a class: the second is who would be next without the first; of those who were put
-- back the first PUT_BACK_LOOKED_AT, of all queues together. Who was sent to a window that has left the
-- catalogue is anybody's who serves the queue.
local function candidates_of(floor, window, weights, hall)
  local found, queues = { due = {}, heads = {}, early = {} }, queues_of(window.queues)
  local put_back = math.max(2, math.floor(PUT_BACK_LOOKED_AT / math.max(1, #queues)))
  for _, queue in ipairs(queues) do add_from_queue(floor, weights, found, queue, put_back) end
  for _, name in ipairs(windows_with_people(floor)) do
    local is_own = name == window.name
    if is_own or not hall.windows[name] then
      add_from_window(floor, weights, found, name, not is_own and window.queues or nil)
    end
  end
  return found
end

-- All of them, the next one first.
local function in_order(floor, window, weights, hall)
  local found = candidates_of(floor, window, weights, hall)
  table.sort(found.due, by_arrival)
  table.sort(found.heads, by_credit)
  table.sort(found.early, by_score)
  local order = {}
  for _, list in ipairs({ found.due, found.heads, found.early }) do
    for _, one in ipairs(list) do order[#order + 1] = one end
  end
  return order
end

local CLASS_NAMES = { w = 'walk_in', a = 'appointment', p = 'priority', b = 'put_back' }

local function describe_head(one)
  return { ticket = one.key, class = CLASS_NAMES[one.class], weight = one.weight,
    waited_seconds = one.waited and math.floor(one.waited), credit = one.credit and
    math.floor(one.credit * 10 + 0.5) / 10 }
end

-- Who is next at the window, and why; nil when nobody waits.
local function next_of(floor, window, weights, hall)
  local order = in_order(floor, window, weights, hall)
  local chosen, other = order[1], nil
  if not chosen then return nil end
  for i = #order, 2, -1 do
    if order[i].key ~= chosen.key then other = order[i] end
  end
  local reason = describe_head(chosen)
  reason.rule = chosen.class == 'b' and 'put_back' or other and 'credit' or 'only_one'
  reason.next_best = other and describe_head(other)
  return chosen, cjson.encode(reason)
end

-- Calls a ticket to the window.
local function call_ticket(floor, window, key, ticket, reason)
  leave_line(floor, key, ticket)
  put(floor, floor.tickets, called_field(floor, ticket.queue), called_count(floor, ticket.queue) + 1)
  ticket.status, ticket.window, ticket.directed, ticket.back = 'c', window.name, '-', '-'
  ticket.calls, ticket.last_called = 1, floor.now_ms
  if tonumber(ticket.called) == 0 then ticket.called = floor.now_ms end
  window.ticket, window.since = key, floor.now_ms
  log_call(floor, 'called', window.name, key, ticket.queue, ticket.class, reason)
  follow_ticket(floor, ticket, 'l')
  put_ticket(floor, key, ticket, 'called')
end

-- The window's ticket is no longer at it.
local function let_go(floor, window)
  window.ticket, window.since = '-', floor.now_ms
end

local operations = {}

-- Queues behind a '?' are what the window serves unless it served others before.
operations['open'] = function(floor, window, argument)
  local default = argument:match('^%?(.+)$')
  window.state, window.since = 'o', floor.now_ms
  if not default then
    window.queues = table.concat(queues_of(argument), ',')
  elseif window.queues == '-' then
    window.queues = default
  end
  log_call(floor, 'opened', window.name, '-', window.queues)
end

operations['pause'] = function(floor, window)
  window.state, window.since = 'p', floor.now_ms
  log_call(floor, 'paused', window.name, '-')
end

operations['close'] = function(floor, window)
  give_back(floor, window)
  window.state, window.queues, window.since = 'c', '-', floor.now_ms
  log_call(floor, 'closed', window.name, '-')
end

operations['call-next'] = function(floor, window, _, weights, _, _, hall)
  local chosen, reason = next_of(floor, window, weights, hall)
  if not chosen then return nil, nil, '', waiting_for_others(floor, window, hall) end
  local ticket = ticket_at(floor, chosen.key)
  call_ticket(floor, window, chosen.key, ticket, reason)
  return chosen.key, ticket, reason
end

operations['call'] = function(floor, window, key)
  local ticket = ticket_at(floor, key)
  local reason = cjson.encode({ rule = 'chosen', ticket = key })
  call_ticket(floor, window, key, ticket, reason)
  return key, ticket, reason
end

local function miss(floor, window, key, ticket)
  ticket.status, ticket.missed = 'm', tonumber(ticket.missed) + 1
  ticket.finished = floor.now_ms
  let_go(floor, window)
  log_call(floor, 'missed', window.name, key)
  follow_ticket(floor, ticket, 'c')
  put_ticket(floor, key, ticket, 'missed')
end

operations['recall'] = function(floor, window, _, _, key, ticket)
  if tonumber(ticket.calls) >= CALLS_BEFORE_MISSED then
    miss(floor, window, key, ticket)
    return key, ticket
  end
  ticket.calls, ticket.recalls = tonumber(ticket.calls) + 1, tonumber(ticket.recalls) + 1
  ticket.last_called = floor.now_ms
  log_call(floor, 'recalled', window.name, key)
  put_ticket(floor, key, ticket, 'recalled')
  return key, ticket
end

operations['miss'] = function(floor, window, _, _, key, ticket)
  miss(floor, window, key, ticket)
  return key, ticket
end

operations['start'] = function(floor, window, _, _, key, ticket)
  ticket.status = 's'
  if tonumber(ticket.started) == 0 then ticket.started = floor.now_ms end
  follow_ticket(floor, ticket, 's')
  put_ticket(floor, key, ticket, 'started')
  return key, ticket
end

-- The next step of a package, if the ticket has one: its queue and service.
local function next_step(floor, ticket)
  local place, number = reservation_of_ticket(floor, ticket)
  local parts = place and parts_of(floor, place, number)
  local part = parts and parts[tonumber(ticket.step) + 2]
  return part and part.place.queue, part and service_of(part.record)
end

operations['finish'] = function(floor, window, _, _, key, ticket)
  let_go(floor, window)
  follow_ticket(floor, ticket, 'd')
  local queue, service = next_step(floor, ticket)
  if queue then
    ticket.status, ticket.queue, ticket.service, ticket.window = 'w', queue, service, '-'
    ticket.step, ticket.calls, ticket.started, ticket.called = tonumber(ticket.step) + 1, 0, 0, 0
    ticket.class, ticket.earns = ticket.class == 'p' and 'p' or 'a', floor.now_ms
    join_line(floor, key, ticket)
    log_call(floor, 'transferred', window.name, key, queue)
    put_ticket(floor, key, ticket, 'transferred')
  else
    ticket.status, ticket.finished = 'd', floor.now_ms
    log_call(floor, 'finished', window.name, key)
    put_ticket(floor, key, ticket, 'finished')
  end
  return key, ticket
end

operations['park'] = function(floor, window, _, _, key, ticket)
  ticket.status = 'p'
  let_go(floor, window)
  log_call(floor, 'parked', window.name, key)
  put_ticket(floor, key, ticket, 'parked')
  return key, ticket
end

operations['resume'] = function(floor, window, key, weights, _, _, hall)
  local ticket = ticket_at(floor, key)
  if ticket.status == 'm' then
    if hall.one_open and ticket.person ~= '-' then give_up_walk_ins(floor, ticket.person) end
    put_back(floor, key, ticket, (weights[ticket.queue] or { places = 3 }).places, 'requeued')
    return key, ticket
  end
  ticket.status = tonumber(ticket.started) > 0 and 's' or 'c'
  ticket.window = window.name
  window.ticket, window.since = key, floor.now_ms
  log_call(floor, 'resumed', window.name, key)
  put_ticket(floor, key, ticket, 'resumed')
  return key, ticket
end

operations['transfer'] = function(floor, window, argument, _, key, ticket)
  local queue, target = argument:match('^([^ ]+) ([^ ]+)$')
  ticket.status, ticket.window, ticket.calls, ticket.started = 'w', '-', 0, 0
  if queue ~= '-' then ticket.queue = queue end
  ticket.directed = target
  let_go(floor, window)
  join_line(floor, key, ticket)
  log_call(floor, 'transferred', window.name, key, argument)
  follow_ticket(floor, ticket, 'c')
  put_ticket(floor, key, ticket, 'transferred')
  return key, ticket
end

operations['requeue'] = function(floor, window, _, weights, key, ticket)
  let_go(floor, window)
  follow_ticket(floor, ticket, 'c')
  put_back(floor, key, ticket, (weights[ticket.queue] or { places = 3 }).places, 'requeued')
  return key, ticket
end

-- What must be: the window's state, the status of the ticket at it (NONE: there is none), and of the
-- ticket that the argument names.
local NONE = '-'
local ALLOWED = {
  ['open'] = { window = 'ocp' },
  ['pause'] = { window = 'o' },
  ['close'] = { window = 'op', current = NONE },
  ['call-next'] = { window = 'o', current = NONE },
  ['call'] = { window = 'o', current = NONE, named = 'w' },
  ['recall'] = { window = 'op', current = 'c' },
  ['start'] = { window = 'op', current = 'c' },
  ['finish'] = { window = 'op', current = 's' },
  ['miss'] = { window = 'op', current = 'c' },
  ['park'] = { window = 'op', current = 'cs' },
  ['resume'] = { window = 'o', named = 'pm' },
  ['transfer'] = { window = 'op', current = 'cs' },
  ['requeue'] = { window = 'op', current = 'c' },
}

-- On a former day there is somebody at the window, and nobody else to be named.
local function refuse_operation(floor, window, op, current, argument)
  local rule = ALLOWED[op]
  if is_former(floor) and rule.named then return 'state' end
  if not rule.window:find(window.state, 1, true) then return 'state' end
  local status = current and current.status or NONE
  if rule.current and not rule.current:find(status, 1, true) then return 'state' end
  if is_former(floor) and SENDS_ON[op] then return 'former' end
  if op == 'transfer' and has_enough(floor, argument:match('[^ ]+$')) then return 'full' end
  if not rule.named then return nil end
  local named = ticket_at(floor, argument)
  if not named then return 'missing' end
  if not rule.named:find(named.status, 1, true) then return 'state', argument, named end
  if op == 'resume' and named.status == 'p' and current then return 'state' end
  return nil
end

local function repeated_operation(floor, window, repeated)
  local key = repeated:match(' ([^ ]+)$')
  local ticket = key ~= '-' and ticket_at(floor, key)
  return refused(floor, repeated, print_window(window), ticket and key or '',
    ticket and print_ticket(ticket) or '', '')
end

-- --- The call --------------------------------------------------------------------------------

local function window_call(keys, args)
  local floor, own = open_floor(keys, args)
  local tag, digest, op, argument = args[own], args[own + 1], args[own + 3], args[own + 4]
  local window, weights, hall = window_at(floor, args[own + 2]), read_hall(args, own + 5)
  local key = window.ticket ~= '-' and window.ticket or nil
  local current = key and ticket_at(floor, key)

  local repeated = refuse_repeated_today(floor, tag, digest)
  if repeated == 'M' then return refused(floor, 'M') end
  if repeated then return repeated_operation(floor, window, repeated) end
  local other_day = refuse_day(floor, window, tag)
  if other_day then return refused(floor, other_day) end
  if is_former(floor) and op == 'open' and is_forgotten(floor, window, current) then
    return leave_forgotten(floor, window, key, current)
  end
  local refusal, named, its_ticket = refuse_operation(floor, window, op, current, argument)
  if refusal then
    its_ticket, named = its_ticket or current, named or key
    return refused(floor, refusal, print_window(window), named or '',
      its_ticket and print_ticket(its_ticket) or '', '')
  end

  local told, ticket, reason, others =
    operations[op](floor, window, argument, weights, key, current, hall)
  if not told and op ~= 'call-next' then told, ticket = key, current end
  remember(floor, tag, digest,
    'window ' .. floor.hall .. ' ' .. floor.date .. ' ' .. window.name .. ' ' .. (told or '-'))
  if is_former(floor) then lapse_if_it_waits(floor, told, ticket) end
  local text = put_and_go_on(floor, window)
  return done_floor(floor, floor.places[1].keep, text, told or '',
    ticket and print_ticket(ticket) or '', reason or '', others)
end

redis.register_function(versioned('window'), window_call)
