# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The reference model of the floor: check-in, walk-in tickets, the end of a day. What clerks do
is in floor_clerk.py."""
import typing

import bookings
import floor_clerk
import floor_lease
import floor_operations as operations
import floor_world
import rules
import world
from city import Refused, named_place
from floor_state import Floor
from floor_ticket import (CALLED, CANCELLED, MISSED, OUTSIDE, PARKED, SERVING, WAITING, Ticket,
                          Window, key_parts)
from model import Model

EARLY_SECONDS, DAY_SECONDS, TICKETS_A_CALL = 1800, 86400, 200


class Misused(Exception):
    """A day ended without a queue that issued tickets: nobody may do that."""


class FloorAnswer(typing.NamedTuple):
    """`told`: (kind, text) of tickets and windows in their order; `events`: those of
    inventories."""
    outcome: str
    details: list
    told: list
    events: list


class FloorModel(Model):
    """The city's model, and a floor for each hall and day."""

    def __init__(self):
        super().__init__()
        self.floors = {}  # (hall, date)
        self.lease = {}  # token and worker while there is one; the last token
        self.passes = {}  # job → minute

    def floor(self, hall, date):
        floor = self.floors.get((hall, date))
        if floor is None:
            floor = self.floors[hall, date] = Floor(self.city, hall, date,
                                                    lambda other: self.floor(hall, other))
        return floor

    def apply(self, op):
        if isinstance(op, floor_lease.CityOperation):
            self.city.begin()
            return op.apply(self)
        if not isinstance(op, operations.FloorOperation):
            return super().apply(op)
        if getattr(op, "fence", "") and op.fence != self.lease.get("token"):
            return FloorAnswer("fenced", [], [], [])
        self.city.begin()
        floor = self.floor(op.hall, op.date)
        floor.events.clear()
        try:
            details = FLOOR[type(op)](floor, op)
        except Refused as refused:
            self.city.undo()
            if refused.asked:
                bookings.count_interception(self.city, refused.asked)
            return FloorAnswer(refused.outcome, refused.details, [], [])
        outcome, details = details if isinstance(details, tuple) else ("ok", details)
        return FloorAnswer(outcome, details, list(floor.events.values()), self._events("changed"))


# --- Check-in ---------------------------------------------------------------------------------

def check_in(floor, op):
    city = floor.city
    if not city.record(op.place, op.number):
        raise Refused("missing")
    parts = rules.parts_of(city, op, op.place, op.number)
    place, number = parts[0]
    record = city.record(place, number)
    key = record.extras.get("i")
    if key and floor.tickets[key].status != CANCELLED:
        if floor.tickets[key].status == MISSED:
            floor.put_back(op, key, floor.tickets[key], op.places_back)
        return [key, floor.tickets[key].text()]
    if record.status != "b":
        raise Refused("state", record)
    start = world.slot_start(place.date, record.slot)
    end = world.slot_start(place.date, record.slots[-1] + 1)
    _ask_time(op, start, end + city.at(place).queue.late * 60)
    evidence = _ask_health(city, op, place, record.slot, record.person, record.service)

    floor_clerk.give_up_walk_ins(floor, op, _in_hex(record.person), record.service)
    priority = record.extras.get("p", "-")
    is_late = op.at > end
    key = floor.issue(op, place, _new_ticket(
        op, kind="a", klass="a" if priority == "-" else "p", priority=priority,
        service=record.service, queue=place.queue, person=_in_hex(record.person),
        earns=op.now_ms if is_late else start * 1000,
        reservation=place.named(number).replace(" ", "/"), evidence=evidence))
    for part_place, part_number in parts:
        part = city.record(part_place, part_number).copy(status="c")
        if (part_place, part_number) == (place, number):
            part.extras["i"] = key
            part.extras["n"] = floor.tickets[key].prefix
        city.rewrite(part_place, part_number, part)
        city.tell(part_place, f"a{part_number}")
    return [key, floor.tickets[key].text()]


def _ask_time(op, start, lapses):
    if op.at < start - EARLY_SECONDS:
        raise Refused(f"E{start - EARLY_SECONDS}")
    if op.at > lapses:
        raise Refused("B")


def _ask_health(city, op, place, slot, person, service):
    try:
        return rules.ask_health(city, op, place, slot, person, service)
    except Refused as refused:
        raise Refused(refused.outcome, asked=refused.asked) from None


def _new_ticket(op, **columns):
    others = {"status": WAITING, "window": "-", "directed": "-", "calls": 0, "issued": op.now_ms,
              "earns": op.now_ms, "called": 0, "started": 0, "finished": 0, "recalls": 0,
              "back": None, "salt": op.salt, "person": "-", "reservation": "-", "missed": 0,
              "step": 0, "last_called": 0, "evidence": "-"}
    return Ticket(**(others | columns))


