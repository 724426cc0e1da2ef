-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Over midnight: a window that has somebody ends that first, on the day on which it was begun; behind
-- that it goes on with today as it was. One that nothing was done with for FORGOTTEN_MS begins its new
-- day with `open`.
local FORGOTTEN_MS = 4 * 3600 * 1000

-- What would send on somebody of a former day, whose lines are over.
local SENDS_ON = { park = true, transfer = true, requeue = true }

-- On which other day the window must be asked, if it must.
local function refuse_day(floor, window, tag)
  if is_former(floor) then return window.ticket == '-' and 'after' or nil end
  local is_done_before = tag ~= '' and get(floor, floor.today_tags, tag)
  local has_former = window_at(floor, window.name, true).ticket ~= '-'
  return (is_done_before or has_former) and 'before' or nil
end

local function is_forgotten(floor, window, ticket)
  local worked = math.max(window.since, tonumber(ticket.last_called), tonumber(ticket.started))
  return floor.now_ms - worked >= FORGOTTEN_MS
end

local function close_window(floor, window)
  give_back(floor, window)
  window.state, window.queues, window.ticket, window.since = 'c', '-', '-', floor.now_ms
  return put_window(floor, window)
end

-- The window begins its new day: what is still at it ends.
local function leave_forgotten(floor, window, key, ticket)
  end_forgotten(floor, key, ticket)
  close_window(floor, window)
  local reply = done_floor(floor, floor.places[1].keep)
  reply[3] = 'after'
  return reply
end

-- The window has ended what it had on a former day and goes on with today, as it was; unless a worker
-- whose clock was ahead has opened it today already.
local function go_on_today(floor, window)
  local today = window_at(floor, window.name, true)
  if not today.is_used then
    today.state, today.queues, today.since = window.state, window.queues, floor.now_ms
    put_window(floor, today, true)
    floor.expires[floor.other_windows] = floor.places[1].keep + SECONDS_A_DAY
  end
  close_window(floor, window)
  return print_window(today)
end

-- Puts a window; on a former day one that is free now goes on with today. Returns it as it is.
local function put_and_go_on(floor, window)
  if is_former(floor) and window.ticket == '-' then return go_on_today(floor, window) end
  return put_window(floor, window)
end

-- Who has left a window on a former day without being done waits for nobody any more.
local function lapse_if_it_waits(floor, key, ticket)
  if WAITS[ticket.status] then lapse(floor, key, ticket) end
end
