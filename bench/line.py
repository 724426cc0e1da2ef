#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What a ticket and a call cost Redis, by how many wait in the hall.

    bench/line.py --library FILE [--save]

FILE is slots/library.lua of a build directory. Redis' own time in each Function (INFO commandstats), which is the
time in which nobody else is served; medians of ROUNDS rounds, every length in each round.
"""
import argparse
import pathlib
import statistics
import sys

sys.dont_write_bytecode = True
import calling_day as day  # noqa: E402
import resp  # noqa: E402
import run  # noqa: E402
import saved  # noqa: E402
import server  # noqa: E402

LENGTHS, ROUNDS, CALLS = (1, 50, 200, 600, 2000), 5, 200
OPERATIONS = ("issue", "call-next", "start", "finish")


class Hall:
    """A hall with one open window and `waiting` people, in a Redis of its own."""

    def __init__(self, library, waiting):
        self.server = server.Server()
        self.redis = resp.Connection(self.server.path)
        self.redis.call("FUNCTION", "LOAD", library)
        self.writer = day.Writer(run.VERSION.match(library)[1], (0.5, 1, 2), 1)
        self.ms = 0
        self.do(self.writer.window(1, "open", day.QUEUE))
        for _ in range(waiting):
            self.do(self.writer.issue())

    def do(self, template):
        self.ms += 1
        self.redis.socket.sendall(day.timed(template, self.ms))
        answer = self.redis.receive()
        if answer[2] not in ("ok", b"ok"):
            raise day.Wrong(f"{answer}")

    def spent_us(self, template):
        """Redis' time in this call."""
        before = self._function_us()
        self.do(template)
        return self._function_us() - before

    def _function_us(self):
        for line in self.redis.call("INFO", "commandstats").splitlines():
            if line.startswith("cmdstat_fcall:"):
                return int(line.split("usec=")[1].split(",")[0])
        return 0

    def stop(self):
        self.redis.close()
        self.server.stop()


def measure(library, waiting):
    """Mean µs of each operation; one comes for each who is called, so the line stays as long."""
    hall = Hall(library, waiting)
    try:
        templates = {"issue": hall.writer.issue()}
        templates |= {name: hall.writer.window(1, name) for name in OPERATIONS[1:]}
        spent = dict.fromkeys(OPERATIONS, 0)
        for _ in range(CALLS):
            for name in OPERATIONS:
                spent[name] += hall.spent_us(templates[name])
        return {name: total / CALLS for name, total in spent.items()}
    finally:
        hall.stop()


def table(rounds):
    lines = [f"Redis' µs a call, medians of {ROUNDS} rounds of {CALLS} calls each.", "",
             f"| people who wait | {' | '.join(OPERATIONS)} |", "| ---: |" + " ---: |" * len(OPERATIONS)]
    for waiting in LENGTHS:
        medians = (statistics.median(one[waiting][name] for one in rounds) for name in OPERATIONS)
        lines.append(f"| {waiting:,} | {' | '.join(f'{median:.0f}' for median in medians)} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="What a ticket and a call cost Redis, by the length of the line.")
    parser.add_argument("--library", required=True, help="the Functions, as Redis loads them")
    parser.add_argument("--save", action="store_true", help="put the table into bench/README.md")
    arguments = parser.parse_args()
    library = pathlib.Path(arguments.library).read_text(encoding="utf-8")
    text = table([{waiting: measure(library, waiting) for waiting in LENGTHS} for _ in range(ROUNDS)])
    print(text, end="")
    if arguments.save:
        saved.save("line", text)


if __name__ == "__main__":
    main()
