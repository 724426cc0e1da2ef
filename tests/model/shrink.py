# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Delta debugging (Zeller and Hildebrandt, 2002): what can be left out of a failing list of
operations."""
import time


def shortest_head(items, fails):
    """The shortest beginning of `items` that fails, if all that are longer do."""
    low, high = 0, len(items)
    while low + 1 < high:
        middle = (low + high) // 2
        if fails(items[:middle]):
            high = middle
        else:
            low = middle
    return items[:high]


def shrink(items, fails, seconds_max, first_tries=()):
    """A sublist of `items` for which `fails(sublist)` still holds and, unless the time is up,
    from which nothing can be left out. `first_tries`: functions that make a shorter or simpler
    list of one, worth a try."""
    deadline = time.monotonic() + seconds_max
    for simpler in first_tries:
        candidate = simpler(items)
        if fails(candidate):
            items = candidate
    size = max(1, len(items) // 2)
    while time.monotonic() < deadline:
        before = len(items)
        items = _without_parts(items, size, fails, deadline)
        if size > 1:
            size //= 2
        elif len(items) == before:
            break
    return items


def _without_parts(items, size, fails, deadline):
    # From the back: what came late is rarely the cause, and leaving it out is quickest.
    end = len(items)
    while end > 0 and time.monotonic() < deadline:
        start = max(0, end - size)
        candidate = items[:start] + items[end:]
        if fails(candidate):
            items = candidate
        end = start
    return items
