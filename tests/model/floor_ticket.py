# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""A ticket and a window as they stand in Redis (docs/keys.md): written and read by this file,
independently of the service and its Functions."""
import typing

WAITING, CALLED, SERVING, DONE, MISSED, PARKED, CANCELLED = "wcsdmpx"
OUTSIDE = (WAITING, PARKED, MISSED)  # not at a window, and not done
UNFINISHED = (CALLED, SERVING, *OUTSIDE)


class Ticket(typing.NamedTuple):
    """The columns in their order; times are Unix ms, 0 for what has not happened. `joined` is no
    column: when it joined the line, which decides where it stands there."""
    status: str
    kind: str
    klass: str
    priority: str
    service: str
    queue: str
    window: str
    directed: str
    calls: int
    issued: int
    earns: int
    called: int
    started: int
    finished: int
    recalls: int
    back: int | None
    salt: str
    person: str
    reservation: str
    missed: int
    step: int
    last_called: int
    evidence: str
    prefix: str = "-"  # set when it is issued
    joined: int = 0

    def text(self):
        return " ".join("-" if value is None else str(value) for value in self[:COLUMNS])

    def stands(self):
        """Where it stands in the line: (queue, class, score) each. An early one waits as a
        walk-in from its arrival and as what it is from its time on."""
        if self.status != WAITING:
            return []
        queue = self.queue if self.directed == "-" else f"@{self.directed}"
        if self.back is not None:
            return [(queue, "b", self.back)]
        own = queue, self.klass, self.earns
        is_early = self.klass != "w" and self.earns > self.joined
        return [(queue, "w", self.issued), own] if is_early else [own]


COLUMNS = len(Ticket._fields) - 1


def read_ticket(text):
    words = text.split(" ")
    if len(words) != COLUMNS:
        raise ValueError(f"a ticket has {COLUMNS} columns: {text!r}")
    read = dict(zip(Ticket._fields, words))
    for name in Ticket.__annotations__:
        if Ticket.__annotations__[name] is int and name in read:
            read[name] = int(read[name])
    read["back"] = None if read["back"] == "-" else int(read["back"])
    return Ticket(**read)


class Window(typing.NamedTuple):
    """`queues`: 'A,B' or '-'; `ticket`: its key or '-'; `since`: Unix ms."""
    state: str = "c"
    queues: str = "-"
    ticket: str = "-"
    since: int = 0

    def text(self):
        return " ".join(map(str, self))


def read_window(text):
    state, queues, ticket, since = text.split(" ")
    return Window(state, queues, ticket, int(since))


def key_parts(key):
    """'A/t12' → ('A', 12): in the order in which numbers are given, not as texts."""
    issuer, number = key.split("/t")
    return issuer, int(number)
