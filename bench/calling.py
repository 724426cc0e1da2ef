#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The calling order and the wait estimate against queueing theory, through the real code.

    bench/calling.py --library FILE --estimate PROGRAM [--quick] [--save] [--days N] [--jobs N] [--seed N]

FILE is slots/library.lua, PROGRAM bench/bench_estimate of a build directory. Exits with 1 when a figure is further
from theory than it may be; a quick look is too short to judge. The same seed gives the same figures.

Order: one window, walk-ins and appointments, arrivals and services exponential. With accumulating priority at rates
b1 <= b2, loads r1, r2 and r = r1 + r2, the mean waits are (L. Kleinrock, "A delay dependent queue discipline", Naval
Research Logistics Quarterly 11, 1964, pages 329-341, for two classes; W0 = r here)

    W1 = W0 / (1 - r) / (1 - r2 (1 - b1/b2))        W2 = W0 / (1 - r) - r1 W1 (1 - b1/b2)

Estimate: whoever has to wait behind n others at s busy windows waits n + 1 services of s windows at once, an Erlang
distribution of n + 1 stages: with the mean of that as the estimate the mean squared error is E[n + 1] / s^2 =
1 / (1 - r) / s^2 services^2, 0.100 for s = 10 at load 0.9 (W. Whitt, "Predicting queueing delays", Management Science
45, 1999; R. Ibrahim, W. Whitt, "Real-time delay estimation based on delay history", M&SOM 11, 2009).

At load 0.9 a queue's means vary a lot from day to day. So each figure is also given with a control variate (A. Law,
"Simulation Modeling and Analysis", chapter 11): what the same arrivals and services give without classes, whose
expectation is known (a mean wait of 9; E[n + 1] = 10). Confidence intervals are of the means of consecutive parts of
the days, each far longer than the queue's memory.
"""
import argparse
import bisect
import itertools
import math
import multiprocessing
import pathlib
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
import calling_day as day  # noqa: E402
import saved  # noqa: E402

RATE = 0.45
# A day has 86,400 s: one unit is a second, or ten with ten windows, and the day ends with everybody served.
ORDER = day.Load(1, {day.WALK_IN: RATE, day.APPOINTMENT: RATE}, 1000, 83000, 4000, 2000)
QUICK_ORDER = ORDER._replace(units=12000)
WAITING = day.Load(10, {day.WALK_IN: 9.0}, 10000, 8300, 400, 100)
QUICK_WAITING = WAITING._replace(units=1500)
ORDER_WEIGHTS = (("1 : 1", 1.0), ("0.5 : 1", 0.5), ("0.25 : 1", 0.25), ("strict", 0.0001))
ORDER_TOLERANCE, ESTIMATE_TOLERANCE = 0.03, 0.10
PARTS_A_DAY = 10
# To the estimate a mean service takes ten minutes, as the catalogue says.
SERVICE_MS = 600000


def theory_of_order(ratio):
    plain = 2 * RATE / (1 - 2 * RATE)
    walk_in = plain / (1 - RATE * (1 - ratio))
    return {day.WALK_IN: walk_in, day.APPOINTMENT: plain - RATE * walk_in * (1 - ratio)}


# --- Figures ---------------------------------------------------------------------------------

class Figure:
    """A mean over parts, each (measured, control), the control's expectation being known."""

    def __init__(self, parts, control_expected):
        measured, control = zip(*parts)
        self.raw = statistics.fmean(measured)
        self.raw_half = half_width(measured)
        slope = statistics.covariance(measured, control) / (statistics.variance(control) or 1)
        adjusted = [one - slope * (other - control_expected) for one, other in parts]
        self.mean, self.half = statistics.fmean(adjusted), half_width(adjusted)

    def row(self, name, theory, digits):
        return (f"| {name} | {theory:.{digits}f} | {self.raw:.{digits}f} ± {self.raw_half:.{digits}f} |"
                f" **{self.mean:.{digits}f}** ± {self.half:.{digits}f} | {self.mean / theory - 1:+.1%} |")


def half_width(values):
    """Of the 95 % confidence interval of the mean."""
    return 1.96 * statistics.stdev(values) / math.sqrt(len(values))


def parts_of(values):
    """Consecutive parts of a day's (measured, control), as means."""
    size = len(values) // PARTS_A_DAY
    for first in range(0, size * PARTS_A_DAY, size):
        part = values[first:first + size]
        yield tuple(statistics.fmean(column) for column in zip(*part))


# --- The order -------------------------------------------------------------------------------

def order_day(job):
    """(ratio, for each class the parts of the day: mean wait, and without classes)."""
    library, load, ratio, seed = job
    customers = day.draw_day(load, seed)
    tickets = day.run_day(library, load, customers, (ratio, 1, 2))
    waits = {kind: [] for kind in load.rates}
    for customer, ticket in zip(customers, tickets):
        if day.is_measured(load, customer):
            waits[customer.kind].append(((ticket.called - ticket.arrived) / load.unit_ms,
                                         (customer.began - customer.arrived) / load.unit_ms))
    return ratio, {kind: list(parts_of(values)) for kind, values in waits.items()}, len(customers)


