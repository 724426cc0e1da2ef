#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Prints medians and spreads of what bench/run measured.

    bench/table.py [--save] VALUES MACHINE ROUNDS RATE

VALUES has a line `NAME NUMBER` for each figure of each round.
"""
import pathlib
import statistics
import sys

sys.dont_write_bytecode = True
import saved  # noqa: E402

ROWS = [
    ("book-city", "booking over HTTP, the whole city"),
    ("book-hall", "booking over HTTP, one hall"),
    ("plain", "plain four-command function, one by one (redis-benchmark)"),
    ("own", "our function, one by one (redis-benchmark)"),
    ("node", "booking over HTTP, the Node.js rival"),
    ("sold-out", "refused booking of a full half hour"),
    ("read", "availability of one hall, 2 days"),
    ("nginx", "the same bytes from nginx, a static file"),
]

RATIOS = [
    ("booking, the whole city / plain function", "book-city", "plain"),
    ("booking, one hall / plain function", "book-hall", "plain"),
    ("our function one by one / plain function", "own", "plain"),
    ("Redis' part of a booking, the whole city / plain function", "book-city.redis_us", "plain"),
    ("Node.js rival / booking, the whole city", "node", "book-city"),
    ("availability / nginx", "read", "nginx"),
]


def read_values(path):
    values = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        name, value = line.split()
        values.setdefault(name, []).append(float(value))
    for name in list(values):
        if name.endswith(".service_us"):
            row = name.removesuffix(".service_us")
            values[row] = [a + b for a, b in zip(values[name], values[f"{row}.redis_us"])]
    return values


def cell(numbers, digits=1):
    """Median, and the spread of the rounds where it shows."""
    if not numbers:
        return "–"
    middle, low, high = (f"{x:,.{digits}f}" for x in
                         (statistics.median(numbers), min(numbers), max(numbers)))
    return middle if low == high else f"{middle} ({low}–{high})"


def table(values, rate):
    yield "| CPU µs a request | service | Redis | both | a second | p50 / p99 / max ms |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for row, name in ROWS:
        if row not in values:
            continue
        times = " / ".join(f"{statistics.median(values[f'{row}.{t}_us']) / 1000:.1f}"
                           for t in ("p50", "p99", "max") if f"{row}.{t}_us" in values)
        parts = [cell(values[f"{row}.{part}_us"]) for part in ("service", "redis")]
        parts = ["–" if part == "0.0" else part for part in parts]
        yield (f"| {name} | {parts[0]} | {parts[1]} | **{cell(values[row])}** |"
               f" {cell(values.get(f'{row}.per_second'), 0)} | {times or '–'} |")
    yield ""
    yield "| ratio of CPU | median (rounds) |"
    yield "| --- | ---: |"
    for name, above, below in RATIOS:
        if above in values and below in values:
            ratios = [a / b for a, b in zip(values[above], values[below])]
            yield f"| {name} | {cell(ratios, 2)} |"
    yield ""
    yield "| other figures | whole city | one hall |"
    yield "| --- | ---: | ---: |"
    for part, name, digits in (("batch", "bookings in a batch, mean", 1),
                               ("bytes", "Redis memory of a reservation, bytes", 0),
                               ("bytes_without_stream", "… without the event stream", 0)):
        city, hall = (cell(values.get(f"book-{mode}.{part}"), digits) for mode in ("city", "hall"))
        yield f"| {name} | {city} | {hall} |"
    yield ""
    p50, p99, most = (cell([x / 1000 for x in values[f"planned.{t}_us"]], 2)
                      for t in ("p50", "p99", "max"))
    yield (f"Open loop, {int(rate):,} bookings a second planned, from the planned time of sending: "
           f"p50 {p50} ms, p99 {p99} ms, max {most} ms.")


def main(arguments):
    saves = arguments[0] == "--save"
    values, machine, rounds, rate = arguments[saves:]
    lines = [f"{machine}. Medians of {rounds} rounds, lowest and highest in brackets.", ""]
    text = "\n".join([*lines, *table(read_values(values), rate)]) + "\n"
    print(text, end="")
    if saves:
        saved.save("bookings", text)


main(sys.argv[1:])
