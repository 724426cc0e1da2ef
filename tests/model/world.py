# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The city that the operations are about: what its catalogue would say, and its calendar."""
import datetime
import functools
import typing

CITY = "410400"
FIRST_DAY = "20261127"  # so that a month ends within a run
FIRST_HOUR = 7
UTC_OFFSET = 8 * 3600
HALF_HOUR, DAY = 1800, 86400
FIRST_SLOT, SLOTS = 18, 5
DAYS_AHEAD = 3
PERSONS, AGENTS = 80, 4


class Rules(typing.NamedTuple):
    """The city's rules, as each call of the service carries them."""
    live_max: int
    eligibility: str  # o off; on an unknown code r refuse, a allow, d desk
    cancellations_max: int
    no_shows: int
    no_show_days: int
    suspend_days: int
    agent_max: int
    overlap: str  # may reservations of a person share a half hour: r refuse, a allow


class Queue(typing.NamedTuple):
    """What the catalogue says of a queue; minutes but for `capacity`: units of each half hour,
    those kept for priority people."""
    hall: str
    name: str
    closes: int
    offer: int
    resale: int
    until: int
    late: int
    is_lottery: bool
    capacity: tuple

    @property
    def label(self):
        return f"{self.hall} {self.name}"


class Service(typing.NamedTuple):
    name: str
    span: int
    units: int


class Place(typing.NamedTuple):
    """An inventory: a queue's day."""
    hall: str
    queue: str
    date: str

    @property
    def label(self):
        return f"{self.hall} {self.queue}"

    def field(self, rest):
        return f"{self.hall} {self.queue} {rest}"

    def named(self, number):
        """'DATE HALL QUEUE NUMBER'"""
        return f"{self.date} {self.hall} {self.queue} {number}"

    def __repr__(self):
        return f"<{self.label} {self.date}>"


QUEUES = {queue.label: queue for queue in (
    # A plain queue; one that confirms by offers and keeps units; one whose cancelled units come
    # back late; a lottery; and, in another hall, room for what closures offer.
    Queue("410400-01", "A", 30, 0, 0, 0, 30, False, ((4, 0),) * SLOTS),
    Queue("410400-01", "B", 30, 10, 0, 120, 30, False, ((4, 2), (4, 2), (3, 1), (3, 0), (4, 3))),
    Queue("410400-01", "C", 0, 0, 45, 60, 20, False, ((4, 1),) * SLOTS),
    Queue("410400-01", "D", 0, 0, 0, 0, 30, True, ((3, 1), (3, 0), (3, 0), (3, 2), (3, 0))),
    Queue("410402001-02", "A", 60, 15, 30, 90, 40, False, ((4, 1),) * SLOTS),
)}
HALLS = tuple(dict.fromkeys(queue.hall for queue in QUEUES.values()))
SERVICES = {service.name: service for service in (
    Service("a", 1, 1), Service("a.b", 2, 1), Service("tax.vat", 1, 3), Service("tax", 3, 2))}


CHANGE, RETIRED = 5400, "tax"


def _changes(at):
    """How often the catalogue was loaded anew by then: it is every now and then."""
    return at // CHANGE


def prefix(place, at):
    """What the catalogue then says to stand before the queue's numbers: the queues of a hall hand
    theirs on."""
    names = [queue.name for queue in QUEUES.values() if queue.hall == place.hall]
    return names[(names.index(place.queue) + _changes(at)) % len(names)]


def is_retired(place, service, at):
    """Whether the queue does not offer the service then."""
    return service == RETIRED and (_changes(at) + len(place.queue + place.hall)) % 3 == 0


@functools.lru_cache(maxsize=None)
def midnight(date):
    """Unix seconds of local 00:00."""
    day = datetime.datetime(int(date[:4]), int(date[4:6]), int(date[6:8]),
                            tzinfo=datetime.timezone.utc)
    return int(day.timestamp()) - UTC_OFFSET


@functools.lru_cache(maxsize=None)
def add_days(date, days):
    day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:8])) + datetime.timedelta(days)
    return day.strftime("%Y%m%d")


@functools.lru_cache(maxsize=1 << 16)
def date_at(now):
    """The local day of a Unix second."""
    return datetime.datetime.fromtimestamp(now + UTC_OFFSET,
                                           datetime.timezone.utc).strftime("%Y%m%d")


def slot_start(date, slot):
    return midnight(date) + slot * HALF_HOUR


def seconds_kept(date):
    """How long the keys of a day live, far beyond any run; each day's a day longer."""
    return 100 * DAY + midnight(date) - midnight(FIRST_DAY)


def clock_text(now):
    return datetime.datetime.fromtimestamp(now + UTC_OFFSET,
                                           datetime.timezone.utc).strftime("%m-%d %H:%M:%S")


def key(kind, date=None):
    return f"{{{CITY}}}:{kind}" + (f":{date}" if date else "")


def person(number):
    return f"person-{number:07d}"


def person_number(person):
    return int(person[-7:])


def agent(number):
    return f"agent-{number:08d}"
