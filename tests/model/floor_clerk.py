# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of what a clerk does at a window."""
import typing

import floor_sent
import rules
from city import Refused
from floor_ticket import (CALLED, CANCELLED, DONE, MISSED, OUTSIDE, PARKED, SERVING, WAITING,
                          Window)
from floor_world import HALLS, WALK_INS

CALLS_BEFORE_MISSED = 3
FORGOTTEN_MS = 4 * 3600 * 1000
SENDS_ON = ("park", "transfer", "requeue")


class Allowed(typing.NamedTuple):
    """In which states of the window; with which ticket at it ('-': none, '': as it is); for
    which ticket that the argument names ('': it names none)."""
    window: str
    current: str = ""
    named: str = ""


ALLOWED = {
    "open": Allowed("ocp"),
    "pause": Allowed("o"),
    "close": Allowed("op", "-"),
    "call-next": Allowed("o", "-"),
    "call": Allowed("o", "-", WAITING),
    "recall": Allowed("op", CALLED),
    "start": Allowed("op", CALLED),
    "finish": Allowed("op", SERVING),
    "miss": Allowed("op", CALLED),
    "park": Allowed("op", CALLED + SERVING),
    "resume": Allowed("o", "", PARKED + MISSED),
    "transfer": Allowed("op", CALLED + SERVING),
    "requeue": Allowed("op", CALLED),
}


def ask_repeated_today(floor, op):
    """What the first request got; what was another day's is none of today's."""
    first = rules.ask_repeated(floor.city, op, op.tag, op.digest)
    return first if first and f" {op.date} " in first else None


def at_window(floor, op):
    first = ask_repeated_today(floor, op)
    if first:
        key = first.split(" ")[-1]
        raise Refused(f"R{first}", *_details(floor, op, key if key != "-" else None))
    _ask_day(floor, op)
    current = floor.window(op.window).ticket
    current = None if current == "-" else current
    if op.is_former and op.operation == "open" and _is_forgotten(floor, op, current):
        end_forgotten(floor, op, current)
        _close_former(floor, op)
        return "after", []
    _ask_allowed(floor, op, current)

    told, *reason = OPERATIONS[op.operation](floor, op, current)
    rules.remember(floor.city, op, op.tag, op.digest,
                   f"window {floor.hall} {floor.date} {op.window} {told or '-'}")
    if op.is_former and floor.tickets[told].status in OUTSIDE:
        lapse(floor, op, told)
    window = floor.window(op.window)
    if op.is_former and window.ticket == "-":
        window = _go_on_today(floor, op, window)
    else:
        floor.put_window(op.window, window)
    return [window.text(), *_details(floor, op, told, *reason)[1:]]


def _details(floor, op, key, *reason):
    ticket = floor.tickets[key].text() if key else ""
    return [floor.window(op.window).text(), key or "", ticket, *(reason or [""])]


# --- Over midnight ----------------------------------------------------------------------------

def _ask_day(floor, op):
    """A window with somebody of the day before is asked there; without, on today."""
    if op.is_former:
        if floor.window(op.window).ticket == "-":
            raise Refused("after")
        return
    is_done_before = op.tag and (op.today, op.tag) in floor.city.tags
    if is_done_before or floor.beside(op.other_date).window(op.window).ticket != "-":
        raise Refused("before")


def _is_forgotten(floor, op, key):
    ticket, since = floor.tickets[key], floor.window(op.window).since
    return op.now_ms - max(since, ticket.last_called, ticket.started) >= FORGOTTEN_MS


def lapse(floor, op, key):
    ticket = floor.tickets[key]
    floor.lapse(op, ticket)
    floor.put_ticket(key, ticket._replace(status=CANCELLED, finished=op.now_ms), op, "cancelled")


def give_up_walk_ins(floor, op, person, service=None):
    """Who comes to his booking leaves the line in which he waits for the same; who is back with a number
    that was missed, whichever."""
    for key in floor.tickets_of(person):
        ticket = floor.tickets[key]
        if ticket.kind == "w" and service in (None, ticket.service) and \
                ticket.status in (WAITING, PARKED):
            lapse(floor, op, key)


