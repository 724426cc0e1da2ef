#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of the windows, queues and tickets of two halls over a day, by several
clients, against the Functions in a real Redis and against the reference model, as TAP."""
import sys

import floor_following
import floor_run
import model_test


# What must have been reached: of a call also by which rule. That a day's end without a queue is refused
# ('again') needs several packages that wait at once, which is rare: slots/functions/limits_test.py sees it.
OUTCOMES = {
    "check_in": "ok E B missing again state Hy Hr Hu",
    "issue": "ok R M T V D F Hy Hr Hu",
    "end_day": "ok fenced",
    "lease": "ok",
    "end_lease": "ok",
    "begin_pass": "ok",
    "open_floors": "ok",
    "window": "R M",
    "window open": "ok before after",
    "window pause": "ok state before",
    "window close": "ok state",
    "window call-next": "ok credit put_back only_one state",
    "window call": "chosen missing state",
    "window recall": "ok state",
    "window start": "ok state",
    "window finish": "ok state before after",
    "window miss": "ok state before",
    "window park": "ok state former",
    "window resume": "ok missing state",
    "window transfer": "ok state former",
    "window requeue": "ok state former",
    "cancel": "ok state",
    "no_shows": "ok",
}


def related(noted):
    """Those of the same hall as the last, and those of none."""
    hall = _hall(noted[-1])
    return [one for one in noted if _hall(one) in (None, hall)]


def _hall(one):
    halls = {place.hall for place in one.op.touched}
    return halls.pop() if len(halls) == 1 else None


FLOOR = model_test.Kind(floor_run.run_random, floor_run.replay, floor_following.note_all,
                        (related, model_test.split), OUTCOMES, 50000)

if __name__ == "__main__":
    sys.exit(model_test.main(FLOOR))
