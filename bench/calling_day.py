# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""One day of a queue through the Functions in a Redis of its own: `issue`, `check_in` and what clerks do with
`window`. Redis decides who is called; the times are virtual, since the Functions take them as arguments.

When services begin does not depend on who is called, if the k-th service to begin takes the k-th time drawn (the
times are independent of the order, which does not know them). So the whole day is written down beforehand, Redis
reads it in one go, and the tickets say afterwards who waited how long.
"""
import heapq
import itertools
import pathlib
import random
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "model"))
import record  # noqa: E402
import resp  # noqa: E402
import run  # noqa: E402
import server  # noqa: E402
import world  # noqa: E402

DATE, HALL, QUEUE, SERVICE = "20261124", "410400-01", "A", "realestate.transfer"
# Reservations are for the first half hour and their people come later, so they earn from their arrival.
BEGIN_MS = (world.midnight(DATE) + world.HALF_HOUR + 1) * 1000
PLACE = f"{HALL} {QUEUE} {DATE} {world.midnight(DATE)} 30 0 0 0 {2 * world.DAY} {100 * world.DAY}"
WALK_IN, APPOINTMENT = "w", "a"
SENT_AT_ONCE = 2000


class Wrong(Exception):
    """The Functions did something else than they should."""


class Load(typing.NamedTuple):
    """Times in units of the mean service time; `rates` of arrival by class."""
    windows: int
    rates: dict
    unit_ms: int
    units: int
    warm_up: int   # who comes before that, or within `cool_down` of the end, is not measured
    cool_down: int


class Customer(typing.NamedTuple):
    kind: str
    arrived: int  # these in ms
    began: int    # what a queue without classes would have given him
    ended: int
    window: int


class Ticket(typing.NamedTuple):
    arrived: int
    called: int
    finished: int


def draw_day(load, seed):
    """Customers in the order of their arrival; the n-th service to begin is the n-th customer's."""
    draw = random.Random(seed)
    kinds, rates = zip(*load.rates.items())
    free = [(0, window) for window in range(1, load.windows + 1)]
    customers, now = [], 0.0
    while True:
        now += draw.expovariate(sum(rates)) * load.unit_ms
        if now > load.units * load.unit_ms:
            return customers
        kind = draw.choices(kinds, rates)[0]
        free_at, window = heapq.heappop(free)
        began = max(int(now), free_at)
        ended = began + max(1, round(draw.expovariate(1) * load.unit_ms))
        heapq.heappush(free, (ended, window))
        customers.append(Customer(kind, int(now), began, ended, window))


def is_measured(load, customer):
    return load.warm_up <= customer.arrived / load.unit_ms < load.units - load.cool_down


