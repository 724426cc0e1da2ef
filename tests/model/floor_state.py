# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""A hall's day in the model: its tickets, windows and ledger of calls, and who is next. What is
changed goes through the city's `put`, as everything in the model."""
import collections
import math
import string

import rules
import world
from floor_ticket import CALLED, DONE, SERVING, WAITING, Window, key_parts
from floor_world import HALLS
from record import LIVE
from waiting import promote
from world import Place

RESERVATION_STATUS = {WAITING: "c", CALLED: "l", SERVING: "s"}
PUT_BACK_LOOKED_AT = 100  # of all queues together
CLASS_NAMES = {"w": "walk_in", "a": "appointment", "p": "priority", "b": "put_back"}


class Floor:
    """`beside` gives the same hall's floor of another date."""

    def __init__(self, city, hall, date, beside):
        self.city, self.hall, self.date, self.beside = city, hall, date, beside
        self.tickets, self.windows = {}, {}
        self.waiting = {}  # the tickets that wait
        self.numbers = {}  # 'A tseq', 'A called', 'A q18'
        self.prefixes = {}  # 'A' → what stands before its numbers
        self.calls = {}  # 0, 1, … → a line of the ledger
        self.events = {}  # 0, 1, … of the present operation
        self.ended_to = ""  # the ticket behind which the day is to be ended on

    # --- Changes ------------------------------------------------------------------------------

    def window(self, name):
        return self.windows.get(name) or Window()

    def count(self, name):
        return self.numbers.get(name, 0)

    def raise_count(self, name):
        self.city.put(self.numbers, name, self.count(name) + 1)
        return self.count(name)

    def put_ticket(self, key, ticket, op, what):
        """A ticket that waits has joined the line now, unless it is given back to its queue."""
        if ticket.status == WAITING and what != "returned":
            ticket = ticket._replace(joined=op.now_ms)
        self.city.put(self.tickets, key, ticket)
        self.city.put(self.waiting, key, ticket if ticket.status == WAITING else None)
        self._tell("ticket", f"{key} {what} {ticket.text()}")

    def put_window(self, name, window):
        self.city.put(self.windows, name, window)
        self._tell("window", f"{name} {window.text()}")

    def put_other_window(self, date, name, window):
        self.city.put(self.beside(date).windows, name, window)
        self._tell("window", f"{name} {window.text()}", date)

    def _tell(self, kind, text, date=None):
        told = (kind, f"{self.hall} {date or self.date} {text}")
        self.city.put(self.events, len(self.events), told)

    def log(self, op, *words):
        """A reason in it stays a dict."""
        self.city.put(self.calls, len(self.calls), (op.now_ms, *words))

    # --- Tickets ------------------------------------------------------------------------------

    def prefix(self, op, place):
        """What stands before the queue's numbers of the day: what the catalogue said with the first
        one, and one letter more where another queue of the hall has that."""
        if place.queue not in self.prefixes:
            wanted, taken = world.prefix(place, op.at), self.prefixes.values()
            free = [wanted] + [wanted + letter for letter in string.ascii_uppercase]
            self.city.put(self.prefixes, place.queue,
                          next(prefix for prefix in free if prefix not in taken))
        return self.prefixes[place.queue]

    def issue(self, op, place, ticket):
        ticket = ticket._replace(prefix=self.prefix(op, place))
        key = f"{place.queue}/t{self.raise_count(f'{place.queue} tseq')}"
        self.put_ticket(key, ticket, op, "issued")
        self.log(op, "issued", "-", key, ticket.queue, ticket.klass, ticket.earns)
        return key

    def tickets_of(self, person):
        """The keys of a person's tickets in the order in which they were given."""
        return [key for key, ticket in self.tickets.items() if ticket.person == person]

    def put_back(self, op, key, ticket, places):
        """Waits again, until its queue has called so many others."""
        back = self.count(f"{ticket.queue} called") + places
        ticket = ticket._replace(status=WAITING, window="-", directed="-", calls=0, back=back)
        self.put_ticket(key, ticket, op, "requeued")
        self.log(op, "requeued", "-", key, ticket.queue, "b", back)

    def call(self, op, name, key, reason):
        ticket = self.tickets[key]
        self.raise_count(f"{ticket.queue} called")
        self.log(op, "called", name, key, ticket.queue, ticket.klass, reason)
        self.follow(op, ticket, CALLED)
        ticket = ticket._replace(status=CALLED, window=name, directed="-", back=None, calls=1,
                                 called=ticket.called or op.now_ms, last_called=op.now_ms)
        self.put_ticket(key, ticket, op, "called")

    # --- The reservation behind a ticket ------------------------------------------------------

    def steps(self, op, ticket):
        """The visit's reservations, or none."""
        if ticket.reservation == "-":
            return []
        date, hall, queue, number = ticket.reservation.split("/")
        return rules.parts_of(self.city, op, rules.among(op, Place(hall, queue, date)), int(number))

    def follow(self, op, ticket, status):
        """The reservation of the present step goes the way of its ticket: checked in while it
        waits, and done it gives its units back."""
        steps = self.steps(op, ticket)
        if not steps:
            return
        place, number = steps[ticket.step]
        record = self.city.record(place, number)
        if record.status not in LIVE:
            return
        if status == DONE:
            self._end(op, place, number, "d", "f")
        else:
            self.city.rewrite(place, number, record.copy(status=RESERVATION_STATUS[status]))

    def is_more_to_come(self, op, ticket):
        """Whether a step of the visit is still to come or under way."""
        return any(self.city.record(place, number).status in LIVE
                   for place, number in self.steps(op, ticket)[ticket.step:])

    def lapse(self, op, ticket):
        """The steps that are still to come or under way end with their ticket."""
        for place, number in self.steps(op, ticket)[ticket.step:]:
            if self.city.record(place, number).status in LIVE:
                self._end(op, place, number, "x", "-")

    def _end(self, op, place, number, status, word):
        self.city.give_up(place, number, status, word)
        promote(self.city, op, place)

    # --- Who is next --------------------------------------------------------------------------

    def next_at(self, op, name):
        """(key, reason), or None when nobody waits for the window."""
        order = self._order(op.now_ms, name, op.gone)
        if not order:
            return None
        first, *others = order
        reason = first.described()
        reason["rule"] = "put_back" if first.klass == "b" else "credit" if others else "only_one"
        if others:
            reason["next_best"] = others[0].described()
        return first.key, reason

    def _order(self, now_ms, name, gone):
        """In which they would be called, each ticket once. Who was sent to a window that is gone is
        anybody's."""
        queues = set(self.window(name).queues.split(","))

        def is_called(ticket, line):
            return line in queues | {f"@{name}"} or line[1:] in gone and ticket.queue in queues

        standing = [_Standing(self, now_ms, key, *stand) for key, ticket in self.waiting.items()
                    for stand in ticket.stands() if is_called(ticket, stand[0])]
        first_of = {}
        for one in sorted(_looked_at(standing, len(queues)), key=_Standing.rank):
            first_of.setdefault(one.key, one)
        return list(first_of.values())


