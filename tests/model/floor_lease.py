# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Work over a whole city that one worker does at a time (scheduler/lease.lua), and which
halls' days are still open (open_floors.lua): operations and their model."""
import dataclasses

from check import Mismatch
from floor_ticket import OUTSIDE, UNFINISHED
from operations import Operation, key

LEASE_MS = 100_000_000  # no run is as long


@dataclasses.dataclass(frozen=True)
class CityOperation(Operation):
    """`function`, its keys and its arguments; the reply is read by `check`."""

    def keys(self):
        return [key("lease")]

    def command(self, version):
        keys = self.keys()
        return ["FCALL", f"{self.function}_{version}", len(keys), *keys, *self.args()]

    def check(self, expected, reply):
        if expected != reply:
            raise Mismatch(f"{self}\n  must be {expected!r}\n  but is  {reply!r}")


@dataclasses.dataclass(frozen=True)
class TakeLease(CityOperation):
    """`token`: the one that the worker had, or '0'."""
    function = "lease"
    token: str
    worker: str

    def keys(self):
        return [key("lease"), key("lease_token")]

    def args(self):
        return [self.token, self.worker, LEASE_MS]

    def check(self, expected, reply):
        """How long another's lease still lasts is the clock's."""
        if expected[0] == "0" and 0 < reply[1] <= LEASE_MS:
            reply = [reply[0], LEASE_MS]
        super().check(expected, reply)

    def apply(self, model):
        lease = model.lease
        if lease.get("token") != self.token:
            if "token" in lease:
                return ["0", LEASE_MS]
            model.city.put(lease, "last", lease.get("last", 0) + 1)
            model.city.put(lease, "token", str(lease["last"]))
            model.city.put(lease, "worker", self.worker)
        return [lease["token"], LEASE_MS]


@dataclasses.dataclass(frozen=True)
class EndLease(CityOperation):
    function = "end_lease"
    token: str

    def args(self):
        return [self.token]

    def apply(self, model):
        if model.lease.get("token") != self.token:
            return 0
        model.city.put(model.lease, "token", None)
        return 1


@dataclasses.dataclass(frozen=True)
class BeginPass(CityOperation):
    """`minute` may be empty: the pass is not counted."""
    function = "begin_pass"
    token: str
    job: str
    minute: str

    def keys(self):
        return [key("lease"), key("passes")]

    def args(self):
        return [self.token, self.job, self.minute]

    def apply(self, model):
        if model.lease.get("token") != self.token:
            return 0
        if self.minute and model.passes.get(self.job) == self.minute:
            return 0
        if self.minute:
            model.city.put(model.passes, self.job, self.minute)
        return 1


@dataclasses.dataclass(frozen=True)
class OpenFloors(CityOperation):
    function = "open_floors"
    date: str
    is_last: bool

    def keys(self):
        return [key("tickets", self.date), key("windows", self.date)]

    def args(self):
        return [int(self.is_last), 0]

    def command(self, version):
        return ["FCALL_RO", *super().command(version)[1:]]

    def check(self, expected, reply):
        """A call tells of a part of the day, unless it is the last one."""
        cursor, *told = reply
        if cursor != "0":
            expected = [text for text in expected if text in told]
        super().check(expected, told)

    def apply(self, model):
        found = []
        for (hall, date), floor in model.floors.items():
            statuses = UNFINISHED if self.is_last else OUTSIDE
            waits = any(ticket.status in statuses for ticket in floor.tickets.values())
            serves = any(window.state != "c" and (self.is_last or window.ticket == "-")
                         for window in floor.windows.values())
            if date == self.date:
                issuers = {name.split("/")[0] for name in floor.tickets}
                is_open = ["-"] if waits or serves else []
                found += [f"{hall} {queue}" for queue in (*is_open, *issuers)]
        return sorted(found)
