#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks each rule of the Functions of tickets and windows in turn (floor_breaks.py), as
mutations.py does those of reservations.

    tests/model/floor_mutations.py [--only TEXT] [--table tests/README.md]
"""
import re
import sys

import floor_run
import mutations
from floor_breaks import FLOOR_BREAKS

SEEDS, OPERATIONS = tuple(range(1, 25)), 6000
TABLE = re.compile(r"(<!-- floor breaks -->\n).*(<!-- /floor breaks -->)", re.DOTALL)

FLOOR = mutations.Kind(FLOOR_BREAKS, mutations.broken_library, floor_run.run_random, SEEDS, OPERATIONS, TABLE)

if __name__ == "__main__":
    sys.exit(mutations.main(FLOOR))
