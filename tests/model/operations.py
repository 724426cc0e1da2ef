# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of the Functions, and how it is written as Redis commands (slots/*/*.lua
say what stands where). An operation is all literals, so that any part of a run can be run again."""
import dataclasses
import functools
import typing

import record
import world
from world import Place, Rules, key

IDEMPOTENCY_SECONDS = 2 * world.DAY
LEDGER_DAY_KINDS = ("units", "reservations", "entries", "waiting")


class Booking(typing.NamedTuple):
    """One place for one person; `priority` is empty or a letter, the salt is a record's own."""
    place: Place
    slot: int
    service: str
    person: int
    salt: str
    priority: str = ""

    @property
    def units(self):
        return world.SERVICES[self.service].units

    @property
    def span(self):
        return world.SERVICES[self.service].span

    def record(self, at, status, **extras):
        """As the service sends it; the Functions correct what is known of the health code."""
        tags = {"p": self.priority, **extras}
        return record.Record(
            status, "g", self.slot, self.span, self.units, world.person(self.person), self.salt,
            self.service, "wechat", 2, at * 1000 + 7,
            {tag: value for tag, value in tags.items() if value},
            f"{self.salt} is sealed in forty bytes and then some more")

    def __repr__(self):
        priority = f" ({self.priority})" if self.priority else ""
        who = f"{self.person}{priority}"
        return f"<{self.salt}: {self.service} for {who} at {self.place} {self.slot}>"


class Item(typing.NamedTuple):
    """A booking of a batch; `tag` of its idempotency key or empty."""
    booking: Booking
    tag: str
    digest: str

    def __repr__(self):
        return f"{self.booking!r}" + (f" {self.tag}/{self.digest}" if self.tag else "")


@dataclasses.dataclass(frozen=True)
class Operation:
    """`at`: what the calling worker's clock says, in Unix seconds."""
    at: int
    rules: Rules

    @functools.cached_property
    def today(self):
        return world.date_at(self.at)

    @property
    def yesterday(self):
        return world.add_days(self.today, -1)

    @property
    def touched(self):
        """The inventories that it is about."""
        return [self.place] if hasattr(self, "place") else []

    def __str__(self):
        fields = ", ".join(f"{field.name}={_shown(field.name, getattr(self, field.name))}"
                           for field in dataclasses.fields(self)[2:])
        return f"{world.clock_text(self.at)} {type(self).__name__}({fields})"


def capacity_text(capacity):
    """((18, 10, 2), …) as '18=10/2 …'"""
    return " ".join(f"{slot}={units}/{kept}" for slot, units, kept in capacity)


def _shown(name, value):
    """A field for people: capacities as the Functions take them."""
    if name == "capacity":
        return capacity_text(value)
    if name == "inventories":
        return ", ".join(f"{place!r} {capacity_text(capacity)}" for place, capacity in value)
    return repr(value)


# --- Calls of the ledger ----------------------------------------------------------------------

class LedgerCall:
    """Keys and leading arguments that all ledger calls share."""

    def __init__(self, operation):
        self.at, self.rules, self.places, self.args = operation.at, operation.rules, [], []
        self.now_ms = self.at * 1000

    def push(self, *args):
        self.args.extend(args)

    def push_place(self, place):
        self.args.append(self.number(place))

    def number(self, place):
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place) + 1

    def command(self, function):
        today = world.date_at(self.at)
        keys = [key("events"), key("health"), key("persons"), key("idempotency", today),
                key("idempotency", world.add_days(today, -1)), key("due"), key("plan"),
                key("agents", today)]
        for date in sorted({place.date for place in self.places}):
            keys += [key(kind, date) for kind in LEDGER_DAY_KINDS]
        r = self.rules
        rules = (f"{self.at} {today} {r.live_max} {r.eligibility} {r.cancellations_max} "
                 f"{r.no_shows} {r.no_show_days} {r.suspend_days} {r.agent_max} "
                 f"{self.now_ms} {r.overlap}")
        return ["FCALL", function, len(keys), *keys, rules, len(self.places),
                *(facts(place, self.at) for place in self.places), *self.args]


def facts(place, at):
    queue = world.QUEUES[place.label]
    return (f"{place.hall} {place.queue} {place.date} {world.midnight(place.date)} "
            f"{queue.closes} {queue.offer} {queue.resale} {queue.until} {queue.late} "
            f"{world.seconds_kept(place.date)} {world.prefix(place, at)} "
            f"{world.RETIRED if world.is_retired(place, world.RETIRED, at) else '-'}")


