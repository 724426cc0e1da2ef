#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the subtests of a `meson test` run as one TAP stream, each under its program's name.

    tools/meson_tap.py BUILD/meson-logs/testlog.json

A program that failed without a failed subtest (crash, time-out, a plan it did not keep) and one
that ran no subtest at all count as one failure.
"""
import json
import re
import sys

RESULT = re.compile(r"^(ok|not ok)\b[ \d]*-? *(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")


def subtests(program):
    """(passed, description) for each subtest that the program reported, and for its own failure."""
    lines = program.get("stdout", "").splitlines()
    found = [(m[1] == "ok" or "# TODO" in m[2], m[2]) for m in map(RESULT.match, lines) if m]
    plans = [int(m[1]) for m in map(PLAN.match, lines) if m]
    yield from found
    if plans and plans[0] != len(found):
        yield False, f"ran {len(found)} of {plans[0]} subtests"
    elif not found:
        yield False, f"ran no subtest ({program['result']})"
    elif program["result"] != "OK" and all(passed for passed, _ in found):
        yield False, f"{program['result']}, exit status {program.get('returncode')}"


def main(path):
    """The log has one JSON object a line, one for each program."""
    with open(path, encoding="utf-8") as log:
        for program in map(json.loads, log):
            for passed, description in subtests(program):
                print("ok" if passed else "not ok", "-", program["name"], description)


main(sys.argv[1])
