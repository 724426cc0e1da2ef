# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of a floor whatever was done, recomputed from its keys and the city's stream:
neither the model nor the Functions are asked."""
import collections

import compare
import floor_check
import world
from floor_ticket import (CALLED, CANCELLED, DONE, MISSED, PARKED, SERVING, WAITING, key_parts,
                          read_ticket, read_window)
from invariants import FLOOR_OUTCOMES, breach
from operations import key

DAY_SECONDS = 86400
# What may come behind what, of one ticket.
FOLLOWS = {
    "": {"issued"},
    WAITING: {"called", "cancelled", "returned"},
    CALLED: {"recalled", "started", "missed", "parked", "transferred", "requeued", "cancelled"},
    SERVING: {"finished", "parked", "transferred", "cancelled"},
    PARKED: {"resumed", "cancelled"},
    MISSED: {"requeued", "cancelled"},
    DONE: set(),
    CANCELLED: set(),
}
# A reservation's status while its ticket has which; a parked one has that from which it was parked.
RESERVATION_STATUS = {WAITING: "c", MISSED: "c", CALLED: "l", SERVING: "s", PARKED: "ls", DONE: "d",
                      CANCELLED: "x"}


def check(connection):
    """Raises Mismatch at the first breach."""
    stream = connection.call("XRANGE", key("events"), "-", "+")
    Floors(compare.read_city(connection), floor_check.read_floors(connection), stream).check()


class Floors:
    def __init__(self, city, floors, stream):
        self.city, self.floors = city, floors
        self.stream = [pair for _, pairs in stream for pair in zip(pairs[::2], pairs[1::2])]
        self.tickets, self.counts, self.windows = {}, {}, {}  # by (date, hall)
        self.people = {}
        for name, fields in floors.items():
            kind, date, *_ = (*name.split(":"), "")
            for field, value in fields.items():
                if kind == "tickets":
                    self._sort_ticket(date, field, value)
                elif kind == "windows":
                    hall, window = field.split(" ")
                    self.windows.setdefault((date, hall), {})[window] = read_window(value)

    def _sort_ticket(self, date, field, value):
        if field.endswith(" prefixes"):  # the tickets have them, too
            return
        hall, queue, *rest = field.split(" ")
        if queue[0] == "~":
            self.people.setdefault((date, hall), {})[queue[1:]] = value.split(" ")
            return
        rest, = rest
        if rest[0] == "t" and rest[1:].isdigit():
            self.tickets.setdefault((date, hall), {})[f"{queue}/{rest}"] = read_ticket(value)
        else:
            self.counts.setdefault((date, hall), {})[f"{queue} {rest}"] = int(value)

    def check(self):
        for floor in self.tickets:
            self._check_numbers(floor)
            self._check_people(floor)
            self._check_windows(floor)
            self._check_line(floor)
            self._check_calls(floor)
        self._check_lives()
        self._check_reservations()
        self._check_tags()

    def _check_people(self, floor):
        """Each one's list is of his tickets."""
        own = collections.defaultdict(set)
        for name, ticket in self.tickets[floor].items():
            if ticket.person != "-":
                own[ticket.person].add(name)
        listed = self.people.get(floor, {})
        if {person: set(keys) for person, keys in listed.items()} != own:
            breach("the lists of people's tickets", *floor)
        if any(len(keys) != len(set(keys)) for keys in listed.values()):
            breach("a ticket stands twice in a person's list", *floor)

    def _check_numbers(self, floor):
        given = collections.defaultdict(set)
        for name in self.tickets[floor]:
            issuer, number = key_parts(name)
            given[issuer].add(number)
        for issuer, numbers in given.items():
            if numbers != set(range(1, self.counts[floor].get(f"{issuer} tseq", 0) + 1)):
                breach("a queue's numbers have a gap", *floor, issuer)
        spoken = collections.Counter((ticket.prefix, key_parts(name)[1])
                                     for name, ticket in self.tickets[floor].items())
        if any(count > 1 for count in spoken.values()):
            breach("two tickets of a day are called by one number", *floor, spoken)
        salts = collections.Counter(ticket.salt for ticket in self.tickets[floor].values())
        if salts and max(salts.values()) > 1:
            breach("an arrival has two tickets", *floor, salts.most_common(1))

    def _check_windows(self, floor):
        at_window = {name: window.ticket for name, window in self.windows.get(floor, {}).items()
                     if window.ticket != "-"}
        of_ticket = collections.defaultdict(list)
        for name, ticket in self.tickets[floor].items():
            if ticket.status in CALLED + SERVING:
                of_ticket[ticket.window].append(name)
        if {name: [ticket] for name, ticket in at_window.items()} != of_ticket:
            breach("windows and tickets do not agree", *floor, at_window, dict(of_ticket))
        for name, window in self.windows.get(floor, {}).items():
            if window.state == "c" and (window.ticket != "-" or window.queues != "-"):
                breach("a closed window serves", *floor, name)

    def _check_line(self, floor):
        date, hall = floor
        line = collections.Counter()
        for member in self.floors.get(f"line:{date}:{hall}", {}):
            queue, klass, _, issuer, number = member.split(" ")
            name = f"{issuer}/t{int(number)}"
            ticket = self.tickets[floor].get(name)
            if not ticket or ticket.status != WAITING:
                breach("somebody in the line does not wait", *floor, member)
            if queue != (ticket.queue if ticket.directed == "-" else f"@{ticket.directed}"):
                breach("somebody stands in another queue's line", *floor, member)
            if (klass == "b") != (ticket.back is not None) or klass not in ("w", "b", ticket.klass):
                breach("somebody stands in another class", *floor, member)
            line[name, klass] += 1
        if line and max(line.values()) > 1:
            breach("somebody stands twice in a class", *floor, line.most_common(1))
        waiting = {name for name, ticket in self.tickets[floor].items() if ticket.status == WAITING}
        standing = {name for name, _ in line}
        if waiting != standing:
            breach("somebody waits outside of the line", *floor, waiting ^ standing)

    def _check_calls(self, floor):
        """Each ticket is issued once, and each call counts for the queue that it was made from."""
        date, hall = floor
        calls = self.floors.get(f"calls:{date}:{hall}", {}).values()
        issued = [call[3] for call in calls if call[1] == "issued"]
        if sorted(issued) != sorted(self.tickets[floor]):
            breach("the ledger of calls does not tell who was issued a ticket", *floor)
        called = collections.Counter(f"{call[4]} called" for call in calls if call[1] == "called")
        counted = {name: count for name, count in self.counts[floor].items()
                   if name.endswith(" called")}
        if called != counted:
            breach("the ledger of calls does not tell the calls", *floor, called, counted)

    # --- The stream ---------------------------------------------------------------------------

    def _check_lives(self):
        """What the stream tells, in its order: nobody is served twice or at two windows, no
        window serves two."""
        lives, at_window = {}, {}
        for kind, value in self.stream:
            if kind == "ticket":
                hall, date, name, op, text = value.split(" ", 4)
                self._check_step(lives, at_window, (date, hall, name), op, read_ticket(text))
            elif kind == "window":
                hall, date, name, text = value.split(" ", 3)
                self._check_nobody_is_left(lives, (date, hall), name, read_window(text))
        there = {(*floor, name): ticket for floor, tickets in self.tickets.items()
                 for name, ticket in tickets.items()}
        if lives != there:
            breach("the stream does not tell the tickets as they are", lives.keys() ^ there.keys())

    def _check_nobody_is_left(self, lives, floor, name, window):
        """Who was sent to a window that closes does not wait for it."""
        for ticket, one in lives.items():
            if window.state == "c" and ticket[:2] == floor and one.status == WAITING:
                if one.directed == name:
                    breach("somebody waits for a window that has closed", *ticket, name)

    def _check_step(self, lives, at_window, ticket, op, new):
        old = lives.get(ticket)
        if old and old.status in CALLED + SERVING and op == "cancelled":
            if new.finished < (world.midnight(ticket[0]) + DAY_SECONDS) * 1000:
                breach("the clock cut off who was at a window", *ticket)
        if op not in FOLLOWS[old.status if old else ""]:
            breach(f"{op} behind {old}", *ticket)
        if old and old.status in CALLED + SERVING:
            if at_window.pop((ticket[:2], old.window), None) != ticket:
                breach("it was not where it was served", *ticket)
            if new.status in CALLED + SERVING and new.window != old.window:
                breach("served at two windows", *ticket)
        if new.status in CALLED + SERVING:
            if at_window.setdefault((ticket[:2], new.window), ticket) != ticket:
                breach("a window serves two", *ticket)
        lives[ticket] = new

    # --- The city -----------------------------------------------------------------------------

    def _check_reservations(self):
        named = set()
        for floor, tickets in self.tickets.items():
            for name, ticket in tickets.items():
                if ticket.reservation != "-":
                    date, hall, queue, number = ticket.reservation.split("/")
                    named.add((date, f"{hall} {queue} {number}"))
                    self._check_reservation(floor, name, ticket, date, hall, f"{queue} {number}")
        for name, records in self.city.items():
            if name.startswith("reservations:"):
                for field, record in records.items():
                    if "i" in record.extras and (name[13:], field) not in named:
                        breach("a reservation names a ticket that does not name it", name, field)

    def _check_reservation(self, floor, name, ticket, date, hall, place):
        records = self.city[f"reservations:{date}"]
        first = records[f"{hall} {place}"]
        if first.extras.get("i") != name:
            breach("a ticket names a reservation that does not name it", *floor, name)
        for step, text in enumerate([place, *first.extras.get("s", [])]):
            status = records[f"{hall} {text}"].status
            to_come = "x" if ticket.status == CANCELLED else "c"
            allowed = "d" if step < ticket.step else to_come
            if step == ticket.step:
                allowed = RESERVATION_STATUS[ticket.status]
            if status not in allowed:
                breach("a reservation does not follow its ticket", *floor, name, step, status)

    def _check_tags(self):
        for name, tags in self.city.items():
            for outcome in tags.values() if name.startswith("idempotency:") else ():
                kind, hall, date, *_, ticket = outcome[8:].split(" ")
                if kind not in FLOOR_OUTCOMES or ticket == "-":
                    continue
                if ticket not in self.tickets.get((date, hall), {}):
                    breach("an idempotency key of no ticket", outcome)