@dataclasses.dataclass(frozen=True)
class LedgerOperation(Operation):
    """A call of a Function that changes the ledger."""
    function: typing.ClassVar[str]

    def push(self, call):
        raise NotImplementedError

    @functools.cached_property
    def named_places(self):
        """Those that the call names, in its order."""
        call = LedgerCall(self)
        self.push(call)
        return call.places

    @property
    def touched(self):
        return self.named_places

    def command(self, version):
        call = LedgerCall(self)
        self.push(call)
        return call.command(f"{self.function}_{version}")


@dataclasses.dataclass(frozen=True)
class Visit(LedgerOperation):
    function = "visit"
    tag: str
    digest: str
    agent: str
    kind: str  # single, party, package
    bookings: tuple

    def record(self, booking):
        package = "open-restaurant" if self.kind == "package" else ""
        return booking.record(self.at, "b", a=self.agent, k=package)

    def push(self, call):
        call.push(self.tag, self.digest, self.agent, self.kind, len(self.bookings))
        for booking in self.bookings:
            call.push_place(booking.place)
            call.push(booking.slot, booking.span, booking.units, world.person(booking.person),
                      booking.service, record.write(self.record(booking)))


@dataclasses.dataclass(frozen=True)
class Cancel(LedgerOperation):
    """`by` is 'p' (the person) or 's' (staff); `also`: further places that the call names."""
    function = "cancel"
    place: Place
    number: int
    by: str
    seconds: int
    also: tuple

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number, self.by, self.seconds)
        for place in self.also:
            call.number(place)


@dataclasses.dataclass(frozen=True)
class Release(LedgerOperation):
    function = "release"
    place: Place
    number: int

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number)


@dataclasses.dataclass(frozen=True)
class Reschedule(LedgerOperation):
    """`targets`: (place, slot) of each part of the visit."""
    function = "reschedule"
    place: Place
    number: int
    targets: tuple
    also: tuple

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number, len(self.targets))
        for place, slot in self.targets:
            call.push_place(place)
            call.push(slot)
        for place in self.also:
            call.number(place)


@dataclasses.dataclass(frozen=True)
class Enter(LedgerOperation):
    """`kind` w or d; `starts`: the half hours that would do, the best first."""
    function = "enter"
    kind: str
    tag: str
    digest: str
    agent: str
    booking: Booking
    starts: tuple

    def record(self):
        if self.kind == "w":
            starts = "".join(map(chr, self.starts))
            return self.booking.record(self.at, "q", a=self.agent, g=starts)
        return self.booking.record(self.at, "w", a=self.agent,
                                   e=f"{self.booking.salt}{self.booking.salt}0000")

    def push(self, call):
        call.push(self.kind)
        call.push_place(self.booking.place)
        call.push(self.tag, self.digest, self.agent, world.person(self.booking.person),
                  self.booking.service, record.write(self.record()))


@dataclasses.dataclass(frozen=True)
class Leave(LedgerOperation):
    function = "leave"
    place: Place
    name: str  # w3, d7

    def push(self, call):
        call.push_place(self.place)
        call.push(self.name)


@dataclasses.dataclass(frozen=True)
class OpenDraw(LedgerOperation):
    function = "open_draw"
    place: Place
    draw_at: int
    state: str

    def push(self, call):
        call.push_place(self.place)
        call.push(self.draw_at, self.state)


@dataclasses.dataclass(frozen=True)
class Draw(LedgerOperation):
    function = "draw"
    place: Place
    entries: int
    capacity: tuple
    state: str
    order: tuple

    def push(self, call):
        call.push_place(self.place)
        call.push(self.entries, capacity_text(self.capacity), self.state,
                  "".join(record.number(number, 4) for number in self.order))


@dataclasses.dataclass(frozen=True)
class SetCapacity(LedgerOperation):
    """`inventories`: (place, capacity) each."""
    function = "set_capacity"
    mode: str  # open, adjust, set
    version: str
    field: str
    value: str
    inventories: tuple

    def push(self, call):
        call.push(self.mode, self.version, self.field, self.value, len(self.inventories))
        for place, capacity in self.inventories:
            call.push_place(place)
            call.push(capacity_text(capacity))


@dataclasses.dataclass(frozen=True)
class Close(LedgerOperation):
    """`queue` is empty for the whole hall."""
    function = "close"
    tag: str
    digest: str
    version: str
    hall: str
    date: str
    queue: str
    start: int
    end: int
    rebook: str  # offer, none
    inventories: tuple

    @property
    def value(self):
        return (f"{self.start} {self.end} {self.queue or '*'} {self.rebook} {self.at * 1000} "
                "a burst pipe")

    def push(self, call):
        call.push(self.tag, self.digest, self.version, f"{self.hall} {self.date}", self.value,
                  len(self.inventories))
        for place, capacity in self.inventories:
            call.push_place(place)
            call.push(capacity_text(capacity))


