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

SLOTS = mutations.ROOT / "slots"
SEEDS, OPERATIONS = tuple(range(1, 25)), 6000
TABLE = re.compile(r"(<!-- floor breaks -->\n).*(<!-- /floor breaks -->)", re.DOTALL)


def library_files():
    """In the order in which meson joins them."""
    listed = (SLOTS / "meson.build").read_text(encoding="utf-8")
    return re.findall(r"'((?:\.\./scheduler/)?functions/\w+\.lua)'", listed)


def broken_library(name, old, new):
    """The library with a text of a file of the scheduler's replaced."""
    texts = {file: (SLOTS / file).read_text(encoding="utf-8") for file in library_files()}
    name = f"../scheduler/functions/{name}"
    count = texts[name].count(old)
    if count != 1:
        raise SystemExit(f"{name}: the text stands {count} times, not once: {old!r}")
    texts[name] = texts[name].replace(old, new)
    return mutations.embed().join(list(texts.values()))[1]


FLOOR = mutations.Kind(FLOOR_BREAKS, broken_library, floor_run.run_random, SEEDS, OPERATIONS, TABLE)

if __name__ == "__main__":
    sys.exit(mutations.main(FLOOR))