def _looked_at(standing, queues):
    """Of those who were put back only the first ones of each queue."""
    count, seen = max(2, PUT_BACK_LOOKED_AT // queues), collections.Counter()
    for one in sorted(standing, key=lambda one: (one.score, key_parts(one.key))):
        is_bound = one.klass == "b" and one.queue[0] != "@"
        seen[one.queue] += is_bound
        if not is_bound or seen[one.queue] <= count:
            yield one


class _Standing:
    """A place in the line as it looks from a window now."""

    def __init__(self, floor, now_ms, key, queue, klass, score):
        ticket = floor.tickets[key]
        self.key, self.queue, self.klass, self.score = key, queue, klass, score
        self.issued = ticket.issued
        self.is_due = klass == "b" and floor.count(f"{ticket.queue} called") >= score
        if klass != "b":
            self.weight = HALLS[floor.hall][ticket.queue].of(klass)
            self.waited = max(0, now_ms - score) / 1000
            self.credit = self.weight * self.waited

    def rank(self):
        """Whoever was put back and is due comes first, by arrival; then the largest credit; then
        those who are not due."""
        if self.is_due:
            return 0, self.issued, 0, key_parts(self.key)
        if self.klass == "b":
            return 2, self.score, 0, key_parts(self.key)
        return 1, -self.credit, self.score, key_parts(self.key)

    def described(self):
        words = {"ticket": self.key, "class": CLASS_NAMES[self.klass]}
        if self.klass != "b":
            words |= {"weight": self.weight, "waited_seconds": math.floor(self.waited),
                      "credit": math.floor(self.credit * 10 + 0.5) / 10}
        return words