def _in_hex(person):
    return person.encode("latin-1").hex()


# --- Walk-ins ---------------------------------------------------------------------------------

def issue(floor, op):
    city = floor.city
    first = floor_clerk.ask_repeated_today(floor, op)
    if first:
        key = first.split(" ")[-1]
        raise Refused(f"R{first}", key, floor.tickets[key].text())
    evidence, person = "-", "-"
    if op.person is not None:
        person = world.person(op.person)
        _ask_open_number(floor, op, floor.tickets_of(_in_hex(person)))
    if op.quota == "closed":
        raise Refused("F")
    if op.person is not None:
        _ask_visitor(floor, op, person)
        evidence = _ask_health(city, op, op.place, op.slot, person, op.service)
        person = _in_hex(person)
    quota_used = f"{op.place.queue} q{op.slot}"
    if op.quota is not None and floor.count(quota_used) >= op.quota:
        raise Refused("F")
    floor.raise_count(quota_used)
    key = floor.issue(op, op.place, _new_ticket(
        op, kind="w", klass="p" if op.priority else "w", priority=op.priority or "-",
        service=op.service, queue=op.place.queue, person=person, evidence=evidence))
    rules.remember(city, op, op.tag, op.digest, f"ticket {floor.hall} {floor.date} {key}")
    return [key, floor.tickets[key].text()]


def _ask_open_number(floor, op, tickets):
    """One who is still to be served is told his number."""
    one_open, _ = floor_world.WALK_INS[op.hall]
    for key in tickets:
        if one_open and floor.tickets[key].status in (WAITING, CALLED, SERVING, PARKED):
            raise Refused("T", key, floor.tickets[key].text())


def _ask_visitor(floor, op, person):
    """Who has booked is checked in, again if the calls were missed; so many numbers a day."""
    tickets = [floor.tickets[key] for key in floor.tickets_of(_in_hex(person))]
    missed = [ticket.reservation.replace("/", " ") for ticket in tickets
              if ticket.status == MISSED and ticket.reservation != "-"]
    booked = [entry.place.named(entry.number) for entry in floor.city.person(person).entries
              if not entry.is_step and _is_to_come(floor, op, entry)]
    for named in missed + booked:
        raise Refused(f"V{named}", floor.city.record(*named_place(named)))
    if sum(ticket.kind == "w" for ticket in tickets) >= floor_world.WALK_INS[op.hall][1]:
        raise Refused("D", "")


def _is_to_come(floor, op, entry):
    if (entry.place.hall, entry.place.date) != (floor.hall, floor.date):
        return False
    record = floor.city.record(entry.place, entry.number)
    late = floor.city.at(entry.place).queue.late * 60
    end = world.slot_start(entry.place.date, record.slots[-1] + 1)
    return record.status == "b" and op.at <= end + late


# --- The end of a day -------------------------------------------------------------------------

def end_day(floor, op):
    """Who waits lapses, and the reservation too: of the queues that the call names. Who is at a
    window stays there, until the next day has ended, too."""
    issuers = {place.queue for place in op.named_places}
    left, ended = tickets_behind(floor, issuers, op.behind), 0
    is_last = op.at >= world.midnight(floor.date) + 2 * DAY_SECONDS
    for key in left[:TICKETS_A_CALL]:
        ticket = floor.tickets[key]
        if ticket.status in OUTSIDE:
            floor_clerk.lapse(floor, op, key)
        elif ticket.status in CALLED + SERVING and is_last:
            floor_clerk.end_forgotten(floor, op, key)
            window = floor.window(ticket.window)
            floor.put_window(ticket.window, window._replace(ticket="-", since=op.now_ms))
        else:
            continue
        ended += 1
    if any(key_parts(key)[0] not in issuers for key in floor.tickets):
        raise Misused(op)
    if len(left) > TICKETS_A_CALL:
        floor.ended_to = left[TICKETS_A_CALL - 1]
        return [ended, floor.ended_to]
    floor.ended_to = ""
    waited_for = {ticket.directed for ticket in floor.tickets.values() if ticket.status == WAITING}
    for name, window in list(floor.windows.items()):
        if window.state != "c" and (is_last or window.ticket == "-") and name not in waited_for:
            floor.put_window(name, Window(since=op.now_ms))
    return [ended, ""]


def tickets_behind(floor, issuers, behind):
    """All tickets of those queues, in the order of their numbers."""
    return [key for key in sorted(floor.tickets, key=key_parts)
            if key_parts(key)[0] in issuers
            and (not behind or key_parts(key) > key_parts(behind))]


FLOOR = {operations.CheckIn: check_in, operations.Issue: issue, operations.EndDay: end_day,
         operations.AtWindow: floor_clerk.at_window}