def end_forgotten(floor, op, key):
    """Who was served is done, nobody knows when; who was called has missed it; what would come
    behind it lapses."""
    ticket = floor.tickets[key]
    if ticket.status == CALLED:
        floor.city.put(floor.tickets, key, ticket._replace(missed=ticket.missed + 1))
        lapse(floor, op, key)
        return
    floor.follow(op, ticket, DONE)
    if floor.is_more_to_come(op, ticket):
        floor.city.put(floor.tickets, key, ticket._replace(step=ticket.step + 1))
        lapse(floor, op, key)
    else:
        floor.put_ticket(key, ticket._replace(status=DONE, finished=0), op, "finished")


def _go_on_today(floor, op, window):
    """As it was; on the former day it is closed. Returns it as it is today."""
    today = floor.beside(op.other_date)
    if op.window not in today.windows:
        floor.put_other_window(op.other_date, op.window, window._replace(since=op.now_ms))
    _close_former(floor, op)
    return today.window(op.window)


def _close_former(floor, op):
    floor_sent.give_back(floor, op)
    floor.put_window(op.window, Window(since=op.now_ms))


# --- What is allowed --------------------------------------------------------------------------


def _ask_allowed(floor, op, current):
    def refuse(outcome, key=current):
        raise Refused(outcome, *_details(floor, op, key))

    allowed = ALLOWED[op.operation]
    if op.is_former and allowed.named:
        refuse("state")
    status = floor.tickets[current].status if current else "-"
    if floor.window(op.window).state not in allowed.window:
        refuse("state")
    if allowed.current and status not in allowed.current:
        refuse("state")
    if op.is_former and op.operation in SENDS_ON:
        refuse("former")
    if op.operation == "transfer" and floor_sent.has_enough(floor, op.argument.split(" ")[1]):
        refuse("full")
    if not allowed.named:
        return
    named = floor.tickets.get(op.argument)
    if not named:
        refuse("missing")
    if named.status not in allowed.named:
        refuse("state", op.argument)
    if op.operation == "resume" and named.status == PARKED and current:
        refuse("state")


def _change(floor, op, **fields):
    """The window as it is from now on; its event comes last."""
    changed = floor.window(op.window)._replace(since=op.now_ms, **fields)
    floor.city.put(floor.windows, op.window, changed)


def _places_back(floor, ticket):
    return HALLS[floor.hall][ticket.queue].places


# --- The window itself ------------------------------------------------------------------------

def _open(floor, op, current):
    """Queues behind '?' are served unless it served others before."""
    queues = op.argument
    if queues[0] == "?":
        before = floor.window(op.window).queues
        queues = queues[1:] if before == "-" else before
    floor.log(op, "opened", op.window, "-", queues)
    _change(floor, op, state="o", queues=queues)
    return current, ""


def _pause(floor, op, current):
    floor.log(op, "paused", op.window, "-")
    _change(floor, op, state="p")
    return current, ""


def _close(floor, op, _):
    floor_sent.give_back(floor, op)
    floor.log(op, "closed", op.window, "-")
    _change(floor, op, state="c", queues="-")
    return None, ""


# --- Calling ----------------------------------------------------------------------------------

def _call_next(floor, op, _):
    found = floor.next_at(op, op.window)
    if not found:
        return None, "", floor_sent.waiting_for_others(floor, op)
    return _call_to(floor, op, *found)


def _call(floor, op, _):
    return _call_to(floor, op, op.argument, {"rule": "chosen", "ticket": op.argument})


def _call_to(floor, op, key, reason):
    floor.call(op, op.window, key, reason)
    _change(floor, op, ticket=key)
    return key, reason


