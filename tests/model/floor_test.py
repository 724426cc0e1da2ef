#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of the windows, queues and tickets of two halls over a day, by several clients, against the Functions
in a real Redis and against the reference model, as TAP."""
import sys

import floor_following
import floor_run
import model_test


def related(noted):
    """Those of the same hall as the last, and those of none."""
    hall = _hall(noted[-1])
    return [one for one in noted if _hall(one) in (None, hall)]


def _hall(one):
    halls = {place.hall for place in one.op.touched}
    return halls.pop() if len(halls) == 1 else None


FLOOR = model_test.Kind(floor_run.run_random, floor_run.replay, floor_following.note_all, (related, model_test.split))

if __name__ == "__main__":
    sys.exit(model_test.main(FLOOR))
