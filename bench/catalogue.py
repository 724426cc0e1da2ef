#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a catalogue with room for many bookings, and what can be booked in it.

    bench/catalogue.py city DEMO OUT   the demo city, every capacity three times as large
    bench/catalogue.py hall DEMO OUT   its city hall alone takes bookings, 1000 in each half hour

OUT.json is the catalogue; OUT.targets has a line `hall service date start` for each unit of the day
DATE, whose services need one unit of one half hour; OUT.full has the one place of a half hour that
holds one unit (no line of OUT.targets is for it).
"""
import json
import sys

DATE = "2026-11-24"  # a Tuesday, the day after the clock of bench/run
DAY = "tue"
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SCALE = 3
LARGEST = 1000  # what a catalogue may say


def covers(days, day):
    """Whether 'mon-fri' or 'tue' includes a day."""
    first, _, last = days.partition("-")
    return DAYS.index(first) <= DAYS.index(day) <= DAYS.index(last or first)


def of_day(by_days, day):
    return next((value for days, value in by_days.items() if covers(days, day)), None)


def half_hours(hours):
    """Starts of the half hours within '09:00-12:00' and the like."""
    for interval in hours:
        first, last = (int(time[:2]) * 60 + int(time[3:]) for time in interval.split("-"))
        for start in range(first, last, 30):
            yield f"{start // 60:02d}:{start % 60:02d}"


def enlarge(queue, mode):
    for capacity in queue["capacity"].values():
        for start in capacity:
            capacity[start] = min(LARGEST, capacity[start] * SCALE) if mode == "city" else LARGEST


def targets(hall, simple):
    """A line for each unit, the services of the queue taking turns."""
    turn = 0
    for queue in hall["queues"]:
        capacity = of_day(queue["capacity"], DAY)
        services = [service for service in queue["services"] if service in simple]
        if not capacity or not services:
            continue
        for start in half_hours(of_day(hall["hours"], DAY) or []):
            for _ in range(capacity.get(start, capacity["default"])):
                yield f"{hall['id']} {services[turn % len(services)]} {DATE} {start}"
                turn += 1


def main(mode, demo, out):
    with open(demo, encoding="utf-8") as file:
        catalogue = json.load(file)
    simple = {s["id"] for s in catalogue["services"] if s["units"] == 1 and s["span"] == 1}
    for hall in catalogue["halls"]:
        for queue in hall["queues"]:
            enlarge(queue, mode)
    *halls, last = catalogue["halls"]
    for queue in last["queues"]:
        queue["capacity"] = {"mon-fri": {"default": 1}}
    lines = []
    for hall in halls if mode == "city" else halls[:1]:
        lines.extend(targets(hall, simple))
    with open(f"{out}.json", "w", encoding="utf-8") as file:
        json.dump(catalogue, file, ensure_ascii=False)
    with open(f"{out}.targets", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(f"{out}.full", "w", encoding="utf-8") as file:
        file.write(next(targets(last, simple)) + "\n")


main(*sys.argv[1:])
