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
STDERR_LINES_MAX = 60


def subtests(program):
    """The output's results as [passed, description, lines that explain it]."""
    found = []
    for line in program.get("stdout", "").splitlines():
        result = RESULT.match(line)
        if result:
            found.append([result[1] == "ok", result[2], []])
        elif found and line.startswith("  "):
            found[-1][2].append(line)
    return found


def verdicts(program):
    """The subtests, and what the program as a whole failed at."""
    found = subtests(program)
    plans = [int(m[1]) for m in map(PLAN.match, program.get("stdout", "").splitlines()) if m]
    errors = ["  " + line for line in program.get("stderr", "").splitlines()[:STDERR_LINES_MAX]]
    failures = [result for result in found if not result[0]]
    if plans and plans[0] != len(found):
        found.append([False, f"ran {len(found)} of {plans[0]} subtests", errors])
    elif not found:
        found.append([False, f"ran no subtest ({program['result']})", errors])
    elif failures:
        failures[-1][2].extend(errors)
    elif program["result"] != "OK":
        status = f"{program['result']}, exit status {program.get('returncode')}"
        found.append([False, status, errors])
    return found


def main(path):
    """The log has one JSON object a line, one for each program."""
    with open(path, encoding="utf-8") as log:
        for program in map(json.loads, log):
            for passed, description, lines in verdicts(program):
                word = "not ok" if not passed else "# skipped" if "# SKIP" in description else "ok"
                print(word, "-", program["name"], description)
                if not passed:
                    print(*lines, sep="\n")


main(sys.argv[1])