class Writer:
    """The bytes of calls: all but the time is the same in each."""

    def __init__(self, version, weights, windows):
        self.version = version
        names = ",".join(map(str, range(1, windows + 1)))
        self.queue = " ".join([QUEUE, *(f"{weight:g}" for weight in weights), "3", names])

    def template(self, function, *own):
        """Bytes with two places for the time, in seconds and in ms; each has the same length all day."""
        days = [world.key(kind, DATE) for kind in ("units", "reservations", "entries", "waiting")]
        floor = [world.key(kind, DATE) for kind in ("tickets", "windows")]
        floor += [world.key(kind, f"{DATE}:{HALL}") for kind in ("line", "calls")]
        floor.append(world.key("windows", world.add_days(DATE, -1)))
        keys = [world.key("events"), world.key("health"), world.key("persons"), world.key("idempotency", DATE),
                world.key("idempotency", world.add_days(DATE, -1)), world.key("due"), world.key("plan"),
                world.key("agents", DATE), *days, *floor]
        rules = f"{BEGIN_MS // 1000} {DATE} 5 o 10 2 30 30 5 {BEGIN_MS}"
        command = resp.command(["FCALL", f"{function}_{self.version}", len(keys), *keys, rules, 1, PLACE, *own])
        timed = rules.replace(str(BEGIN_MS), "%(ms)d").replace(str(BEGIN_MS // 1000), "%(s)d")
        return command.replace(b"%", b"%%").replace(rules.encode(), timed.encode())

    def issue(self):
        return self.template("issue", "", "digest08", 1, SERVICE, "-", "", 18, "", "SALT00", 3)

    def check_in(self, sequence):
        return self.template("check_in", 1, sequence, "SALT00", 3)

    def window(self, window, operation, argument=""):
        return self.template("window", "", "digest08", window, operation, argument, 1, self.queue)


def timed(template, ms):
    at = BEGIN_MS + ms
    return template % {b"ms": at, b"s": at // 1000}


def calls_of(writer, load, customers):
    """The day's calls in their order. At one instant who ends goes first, then who comes, then who is called."""
    windows = range(1, load.windows + 1)
    call, start, finish = ({window: writer.window(window, operation) for window in windows}
                           for operation in ("call-next", "start", "finish"))
    issue, mark = writer.issue(), 7_777_777
    before, after = writer.check_in(mark).split(b"$7\r\n%d\r\n" % mark)
    for window in windows:
        yield timed(writer.window(window, "open", QUEUE), 0)
    events = []
    for n, customer in enumerate(customers):
        events.append((customer.arrived, 1, n))
        events.append((customer.began, 2, n))
        events.append((customer.ended, 0, n))
    sequence = itertools.count(1)
    for ms, step, n in sorted(events):
        window = customers[n].window
        if step == 0:
            yield timed(finish[window], ms)
        elif step == 2:
            yield timed(call[window], ms) + timed(start[window], ms)
        elif customers[n].kind == WALK_IN:
            yield timed(issue, ms)
        else:
            number = b"%d" % next(sequence)
            yield timed(before, ms) + b"$%d\r\n%s\r\n" % (len(number), number) + timed(after, ms)


def put_reservations(redis, count):
    for first in range(1, count + 1, SENT_AT_ONCE):
        fields = []
        for n in range(first, min(first + SENT_AT_ONCE, count + 1)):
            fields += [f"{HALL} {QUEUE} {n}", record.write(record.Record(
                "b", "o", 0, 1, 1, world.person(n), "SALT00", SERVICE, "wechat", 2, BEGIN_MS, {}, "sealed"))]
        redis.call("HSET", world.key("reservations", DATE), *fields)
    redis.call("HSET", world.key("units", DATE), f"{HALL} {QUEUE} seq", count, f"{HALL} {QUEUE} 0", 0)


def read_tickets(redis, count):
    """The day's tickets in the order in which they were issued; all of them must be done."""
    tickets = []
    for first in range(1, count + 1, SENT_AT_ONCE):
        numbers = range(first, min(first + SENT_AT_ONCE, count + 1))
        texts = redis.call("HMGET", world.key("tickets", DATE), *(f"{HALL} {QUEUE} t{n}" for n in numbers))
        for text in texts:
            columns = (text or "none").split(" ")
            if columns[0] != "d":
                raise Wrong(f"a ticket is not done: {text}")
            tickets.append(Ticket(*(int(columns[n]) - BEGIN_MS for n in (9, 11, 13))))
    issued = redis.call("HGET", world.key("tickets", DATE), f"{HALL} {QUEUE} tseq")
    if int(issued) != count:
        raise Wrong(f"{issued} tickets for {count} customers")
    return tickets


def run_day(library, load, customers, weights):
    """The tickets of the customers, in their order. `weights`: of walk-ins, appointments and priority."""
    redis_server = server.Server()
    try:
        redis = resp.Connection(redis_server.path)
        redis.call("FUNCTION", "LOAD", library)
        put_reservations(redis, sum(customer.kind == APPOINTMENT for customer in customers))
        calls = calls_of(Writer(run.VERSION.match(library)[1], weights, load.windows), load,
                         customers)
        redis.send(("CLIENT", "REPLY", "OFF"))
        while part := list(itertools.islice(calls, SENT_AT_ONCE)):
            redis.socket.sendall(b"".join(part))
        redis.send(("CLIENT", "REPLY", "ON"))
        redis.receive()
        tickets = read_tickets(redis, len(customers))
        redis.close()
        return tickets
    finally:
        redis_server.stop()
