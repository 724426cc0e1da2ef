# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of who was sent to one window, and of what a window is told that finds nobody."""
from floor_ticket import key_parts
from floor_world import HALLS, WINDOWS

TOLD_MAX = 20
SENT_MAX = 100


def has_enough(floor, window):
    """Whether as many places of a window's line are taken as there are."""
    return sum(queue == f"@{window}" for ticket in floor.waiting.values()
               for queue, *_ in ticket.stands()) >= SENT_MAX


def give_back(floor, op):
    """Who was sent to the window waits for the queue, standing there as here."""
    sent = [key for key, ticket in floor.waiting.items() if ticket.directed == op.window]
    for key in sorted(sent, key=_arrival(floor)):
        ticket = floor.tickets[key]
        floor.log(op, "returned", op.window, key, ticket.queue)
        floor.put_ticket(key, ticket._replace(directed="-"), op, "returned")


def waiting_for_others(floor, op):
    """'KEY QUEUE WINDOW WHY' each."""
    own = floor.window(op.window).queues.split(",")
    queues = {"u": [], "s": []}
    for queue in HALLS[floor.hall]:
        first = _people(floor, queue, 1)[:1] if queue not in own else []
        why = "s" if _is_served(floor, op, queue) else "u"
        queues[why] += [f"{key} {queue} - {why}" for key in first]
    told = queues["u"] + _told_of_windows(floor, op) + queues["s"]
    return told[:TOLD_MAX]


def _told_of_windows(floor, op):
    names = {ticket.directed for ticket in floor.waiting.values()} - {"-", op.window, *op.gone}
    return [f"{key} {floor.tickets[key].queue} {name} {floor.window(name).state}"
            for name in sorted(names, key=lambda name: name + " ")
            for key in _people(floor, f"@{name}", TOLD_MAX)]


def _is_served(floor, op, queue):
    return any(floor.window(name).state == "o" and queue in floor.window(name).queues.split(",")
               for name in WINDOWS[floor.hall] if name not in op.gone)


def _people(floor, line, count):
    """Of each class the first `count` that stand in the line, in the order of their arrival."""
    stands = [(klass, score, key_parts(key), key) for key, ticket in floor.waiting.items()
              for queue, klass, score in ticket.stands() if queue == line]
    people = set()
    for klass in "bwap":
        people |= {key for *_, key in sorted(one for one in stands if one[0] == klass)[:count]}
    return sorted(people, key=_arrival(floor))


def _arrival(floor):
    return lambda key: (floor.tickets[key].issued, key_parts(key))
