# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The halls of the floor: their queues' weights and windows. The rest of the city is in
world.py."""
import typing

import world

FIRST_SLOT, LAST_SLOT = 17, 33  # 08:30 to 17:00
UNITS = 6
OPENS_HOUR, CLOSES_HOUR = 8, 17.5


class Weights(typing.NamedTuple):
    """Of a queue: how fast each class earns; `places`: how far back whoever was missed or put
    back rejoins. As texts, as the service sends them."""
    walk_in: str
    appointment: str
    priority: str
    places: int

    def of(self, klass):
        return float({"w": self.walk_in, "a": self.appointment, "p": self.priority}[klass])


# The main hall has three queues and twenty windows, the other one queue and windows of the same
# names.
HALLS = {
    "410400-01": {"A": Weights("0.5", "1", "2", 3), "B": Weights("0.25", "1", "1.5", 1),
                  "C": Weights("1", "1", "4", 5)},
    "410402001-02": {"A": Weights("0.5", "1.25", "2", 2)},
}
# Whether a person may have one open number only, and how many walk-in numbers on a day.
WALK_INS = {"410400-01": (True, 3), "410402001-02": (False, 2)}
WINDOWS = {"410400-01": tuple(map(str, range(1, 21))), "410402001-02": ("1", "2", "3")}
MAIN, OTHER = HALLS


def windows_of(hall, queue):
    """Those of the queue in the catalogue."""
    names = list(HALLS[hall])
    return WINDOWS[hall][names.index(queue)::len(names)]


def queue_places(hall, date):
    """Every queue of the hall, that day."""
    return tuple(world.Place(hall, queue, date) for queue in HALLS[hall])


def capacity():
    return tuple((slot, UNITS, 0) for slot in range(FIRST_SLOT, LAST_SLOT + 1))
