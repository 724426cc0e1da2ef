#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Each Function at its limits and far beyond: all of it is done or nothing, and a walk over much goes in
calls that look at a bounded part. As TAP, with what Redis worked for the slowest call."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "model"))

import limits_bookings
import limits_days
import limits_floor
import limits_waiting
from limits_store import main

if __name__ == "__main__":
    parts = limits_bookings, limits_waiting, limits_floor, limits_days
    sys.exit(main([test for part in parts for test in part.TESTS], are_all=True))
