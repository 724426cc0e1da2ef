#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Instructions of the service for a booking, an availability answer, a refusal and a display's event.

    bench/instructions.py [--save] [BINARY...]

BINARY is a release build of any age (JIAOHAO in the environment otherwise): only the contract is used. Each has a
column, named after the commit of the checkout that it stands in. Exits with 1 when the rounds of a figure are further apart than SPREAD_MAX.
"""
import argparse
import collections
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import saved  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, WINDOWS, SPREAD_MAX, WAIT_S, IDLE_S = 3, 9, 0.005, 60, 15
NOW, CITY, HALL, SERVICE, WINDOW = "2026-11-23T10:00:00+08:00", "410400", "410400-01", "social.card", "51"
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # GB 11643-1999
CALLS, DISPLAY_EVENTS = 24, 2  # of a window; of a call: `called` and `waiting`

Case = collections.namedtuple("Case", "name at_once times status request")
# `at_once` requests, `times` in each window. What no booking has stirred the heap for comes first: it costs the same then.
CASES = (
    Case("availability, 2 days", 1, 400, 200, lambda bench, _: bench.availability()),
    Case("refused booking, sold out", 1, 200, 409, lambda bench, _: bench.booking(bench.full)),
    Case("booking alone", 1, 100, 201, lambda bench, n: bench.booking(bench.targets[n * len(bench.targets) // 100])),
    Case("booking, batches of 64", 64, 2, 201, lambda bench, n: bench.booking(bench.targets[n * len(bench.targets) // 128])),
)


class Wrong(Exception):
    pass


def until(what, ready):
    """Waits for something true from `ready`, and gives it."""
    deadline = time.monotonic() + WAIT_S
    while not (value := ready()):
        if time.monotonic() > deadline:
            raise Wrong(f"{what}: not within {WAIT_S} s")
        time.sleep(0.002)
    return value


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout.strip()


def answer(connection, status):
    response = http.client.HTTPResponse(connection)
    response.begin()
    body = response.read().decode()
    if response.status != status:
        raise Wrong(f"{response.status}, not {status}: {body}")
    return body


class Process:
    """One that says when it is ready."""

    def __init__(self, log, command, **environment):
        self.log, self.errors = log, log.with_suffix(".err")
        with open(log, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=os.environ | environment)
        self.pid = self.process.pid

    def address(self):
        return "127.0.0.1", int(until(self.log, self._ready)[1])

    def _ready(self):
        if self.process.poll() is not None:
            raise Wrong(self.errors.read_text(encoding="utf-8")[-2000:])
        return re.search(r"^ready .*:(\d+)$", self.log.read_text(encoding="utf-8"), re.M)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Measured(Process):
    """One under callgrind."""

    def __init__(self, log, command):
        self.out, self.dumps, self.since, self.idle_a_second = log.with_suffix(".callgrind"), 0, 0, 0
        super().__init__(log, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.out}", *command],
                         GLIBC_TUNABLES="glibc.malloc.tcache_count=65535")

    def taken(self):
        """Instructions since the last time, without those of its timers, which depend on how long that was."""
        run("callgrind_control", "--dump", str(self.pid))
        self.dumps += 1
        dump = pathlib.Path(f"{self.out}.{self.dumps}").read_text(encoding="utf-8")
        since, self.since = self.since, time.monotonic()
        return int(re.search(r"^totals: (\d+)", dump, re.M)[1]) - self.idle_a_second * (self.since - since)

    def watch_idle(self):
        self.taken()
        begun = self.since
        time.sleep(IDLE_S)
        self.idle_a_second = self.taken() / (self.since - begun)

    @contextlib.contextmanager
    def still(self):
        """Once it has nothing left to do; what comes meanwhile, it finds in one turn of its loop."""
        until("rest", self._rests)
        os.kill(self.pid, signal.SIGSTOP)
        try:
            until("SIGSTOP", lambda: "\nState:\tT" in self._status())
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _status(self):
        return pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")

    def _rests(self):
        """Whether it sleeps, and did not wake between two looks."""
        before = self._status()
        time.sleep(0.002)
        return "\nState:\tS" in before and before == self._status()


class Bench:
    """A service that holds the store and takes the clerks' requests, and the measured one, which shares the store."""

    def __init__(self, work, stack, binary):
        self.binary, self.data, self.requests = binary, work / "data", 0
        self.redis = self.data / "redis/redis.sock"
        city = self.make_city(work)
        serve = [binary, "serve", f"--data={self.data}", "--listen=127.0.0.1:0", f"--now={NOW}"]
        host = Process(work / "host", serve)
        stack.callback(host.stop)
        self.host = host.address()
        run(binary, "load", "--data", self.data, city)
        self.gateway, self.clerk = self.token("gateway"), self.token("clerk", "--hall", HALL)
        self.measured = Measured(work / "measured", [*serve, f"--redis=unix:{self.redis}"])
        stack.callback(self.measured.stop)
        self.address = self.measured.address()
        self.measured.watch_idle()

    def make_city(self, work):
        """Two halls: callgrind reads a large city for so long that the service takes its store for lost."""
        run("python3", HERE / "catalogue.py", "hall", HERE / "../demo/410400.json", work / "hall")
        self.targets = [line.split() for line in (work / "hall.targets").read_text().splitlines()]
        self.full = (work / "hall.full").read_text().split()
        city = json.loads((work / "hall.json").read_text())
        city["halls"] = [city["halls"][0], city["halls"][-1]]
        (work / "city.json").write_text(json.dumps(city))
        return work / "city.json"

    def token(self, role, *scope):
        return run(self.binary, "token", "create", "--data", self.data, "--role", role, "--city", CITY, *scope)

    def redis_calls(self):
        stats = run("redis-cli", "-s", self.redis, "info", "commandstats")
        return sum(int(calls) for calls in re.findall(r"^cmdstat_fcall(?:_ro)?:calls=(\d+)", stats, re.M))

    def batches(self):
        with socket.create_connection(self.address, WAIT_S) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n")
            return int(re.search(r"^jiaohao_booking_batches_total (\d+)", answer(connection, 200), re.M)[1])

    # --- requests

    def post(self, token, path, body=None):
        payload = json.dumps(body, ensure_ascii=False).encode() if body else b""
        self.requests += 1
        return (f"POST /v1/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
                f"Idempotency-Key: 8e03978e-40d5-43e8-bc93-{self.requests:012d}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(payload)}\r\n\r\n").encode() + payload

    def booking(self, target):
        """For another person each time, of whom none is 60 yet."""
        digits = f"410402{datetime.date(1980, 1, 1) + datetime.timedelta(self.requests):%Y%m%d}001"
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS)) % 11]
        applicant = {"name": "赵伟", "id_number": digits + check, "phone": f"138{self.requests:08d}"}
        return self.post(self.gateway, "reservations", dict(zip(("hall", "service", "date", "start"), target),
                                                            applicant=applicant))

    def availability(self):
        return f"GET /v1/halls/{HALL}/availability?service={SERVICE}&days=2 HTTP/1.1\r\nHost: bench\r\n\r\n".encode()

    def at_host(self, status, request):
        with socket.create_connection(self.host, WAIT_S) as connection:
            connection.sendall(request)
            answer(connection, status)

    def operate(self, path, status, body=None):
        self.at_host(status, self.post(self.clerk, f"halls/{HALL}/{path}", body))

    # --- what is measured

    def windows(self, count, once):
        """The median of instructions a piece, of windows with `count` pieces each; the first one warms up."""
        once()
        self.measured.taken()
        windows = []
        for _ in range(WINDOWS):
            once()
            windows.append(self.measured.taken() / count)
        return statistics.median(windows)

    def ask(self, case, connections):
        for turn in range(case.times):
            requests = [case.request(self, turn * case.at_once + n) for n in range(case.at_once)]
            with self.measured.still():
                for connection, request in zip(connections, requests):
                    connection.sendall(request)
            for connection in connections:
                answer(connection, case.status)

    def case(self, case):
        batches, calls, count = self.batches(), self.redis_calls(), case.at_once * case.times
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(socket.create_connection(self.address, WAIT_S))
                           for _ in range(case.at_once)]
            for connection in connections:  # so that all are accepted when the first round comes
                connection.sendall(self.availability())
                answer(connection, 200)
            figure = self.windows(count, lambda: self.ask(case, connections))
        batches = self.batches() - batches
        if case.status == 201 and batches != case.times * (WINDOWS + 1):
            raise Wrong(f"{case.name}: {batches} batches")
        return figure, (self.redis_calls() - calls) / (count * (WINDOWS + 1))

    def call(self, display):
        for _ in range(CALLS):
            with self.measured.still():
                for operation in ("call-next", "start", "finish"):
                    self.operate(f"windows/{WINDOW}/{operation}", 200)
            await_events(display, DISPLAY_EVENTS)

    def display_event(self):
        """Of a call at one display; the host takes the call itself."""
        self.operate(f"windows/{WINDOW}/open", 200)
        for _ in range(CALLS * (WINDOWS + 1)):
            self.operate("tickets", 201, {"service": SERVICE})
        with socket.create_connection(self.address, WAIT_S) as display:
            display.sendall(f"GET /v1/halls/{HALL}/display/events HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            await_events(display, 1)  # the snapshot
            return self.windows(CALLS * DISPLAY_EVENTS, lambda: self.call(display))

    def figures(self):
        """Name: instructions and Redis calls."""
        self.at_host(201, self.booking(self.full))
        figures = {case.name: self.case(case) for case in CASES}
        return figures | {"display event, one stream": (self.display_event(), 0)}


def await_events(display, count):
    """They come whole: one piece of the answer has all of a call."""
    text = b""
    while text.count(b"\nevent: ") < count or not text.endswith(b"\n\n\r\n"):
        text += display.recv(1 << 16)


def measure(binary):
    with tempfile.TemporaryDirectory(prefix="jiaohao-bench.", dir=os.environ.get("BENCH_DIR")) as work, \
            contextlib.ExitStack() as stack:
        return Bench(pathlib.Path(work), stack, binary).figures()


def commit(binary):
    try:
        return run("git", "-C", binary.parent, "describe", "--always", "--dirty", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        return str(binary)


def table(rounds):
    """`rounds` has those of each build: {build: [figures]}."""
    lines = [f"Instructions of the service's process, medians of {ROUNDS} rounds; ± is how far the rounds are apart.", "",
             f"| one … | {' | '.join(rounds)} | Redis calls |", "| --- |" + " ---: |" * (len(rounds) + 1)]
    worst = 0
    for name in next(iter(rounds.values()))[0]:
        cells = []
        for figures in rounds.values():
            values = [one[name][0] for one in figures]
            median, apart = statistics.median(values), max(values) - min(values)
            worst = max(worst, apart / median)
            cells.append(f"{median:,.0f} ± {apart / median:.2%}")
        lines.append(f"| {name} | {' | '.join(cells)} | {figures[-1][name][1]:.2f} |")
    return "\n".join(lines) + "\n", worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", action="store_true", help="put the table into bench/README.md")
    parser.add_argument("binaries", metavar="BINARY", nargs="*", default=[os.environ.get("JIAOHAO")])
    arguments = parser.parse_args()
    if not all(arguments.binaries):
        parser.error("give a BINARY, or JIAOHAO in the environment")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the services end, too
    builds = {commit(path): path for path in (pathlib.Path(binary).resolve() for binary in arguments.binaries)}
    rounds = collections.defaultdict(list)
    for number in range(ROUNDS):
        for name, binary in builds.items():
            print(f"round {number + 1} of {ROUNDS}: {binary}", file=sys.stderr)
            rounds[name].append(measure(binary))
    text, worst = table(rounds)
    print(text, end="")
    if arguments.save:
        saved.save("instructions", text)
    if worst > SPREAD_MAX:
        sys.exit(f"rounds are {worst:.2%} apart, more than {SPREAD_MAX:.1%}")


if __name__ == "__main__":
    main()