@dataclasses.dataclass(frozen=True)
class OfClosure(LedgerOperation):
    """Of closure `number`."""
    hall: str
    date: str
    number: int

    @property
    def field(self):
        return f"{self.hall} {self.date} {self.number}"

    def push_affected(self, call):
        """`affected`: (place, number) each."""
        call.push(len(self.affected))
        for place, number in self.affected:
            call.push_place(place)
            call.push(number)


@dataclasses.dataclass(frozen=True)
class Rebook(OfClosure):
    """`candidates`: (queue, service, places) each."""
    function = "rebook"
    seconds: int
    is_last: bool
    affected: tuple
    candidates: tuple

    def push(self, call):
        call.push(self.field, self.seconds, "last" if self.is_last else "")
        self.push_affected(call)
        call.push(len(self.candidates))
        for queue, service, places in self.candidates:
            call.push(" ".join([queue, service, *(str(call.number(place)) for place in places)]))


@dataclasses.dataclass(frozen=True)
class Restore(OfClosure):
    """`also`: further places that the call names."""
    function = "restore"
    version: str
    affected: tuple
    also: tuple

    def push(self, call):
        call.push(self.version, self.field)
        self.push_affected(call)
        for place in self.also:
            call.number(place)


@dataclasses.dataclass(frozen=True)
class Reopen(OfClosure):
    function = "reopen"
    version: str
    inventories: tuple

    def push(self, call):
        call.push(self.version, self.field, len(self.inventories))
        for place, capacity in self.inventories:
            call.push_place(place)
            call.push(capacity_text(capacity))


@dataclasses.dataclass(frozen=True)
class Offer(LedgerOperation):
    function = "offer"
    mode: str  # accept, decline, lapse
    place: Place
    number: int
    also: tuple

    def push(self, call):
        call.push(self.mode)
        call.push_place(self.place)
        call.push(self.number)
        for place in self.also:
            call.number(place)


@dataclasses.dataclass(frozen=True)
class FreeKept(LedgerOperation):
    function = "free_kept"
    place: Place

    def push(self, call):
        call.push_place(self.place)


@dataclasses.dataclass(frozen=True)
class NoShows(LedgerOperation):
    function = "no_shows"
    place: Place

    def push(self, call):
        call.push_place(self.place)


@dataclasses.dataclass(frozen=True)
class Excuse(LedgerOperation):
    function = "excuse"
    place: Place
    number: int

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number)


@dataclasses.dataclass(frozen=True)
class Pardon(LedgerOperation):
    function = "pardon"
    place: Place
    number: int
    reason: str

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number, self.reason)


@dataclasses.dataclass(frozen=True)
class Promote(LedgerOperation):
    function = "promote"
    among: tuple

    def push(self, call):
        for place in self.among:
            call.number(place)


# --- Calls with keys of their own -------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Sweep(Operation):
    function = "sweep"

    def first_no_show_day(self):
        return world.add_days(self.today, -self.rules.no_show_days)

    def command(self, version):
        return ["FCALL", f"sweep_{version}", 2, key("persons"), key("persons_from"), "0",
                self.today, self.first_no_show_day(), self.at, world.add_days(self.today, -1)]


@dataclasses.dataclass(frozen=True)
class CountDay(Operation):
    function = "count_day"
    place: Place

    def command(self, version):
        return ["FCALL_RO", f"count_day_{version}", 2, key("units", self.place.date),
                key("reservations", self.place.date), self.place.field(""),
                world.midnight(self.place.date), 1, *world.SERVICES]


@dataclasses.dataclass(frozen=True)
class Prove(Operation):
    function = "prove"
    tags: tuple

    def command(self, version):
        return ["FCALL_RO", f"prove_{version}", 3, key("events"), key("idempotency", self.today),
                key("idempotency", self.yesterday), *self.tags]


# --- What others do to the same keys ----------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class PushHealth(Operation):
    """A health authority's push; an empty code takes back what is known."""
    function = "push_health"
    person: int
    code: str  # 'g', 'y1795740000'

    def command(self, version):
        field = world.person(self.person)
        if not self.code:
            return ["HDEL", key("health"), field]
        return ["HSET", key("health"), field, self.code]


# A desk's part of the work: whoever is there is no longer only booked.
ATTEND_SCRIPT = """
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record or record:sub(1, 1) ~= 'b' then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. record:sub(2))
return 1"""


@dataclasses.dataclass(frozen=True)
class Attend(Operation):
    function = "attend"
    place: Place
    number: int
    status: str  # c, l, s

    def command(self, version):
        return ["EVAL", ATTEND_SCRIPT, 1, key("reservations", self.place.date),
                self.place.field(self.number), self.status]