def _recall(floor, op, key):
    ticket = floor.tickets[key]
    if ticket.calls >= CALLS_BEFORE_MISSED:
        return _miss(floor, op, key)
    floor.log(op, "recalled", op.window, key)
    ticket = ticket._replace(calls=ticket.calls + 1, recalls=ticket.recalls + 1,
                             last_called=op.now_ms)
    floor.put_ticket(key, ticket, op, "recalled")
    return key, ""


def _miss(floor, op, key):
    ticket = floor.tickets[key]
    floor.log(op, "missed", op.window, key)
    floor.follow(op, ticket, WAITING)
    ticket = ticket._replace(status=MISSED, missed=ticket.missed + 1, finished=op.now_ms)
    floor.put_ticket(key, ticket, op, "missed")
    _change(floor, op, ticket="-")
    return key, ""


def _requeue(floor, op, key):
    ticket = floor.tickets[key]
    floor.follow(op, ticket, WAITING)
    floor.put_back(op, key, ticket, _places_back(floor, ticket))
    _change(floor, op, ticket="-")
    return key, ""


# --- Serving ----------------------------------------------------------------------------------

def _start(floor, op, key):
    ticket = floor.tickets[key]
    floor.follow(op, ticket, SERVING)
    ticket = ticket._replace(status=SERVING, started=ticket.started or op.now_ms)
    floor.put_ticket(key, ticket, op, "started")
    return key, ""


def _finish(floor, op, key):
    """A package goes on in its next step's queue, from now on."""
    ticket = floor.tickets[key]
    floor.follow(op, ticket, DONE)
    steps = floor.steps(op, ticket)
    if ticket.step + 1 < len(steps):
        place, number = steps[ticket.step + 1]
        floor.log(op, "transferred", op.window, key, place.queue)
        ticket = ticket._replace(
            status=WAITING, queue=place.queue, service=floor.city.record(place, number).service,
            window="-", step=ticket.step + 1, calls=0, called=0, started=0,
            klass="p" if ticket.klass == "p" else "a", earns=op.now_ms)
        floor.put_ticket(key, ticket, op, "transferred")
    else:
        floor.log(op, "finished", op.window, key)
        floor.put_ticket(key, ticket._replace(status=DONE, finished=op.now_ms), op, "finished")
    _change(floor, op, ticket="-")
    return key, ""


def _park(floor, op, key):
    floor.log(op, "parked", op.window, key)
    floor.put_ticket(key, floor.tickets[key]._replace(status=PARKED), op, "parked")
    _change(floor, op, ticket="-")
    return key, ""


def _resume(floor, op, _):
    """A parked one comes here, as it was; a missed one waits again."""
    key, ticket = op.argument, floor.tickets[op.argument]
    if ticket.status == MISSED:
        if WALK_INS[floor.hall][0] and ticket.person != "-":
            give_up_walk_ins(floor, op, ticket.person)
        floor.put_back(op, key, ticket, _places_back(floor, ticket))
        return key, ""
    floor.log(op, "resumed", op.window, key)
    ticket = ticket._replace(status=SERVING if ticket.started else CALLED, window=op.window)
    floor.put_ticket(key, ticket, op, "resumed")
    _change(floor, op, ticket=key)
    return key, ""


def _transfer(floor, op, key):
    """It keeps its time; its service begins anew."""
    queue, directed = op.argument.split(" ")
    ticket = floor.tickets[key]
    floor.log(op, "transferred", op.window, key, op.argument)
    floor.follow(op, ticket, WAITING)
    ticket = ticket._replace(status=WAITING, window="-", calls=0, started=0, directed=directed,
                             queue=ticket.queue if queue == "-" else queue)
    floor.put_ticket(key, ticket, op, "transferred")
    _change(floor, op, ticket="-")
    return key, ""


OPERATIONS = {
    "open": _open, "pause": _pause, "close": _close, "call-next": _call_next, "call": _call,
    "recall": _recall, "start": _start, "finish": _finish, "miss": _miss, "park": _park,
    "resume": _resume, "transfer": _transfer, "requeue": _requeue,
}