def order_table(results):
    """Lines, and whether all is within the tolerance."""
    names = {day.WALK_IN: "walk-in", day.APPOINTMENT: "appointment"}
    customers = sum(count for ratio, _, count in results if ratio == 1)
    lines = [f"One window, load 0.9, {customers:,} people for each ratio; mean waits in mean service times.", "",
             "| weights walk-in : appointment, class | theory | as it came | with the control | difference |",
             "| --- | ---: | ---: | ---: | ---: |"]
    is_good = True
    for label, ratio in ORDER_WEIGHTS:
        for kind, theory in theory_of_order(ratio if ratio > 0.001 else 0).items():
            parts = [part for one, by_kind, _ in results if one == ratio for part in by_kind[kind]]
            figure = Figure(parts, theory_of_order(1)[kind])
            lines.append(figure.row(f"{label}, {names[kind]}", theory, 2))
            is_good &= abs(figure.mean / theory - 1) <= ORDER_TOLERANCE
    return lines, is_good


# --- The estimate ----------------------------------------------------------------------------

def case_of(load, ticket, waiting, times):
    """A line for bench_estimate; `times`: when services of the day ended, and their sums."""
    scale = SERVICE_MS / load.unit_ms
    ends, sums = times
    services = bisect.bisect_right(ends, ticket.arrived)
    earns = (str(round(one * scale)) for one in waiting)
    return " ".join([str(round(ticket.arrived * scale)), str(load.windows), str(SERVICE_MS // 1000), str(services),
                     str(round(sums[services] * scale)), *earns])


def delayed(load, customers, tickets):
    """(ticket, arrivals of those who wait already) of everybody who is measured and has to wait."""
    line = []
    for customer, ticket in zip(customers, tickets):
        line = [one for one in line if one.called > ticket.arrived]
        if ticket.called > ticket.arrived:
            if day.is_measured(load, customer):
                yield ticket, [one.arrived for one in line]
            line.append(ticket)


def estimate_day(job):
    """Parts of the day: squared error, what theory says of it for the people before each; and within p50, p90."""
    library, program, load, seed = job
    customers = day.draw_day(load, seed)
    tickets = day.run_day(library, load, customers, (1, 1, 2))
    ended = sorted((ticket.finished, ticket.finished - ticket.called) for ticket in tickets)
    times = [end for end, _ in ended], [0, *itertools.accumulate(took for _, took in ended)]
    asked = list(delayed(load, customers, tickets))
    cases = "".join(case_of(load, ticket, waiting, times) + "\n" for ticket, waiting in asked)
    answers = subprocess.run([program], input=cases, capture_output=True, text=True, check=True).stdout.splitlines()
    errors, within = [], []
    for (ticket, waiting), answer in zip(asked, answers, strict=True):
        ahead, mean, p50, p90 = map(float, answer.split())
        if ahead != len(waiting):
            raise day.Wrong(f"{len(waiting)} were before him, the estimate says {answer}")
        wait = (ticket.called - ticket.arrived) / load.unit_ms
        errors.append(((mean * 1000 / SERVICE_MS - wait) ** 2, (ahead + 1) / load.windows ** 2))
        within.append((wait * SERVICE_MS <= p50 * 1000, wait * SERVICE_MS <= p90 * 1000))
    return list(parts_of(errors)), list(parts_of(within)), len(asked)


def estimate_table(results):
    theory = 1 / (1 - 0.9) / 100
    figure = Figure([part for errors, _, _ in results for part in errors], theory)
    within = [part for _, parts, _ in results for part in parts]
    lines = [f"Ten windows, load 0.9, {sum(count for _, _, count in results):,} people who had to wait.", "",
             "| the estimate | theory | as it came | with the control | difference |",
             "| --- | ---: | ---: | ---: | ---: |",
             figure.row("mean squared error, service times²", theory, 4)]
    for name, expected, column in (("p50", 0.5, 0), ("p90", 0.9, 1)):
        values = [part[column] for part in within]
        lines.append(f"| waits of at most {name} | {expected:.0%} | {statistics.fmean(values):.1%} ±"
                     f" {half_width(values):.1%} | – | {statistics.fmean(values) - expected:+.1%} |")
    return lines, abs(figure.mean / theory - 1) <= ESTIMATE_TOLERANCE


# --- All of it -------------------------------------------------------------------------------

def read_arguments():
    parser = argparse.ArgumentParser(description="The calling order and the wait estimate against theory.")
    parser.add_argument("--library", required=True, help="the Functions, as Redis loads them")
    parser.add_argument("--estimate", required=True, help="bench_estimate")
    parser.add_argument("--quick", action="store_true", help="a short look: two short days")
    parser.add_argument("--save", action="store_true", help="put the tables into bench/README.md")
    parser.add_argument("--days", type=int, default=5, help="for each ratio")
    parser.add_argument("--jobs", type=int, default=1, help="days at a time")
    parser.add_argument("--seed", type=int, default=1, help="the first day's")
    return parser.parse_args()


def main():
    arguments = read_arguments()
    library = pathlib.Path(arguments.library).read_text(encoding="utf-8")
    order, waiting, days = ORDER, WAITING, arguments.days
    if arguments.quick:
        order, waiting, days = QUICK_ORDER, QUICK_WAITING, min(2, days)
    seeds = range(arguments.seed, arguments.seed + days)
    with multiprocessing.Pool(arguments.jobs) as pool:
        ordered = pool.map_async(order_day, [(library, order, ratio, seed) for seed in seeds
                                             for _, ratio in ORDER_WEIGHTS], 1)
        waited = pool.map_async(estimate_day, [(library, arguments.estimate, waiting, seed) for seed in seeds], 1)
        order_lines, is_order_good = order_table(ordered.get())
        estimate_lines, is_estimate_good = estimate_table(waited.get())
    text = "\n".join([*order_lines, "", *estimate_lines]) + "\n"
    print(text, end="")
    if arguments.save:
        saved.save("calling", text)
    return 0 if arguments.quick or (is_order_good and is_estimate_good) else 1


if __name__ == "__main__":
    sys.exit(main())
