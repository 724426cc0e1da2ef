# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of the Functions of tickets and windows, and how it is written
(scheduler/*.lua say what stands where)."""
import dataclasses
import functools
import typing

import floor_world
import world
from operations import LedgerCall, LedgerOperation
from world import Place, key

HALL_KINDS = ("line", "calls")


class FloorCall(LedgerCall):
    """A ledger call that is also about a hall's floor: five keys behind the others."""

    def __init__(self, operation):
        super().__init__(operation)
        self.operation, self.now_ms = operation, operation.now_ms

    def command(self, function):
        op = self.operation
        fcall, function, count, *rest = super().command(function)
        keys, args = rest[:count], rest[count:]
        keys += [key("tickets", op.date), key("windows", op.date)]
        keys += [f"{key(kind, op.date)}:{op.hall}" for kind in HALL_KINDS]
        keys.append(key("windows", op.other_date))
        return [fcall, function, len(keys), *keys, *args]


@dataclasses.dataclass(frozen=True)
class FloorOperation(LedgerOperation):
    """`ms`: of the second `at`; `hall` and `date` say which floor."""
    ms: int
    hall: str
    date: str

    @property
    def now_ms(self):
        return self.at * 1000 + self.ms

    @property
    def is_former(self):
        return self.date < world.date_at(self.at)

    @property
    def other_date(self):
        """Of the windows that the call knows besides: today for a former day, else the day
        before."""
        return world.date_at(self.at) if self.is_former else world.add_days(self.date, -1)

    @functools.cached_property
    def named_places(self):
        call = FloorCall(self)
        self.push(call)
        return call.places

    def command(self, version):
        call = FloorCall(self)
        self.push(call)
        return call.command(f"{self.function}_{version}")


@dataclasses.dataclass(frozen=True)
class CheckIn(FloorOperation):
    """`also`: further places that the call names."""
    function = "check_in"
    place: Place
    number: int
    salt: str
    also: tuple

    @property
    def places_back(self):
        return floor_world.HALLS[self.hall][self.place.queue].places

    def push(self, call):
        call.push_place(self.place)
        call.push(self.number, self.salt, self.places_back)
        for place in self.also:
            call.number(place)


@dataclasses.dataclass(frozen=True)
class Issue(FloorOperation):
    """`person` may be None, and so may `quota`; 'closed' when nobody gets a number now."""
    function = "issue"
    tag: str
    digest: str
    place: Place
    service: str
    priority: str
    person: typing.Optional[int]
    slot: int
    quota: typing.Union[int, str, None]
    salt: str

    def push(self, call):
        call.push(self.tag, self.digest)
        call.push_place(self.place)
        for place in floor_world.queue_places(self.hall, self.date):
            call.number(place)
        one_open, most = floor_world.WALK_INS[self.hall]
        call.push(self.service, self.priority or "-",
                  "" if self.person is None else world.person(self.person), self.slot,
                  "" if self.quota is None else self.quota, self.salt,
                  floor_world.HALLS[self.hall][self.place.queue].places, int(one_open), most)


@dataclasses.dataclass(frozen=True)
class AtWindow(FloorOperation):
    """What a clerk does; `argument` as the operation takes it; `gone`: windows that have left the
    catalogue."""
    function = "window"
    tag: str
    digest: str
    window: str
    operation: str
    argument: str
    gone: tuple = ()

    def push(self, call):
        queues = floor_world.HALLS[self.hall]
        for place in floor_world.queue_places(self.hall, self.date):
            call.number(place)
        call.push(self.tag, self.digest, self.window, self.operation, self.argument, len(queues))
        for name, weights in queues.items():
            windows = [window for window in floor_world.windows_of(self.hall, name)
                       if window not in self.gone]
            call.push(" ".join(map(str, (name, *weights, ",".join(windows) or "-"))))
        call.push(int(floor_world.WALK_INS[self.hall][0]))


@dataclasses.dataclass(frozen=True)
class EndDay(FloorOperation):
    """`among`: the places that the call names; `fence`: a lease's token, or none; `behind`: the ticket
    behind which it goes on."""
    function = "end_day"
    among: tuple
    fence: str = ""
    behind: str = ""

    def command(self, version):
        plain = super().command(version)
        if not self.fence:
            return plain
        _, function, count, *rest = plain
        return ["FCALL", f"fenced_{version}", count + 1, key("lease"), *rest[:count], self.fence,
                function, *rest[count:]]

    def push(self, call):
        for place in self.among:
            call.number(place)
        call.push(self.behind)
