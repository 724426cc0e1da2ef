# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The outcomes that random operations must have reached, or they prove less than they seem to."""
import collections

ENOUGH_OPERATIONS = 100000

OUTCOMES = {
    "reserve": "ok R M N Hy Hr Hu P A O Q L S F",
    "visit": "ok R M G N Hy Hr Hu P A O Q L S F",
    "cancel": "ok missing again state",
    "release": "ok",
    "reschedule": "ok missing again state N Hy Hr Hu A O S F",
    "enter": "ok R M N again S Hy Hr Hu P A O Q L G",
    "leave": "ok missing state",
    "promote": "ok",
    "open_draw": "ok",
    "draw": "ok missing again",
    "set_capacity": "ok stale",
    "free_kept": "ok",
    "close": "ok R M stale",
    "rebook": "ok missing",
    "restore": "ok stale missing again",
    "reopen": "ok stale missing",
    "offer": "ok missing state again B A O",
    "no_shows": "ok",
    "excuse": "ok missing state again B",
    "pardon": "ok missing state",
    "sweep": "ok",
    "count_day": "ok",
    "prove": "ok",
    "push_health": "ok",
    "attend": "ok",
}


def missing(reached, wanted=None):
    """Of a count by (function, outcome), what was never reached; `wanted` is as OUTCOMES."""
    return [f"{function} {outcome}" for function, outcomes in (wanted or OUTCOMES).items()
            for outcome in outcomes.split()
            if not reached[function, outcome]]


def table(reached):
    """A line a function."""
    by_function = collections.defaultdict(list)
    for (function, outcome), count in sorted(reached.items()):
        by_function[function].append(f"{outcome} {count}")
    return [f"{function}: {', '.join(outcomes)}" for function, outcomes in by_function.items()]
