# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""A store filled far beyond what a day brings, and calls of the Functions as the service sends
them (slots/*/*.lua and scheduler/*.lua say what stands where)."""
import hashlib
import re
import sys

import record
import resp
import server

CITY, HALL, DATE, NEXT_DATE = "410400", "410400-01", "20261127", "20261128"
YESTERDAY = "20261126"
MIDNIGHT, DAY, SLOT_SECONDS = 1795708800, 86400, 1800  # DATE 00:00 in Pingdingshan
SERVICE, SLOT, KEEP = "tax", 18, 8640000
NOON, EVENING = MIDNIGHT + 12 * 3600, MIDNIGHT + 20 * 3600
DAY_KINDS = ("units", "reservations", "entries", "waiting")
HALL_KINDS = ("line", "calls")
AT_ONCE = 2000  # commands of a pipeline
EVENTS_AN_ENTRY = 500  # of the stream
MORNING = MIDNIGHT + 6 * 3600
READS = ("hget", "hmget")
CONTENTS = {"string": ["GET"], "list": ["LRANGE", 0, -1], "hash": ["HGETALL"],
            "zset": ["ZRANGE", 0, -1, "WITHSCORES"], "stream": ["XRANGE", "-", "+"]}


def key(*words):
    return f"{{{CITY}}}:" + ":".join(words)


def person(number):
    return f"person-{number:07d}"


def made(number, status="b", slot=SLOT, service=SERVICE, span=1, **extras):
    """The record of person `number`, made before those of larger numbers."""
    return record.write(record.Record(
        status, "g", slot, span, 1, person(number), f"{number:06d}", service, "wechat", 2,
        (MIDNIGHT - DAY) * 1000 + number, extras, "what is sealed stands behind all the rest"))


class Place:
    """An inventory, with what the catalogue would say of its queue."""

    def __init__(self, queue="A", date=DATE, hall=HALL, keep_minutes=0):
        self.queue, self.date, self.hall, self.keep_minutes = queue, date, hall, keep_minutes
        self.prefix = queue

    @property
    def midnight(self):
        return MIDNIGHT + (int(self.date) - int(DATE)) * DAY

    def field(self, name):
        return f"{self.hall} {self.queue} {name}"

    def named(self, number):
        return f"{self.date} {self.hall} {self.queue} {number}"

    @property
    def facts(self):
        """closes 0, no offers, no resale, late 30"""
        return (f"{self.hall} {self.queue} {self.date} {self.midnight} 0 0 0 {self.keep_minutes} 30 "
                f"{KEEP} {self.prefix} -")


class Reply:
    """What a ledger call answered: the entries of its event, what it tells, outcome, details."""

    def __init__(self, reply):
        entries, told, self.outcome, *self.details = reply
        self.entries = entries.split()
        self.told = list(zip(told[::2], told[1::2]))


class Store:
    """Calls whose error has written something fail the test."""

    def __init__(self, library):
        self.server = server.Server()
        self.connection = resp.Connection(self.server.path)
        self.call("FUNCTION", "LOAD", library)
        self.version = re.match(r"^#!lua name=jiaohao_(\w+)\n", library)[1]
        self.slowest_us = 0  # of the calls since empty()
        self.is_small = True  # it is looked whether an error has written something
        self.called = set()  # Functions, since empty()

    def stop(self):
        self.connection.close()
        self.server.stop()

    def call(self, *args):
        return self.connection.call(*args)

    def empty(self):
        self.call("FLUSHALL")
        self.slowest_us, self.is_small, self.called = 0, True, set()

    def send(self, commands):
        """Many commands, whose replies are not looked at."""
        commands = list(commands)
        for first in range(0, len(commands), AT_ONCE):
            part = commands[first:first + AT_ONCE]
            self.connection.send(*part)
            for _ in part:
                self.connection.receive()

    def digest(self):
        """Of all that stands in the store: the same before and after a call that wrote nothing."""
        digest = hashlib.sha256()
        for name in sorted(self.call("KEYS", "*")):
            read, *args = CONTENTS[self.call("TYPE", name)]
            values = self.call(read, name, *args)
            if read == "HGETALL":  # in an order that Redis changes while it reads
                values = sorted(zip(values[::2], values[1::2]))
            digest.update(repr((name, self.call("PTTL", name) >= 0, values)).encode())
        return digest.hexdigest()

    def ledger(self, function, places, args=(), at=NOON, floor=None, fence=None):
        """Calls a Function of the ledger; with `floor`, a date, one of the hall's day; with `fence`, a
        token, under that lease."""
        keys = [key("events"), key("health"), key("persons"), key("idempotency", DATE),
                key("idempotency", YESTERDAY), key("due"), key("plan"), key("agents", DATE)]
        for date in sorted({place.date for place in places}):
            keys += [key(kind, date) for kind in DAY_KINDS]
        if floor:
            keys += [key("tickets", floor), key("windows", floor)]
            keys += [key(kind, floor, HALL) for kind in HALL_KINDS]
            keys.append(key("windows", YESTERDAY))
        rules = f"{at} {DATE} 5 o 10 2 30 30 5 {at * 1000} r"
        args = [rules, len(places), *(place.facts for place in places), *args]
        if fence:
            self.called.add(function)
            keys, args = [key("lease"), *keys], [fence, f"{function}_{self.version}", *args]
            function = "fenced"
        return Reply(self.function(function, keys, *args))

    def function(self, name, keys, *args):
        """An error must have written nothing."""
        before = self.digest() if self.is_small else None
        self.called.add(name)
        started = self._cpu_us()
        try:
            return self.call("FCALL", f"{name}_{self.version}", len(keys), *keys, *args)
        except resp.RedisError as error:
            assert before in (None, self.digest()), f"{error}, and something was written"
            raise
        finally:
            self.slowest_us = max(self.slowest_us, self._cpu_us() - started)

    def registered(self):
        """The names of the library's Functions, without its version."""
        (library,) = self.call("FUNCTION", "LIST")
        functions = dict(zip(library[::2], library[1::2]))["functions"]
        names = [dict(zip(function[::2], function[1::2]))["name"] for function in functions]
        assert all(name.endswith(f"_{self.version}") for name in names), names
        return {name.removesuffix(f"_{self.version}") for name in names}

    def refuses(self, outcome, call, *args, **named):
        """The call has this outcome and writes nothing."""
        before = self.digest()
        reply = call(*args, **named)
        assert reply.outcome == outcome, f"{reply.outcome} and not {outcome}"
        assert not reply.told, reply.told
        assert self.digest() == before, f"{outcome}, and something was written"
        return reply

    def fails(self, text, call, *args, **named):
        """The call ends with an error, which has written nothing."""
        before = self.digest()
        try:
            call(*args, **named)
        except resp.RedisError as error:
            assert text in str(error), error
        else:
            raise AssertionError(f"no error: {text}")
        assert self.digest() == before, f"{text}, and something was written"

    def reads(self, call):
        """How many commands the Functions of a call read hashes with; and what it gave."""
        self.call("CONFIG", "RESETSTAT")
        given = call()
        stats = re.findall(r"cmdstat_(\w+):calls=(\d+)", self.call("INFO", "commandstats"))
        return sum(int(calls) for name, calls in stats if name in READS), given

    def stream(self):
        """The events of the stream as (entry, kind, value)."""
        return [(entry, *pair) for entry, values in self.call("XRANGE", key("events"), "-", "+")
                for pair in zip(values[::2], values[1::2])]

    def expect_told(self, reply):
        """What a reply tells stands in the stream, in the entries that it names."""
        told = [(reply.entries[i // EVENTS_AN_ENTRY], *event) for i, event in enumerate(reply.told)]
        assert told == [event for event in self.stream() if event[0] in reply.entries]

    def _cpu_us(self):
        """What Redis has worked, whoever else works on this machine."""
        spent = re.findall(r"used_cpu_(?:user|sys)_main_thread:([\d.]+)", self.call("INFO", "cpu"))
        return int(sum(map(float, spent)) * 1e6)

    # --- What stands there beforehand -------------------------------------------------------------

    def open(self, place, capacity, slots=(SLOT,)):
        """An inventory with so many free units in each half hour."""
        fields = [place.field("seq"), 0]
        for slot in slots:
            fields += [place.field(slot), capacity, place.field(f"c{slot}"), capacity]
        self.call("HSET", key("units", place.date), *fields)

    def book(self, place, count, first=1, slot=SLOT, status="b", **extras):
        """Reservations 1 … count of the persons `first` …"""
        persons = range(first, first + count)
        self.send(("HSET", key("reservations", place.date), place.field(number),
                   made(who, status, slot, **extras)) for number, who in enumerate(persons, 1))
        self.send(("HSET", key("persons"), person(who),
                   f";{SERVICE} {place.named(number)}") for number, who in enumerate(persons, 1))
        self.call("HSET", key("units", place.date), place.field("seq"), count)
        self.call("HINCRBY", key("units", place.date), place.field(slot), -count)

    def wait(self, place, count, slot=SLOT, first=100001):
        """So many wait for a half hour: the persons `first` …"""
        starts = chr(slot)
        self.send(("HSET", key("entries", place.date), place.field(f"w{number}"),
                   made(who, "q", slot, g=starts), f"~{person(who)} {SERVICE}",
                   place.field(f"w{number}"))
                  for number, who in enumerate(range(first, first + count), 1))
        self.send(("ZADD", key("waiting", place.date), 0, place.field(f"{number:07d}"))
                  for number in range(1, count + 1))
        self.call("HSET", key("entries", place.date), place.field("wseq"), count)

    def issue(self, place, count, issued=NOON):
        """Walk-ins who wait."""
        ms = issued * 1000
        tail = f"0 {ms} {ms} 0 0 0 0 - abcdef - - 0 0 0 - {place.queue}"
        self.send(("HSET", key("tickets", place.date), place.field(f"t{number}"),
                   f"w w w - {SERVICE} {place.queue} - - {tail}") for number in range(1, count + 1))
        self.send(("ZADD", key("line", place.date, HALL), 0,
                   f"{place.queue} w {ms:014d} {place.queue} {number:06d}")
                  for number in range(1, count + 1))
        self.call("HSET", key("tickets", place.date), place.field("tseq"), count)


def walk(call):
    """Repeats a call with the last of its details until that is empty; the details."""
    answers, cursor = [], ""
    while not answers or cursor:
        assert len(answers) < 1000, f"still {cursor}"
        reply = call(cursor)
        assert reply.outcome == "ok", reply.outcome
        answers.append(reply.details)
        cursor = reply.details[-1]
    return answers


def subjects(test):
    """The Functions that a test is about: what stands before the colon of its text."""
    return set(test.__doc__.split(":")[0].split(", "))


def run_one(store, test):
    """None, or why the test has failed."""
    store.empty()
    try:
        test(store)
    except Exception as error:  # whatever it is, the test has failed
        return f"{type(error).__name__}: {error}"
    uncalled = subjects(test) - store.called
    return f"never calls {', '.join(sorted(uncalled))}" if uncalled else None


def main(tests, are_all=False):
    """Runs tests, functions of a store, as TAP; with `are_all` also whether each Function that the library
    registers is the subject of one. The program's argument is the library."""
    store, failed = Store(open(sys.argv[1], encoding="utf-8").read()), 0

    def tell(number, why, text):
        nonlocal failed
        failed += why is not None
        print(f"{'not ok' if why else 'ok'} {number} - {text}" + (f"\n# {why}" if why else ""))

    print(f"1..{len(tests) + are_all}")
    try:
        for number, test in enumerate(tests, 1):
            tell(number, run_one(store, test), test.__doc__)
            print(f"# slowest call: {store.slowest_us} µs", flush=True)
        untested = store.registered() - set().union(*map(subjects, tests))
        if are_all:
            tell(len(tests) + 1, f"no test of {', '.join(sorted(untested))}" if untested else None,
                 "each Function of the library has a test of its limits")
    finally:
        store.stop()
    return failed > 0
