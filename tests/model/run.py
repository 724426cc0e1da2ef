# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Runs operations against Redis and the model: at once in rounds, or a given list one by one."""
import collections
import re
import subprocess

import catalogue
import compare
import following
import invariants
import operations
import resp
import world
from check import Mismatch, check_answer
from generate import Generator
from model import LEDGER, Model
from scene import Scene

CLIENTS, COMPARE_EVERY, REPLAYED_AT_ONCE = 4, 1000, 32
TTL_CHECKS = 0.04  # of all rounds
ORDER_KEY = "order"
VERSION = re.compile(r"^#!lua name=jiaohao_(\w+)\n")


class Failed(Exception):
    """A run that failed: the operations that were `done`, in the order in which Redis did them;
    `is_answer`: the last one's answer was wrong, not what stands there afterwards."""

    def __init__(self, message, done, is_answer):
        super().__init__(message)
        self.message, self.done, self.is_answer = message, done, is_answer


class Store:
    """A Redis with the library in it; `audit` is the path of the service's program or None."""

    def __init__(self, server, library, audit=None):
        self.server, self.audit_program = server, audit
        self.clients = [resp.Connection(server.path) for _ in range(CLIENTS)]
        self.version = VERSION.match(library)[1]
        self.call("FUNCTION", "FLUSH")
        self.call("FUNCTION", "LOAD", library)

    def call(self, *args):
        return self.clients[0].call(*args)

    def empty(self):
        self.call("FLUSHALL")
        self.call("SADD", "jiaohao:cities", world.CITY)

    def at_once(self, asked, clients):
        """Sends them over so many clients, all of them before any answer; Redis counts them as
        it comes to them. Returns (operation, reply) in its order."""
        used = [self.clients[i % clients] for i in range(len(asked))]
        for client, op in zip(used, asked):
            client.send(("MULTI",), ("INCR", ORDER_KEY), op.command(self.version), ("EXEC",))
        done = []
        for client, op in zip(used, asked):
            for _ in range(3):
                client.receive()
            order, reply = client.receive()
            done.append((order, op, reply))
        return [(op, reply) for _, op, reply in sorted(done, key=lambda one: one[0])]

    def one_by_one(self, asked):
        """The replies to a few, without concurrency."""
        client = self.clients[0]
        client.send(*[op.command(self.version) for op in asked])
        replies = []
        for _ in asked:
            try:
                replies.append(client.receive())
            except resp.RedisError as error:
                replies.append(error)
        return replies

    def take_back_attendance(self):
        """Here people come without a ticket, which the audit would miss: they are booked again, which
        is the same for units and for the index of persons."""
        for name in self.call("KEYS", world.key("reservations", "*")):
            for field, record in zip(*[iter(self.call("HGETALL", name))] * 2):
                if record[0] in "cls":
                    self.call("HSET", name, field, "b" + record[1:])

    def audit(self, rules):
        if not self.audit_program:
            return
        self.call("SET", world.key("catalogue"),
                  catalogue.document(rules).encode().decode("latin-1"))
        ended = subprocess.run([self.audit_program, "audit", "--redis", f"unix:{self.server.path}"],
                               capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise Mismatch(f"jiaohao audit: {ended.stdout}{ended.stderr}")

    def close(self):
        for client in self.clients:
            client.close()


class Run:
    """The model beside a store that begins empty."""
    comes_without_ticket = True

    def __init__(self, store):
        self.store, self.model = store, Model()
        self.done, self.events = [], []
        self.reached = collections.Counter()  # (function, outcome) → how often
        self.is_answered = False  # what is compared now is an answer
        store.empty()

    def predict(self, op):
        """What the next operation is to answer."""
        self.done.append(op)
        self.is_answered = True
        expected = self.model.apply(op)
        for outcome in _outcomes(op, expected):
            self.reached[op.function, outcome] += 1
        return expected

    def judge(self, op, expected, reply):
        if isinstance(reply, resp.RedisError):
            raise Mismatch(f"{op}\n  failed: {reply}")
        if isinstance(op, operations.Prove):
            last = self.events[-1][0] if self.events else "0-0"
            if reply[0] != last:
                raise Mismatch(f"{op}\n  the last event is {last}, not {reply[0]}")
        event = check_answer(op, expected, reply)
        if event:
            self.events.append(event)

    def take(self, op, reply):
        """The next of Redis' answers, in its order."""
        self.judge(op, self.predict(op), reply)

    def check(self):
        """What stands in Redis as a whole."""
        self.is_answered = False
        compare.compare(self.store.clients[0], self.model.city)
        self._check_stream()

    def check_end(self):
        """After what happens every minute: past days are forgotten, and those who wait get what
        they may have by now."""
        if not self.done:
            return
        last = self.done[-1]
        everywhere = tuple(self.model.city.inventories)
        now = max(op.at for op in self.done)
        at_last = [operations.Sweep(now, last.rules),
                   operations.Promote(now, last.rules, everywhere)]
        for op, reply in zip(at_last, self.store.one_by_one(at_last)):
            self.take(op, reply)
        self.check()
        invariants.check(self.store.clients[0], now, last.rules)
        if self.comes_without_ticket:
            self.store.take_back_attendance()
        self.store.audit(last.rules)

    def _check_stream(self):
        stream = [(event_id, pairs) for event_id, pairs in
                  self.store.call("XRANGE", world.key("events"), "-", "+")]
        told = [(event_id, pairs) for event_id, pairs in self.events]
        if stream != [(event_id, list(pairs)) for event_id, pairs in told]:
            raise Mismatch("the stream does not say what the answers said")


def _outcomes(op, expected):
    if type(op) in LEDGER:
        return [re.match(r"[a-z]+|[A-Z][gyru]?", expected.outcome)[0]]
    if op.function == "reserve":
        return ["ok" if isinstance(one, int) else re.match(r"[A-Z][gyru]?", one)[0]
                for one in expected[0]]
    return ["ok"]


def drive(run, scene, generator, count, clients):
    """`count` operations, up to four at once, by so many clients. Returns how often which
    outcome was reached; raises Failed."""
    compared = 0
    try:
        while len(run.done) < count:
            scene.advance()
            asked = [generator.next() for _ in range(scene.random.randint(1, CLIENTS))]
            for op, reply in run.store.at_once(asked[:count - len(run.done)], clients):
                run.take(op, reply)
            if scene.chance(TTL_CHECKS):
                compare.check_ttls(run.store.clients[0])
            if len(run.done) - compared >= COMPARE_EVERY:
                compared = len(run.done)
                run.check()
        run.check_end()
    except Mismatch as mismatch:
        raise Failed(str(mismatch), run.done, run.is_answered) from mismatch
    return run.reached


def repeat(run, noted, write_anew):
    """Does operations one by one, each as `write_anew` makes it of what was noted. Returns them
    as they were written, and the message of what failed or None."""
    try:
        for first in range(0, len(noted), REPLAYED_AT_ONCE):
            asked, expected = [], []
            for one in noted[first:first + REPLAYED_AT_ONCE]:
                asked.append(write_anew(one))
                expected.append(run.predict(asked[-1]))
            for op, wanted, reply in zip(asked, expected, run.store.one_by_one(asked)):
                run.judge(op, wanted, reply)
        run.check_end()
    except Mismatch as mismatch:
        return run.done, str(mismatch)
    return run.done, None


def run_random(store, seed, count, clients=CLIENTS):
    run = Run(store)
    scene = Scene(seed, run.model.city)
    return drive(run, scene, Generator(scene), count, clients)


def replay(store, noted):
    """Of operations noted by following.py."""
    run = Run(store)
    return repeat(run, noted, lambda one: following.write_anew(one, run.model.city))
