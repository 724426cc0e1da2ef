# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What those who make operations of the floor know of it: the clock of a day, who is there, what
stands at a window."""
import floor_world
import world
from floor_world import HALLS, MAIN, OTHER, WINDOWS
from scene import Scene
from world import Place

PERSONS, HOT_WINDOWS = 300, 2
FIRST_HOUR, LAST_HOUR, NEXT_HOUR = 7.8, 17.8, 8.3
EVENING_HOUR, NIGHT_HOUR, EVENING_ROUNDS = 23.8, 0.1, 12
FIRST_DAY_SHARE, ROUND_MEAN = 0.88, 2.5
HOUR_MS, CLOSING_SECONDS = 3600 * 1000, 2700


class FloorScene(Scene):
    """A day from before its opening until after its end, and the beginning of the next one; of
    half the seeds the work goes on until midnight and behind it."""

    def __init__(self, seed, model, count):
        super().__init__(seed, model.city)
        self.model, self.ms = model, 0
        self.now = world.midnight(world.FIRST_DAY) + int(FIRST_HOUR * 3600)
        self.rules = self.rules._replace(live_max=5)
        rounds = max(1, count * FIRST_DAY_SHARE / ROUND_MEAN)
        self.mean_ms = (LAST_HOUR - FIRST_HOUR) * HOUR_MS / rounds / 0.5
        self.to_end = []  # halls whose day is over
        self.goes_on = seed % 2 == 0
        self.evening_left = EVENING_ROUNDS * self.goes_on

    def advance(self):
        """Half of the rounds are at the same instant as the last one or nearly so."""
        if self.to_end:
            return
        draw = self.random.random()
        step = 0 if draw < 0.3 else self.random.randint(1, 30)
        if draw >= 0.5 and not self._is_evening():
            step = int(self.random.expovariate(1 / self.mean_ms))
        self._go_to(self.now * 1000 + self.ms + step)
        if self.chance(0.001):
            self.rules = self.rules._replace(eligibility=self.random.choice("orad"))
        last = world.midnight(world.FIRST_DAY) + int(LAST_HOUR * 3600)
        if self.today == world.FIRST_DAY and self.now > last:
            self._come_to_end()

    def _come_to_end(self):
        evening = world.midnight(world.FIRST_DAY) + int(EVENING_HOUR * 3600)
        if not self.evening_left:
            self.to_end = list(HALLS)
        elif self.now < evening:
            self._go_to(evening * 1000)
        self.evening_left = max(0, self.evening_left - 1)

    def ended(self, hall):
        """After the last hall's day the next one begins."""
        self.to_end.remove(hall)
        if not self.to_end:
            following = world.add_days(world.FIRST_DAY, 1)
            hour = NIGHT_HOUR if self.goes_on else NEXT_HOUR
            self._go_to((world.midnight(following) + int(hour * 3600)) * 1000)

    def _go_to(self, now_ms):
        self.now, self.ms = divmod(now_ms, 1000)

    def _is_evening(self):
        return self.today == world.FIRST_DAY and self.now > (
            world.midnight(world.FIRST_DAY) + int(LAST_HOUR * 3600))

    def has_former(self, hall, name):
        """Whether the window has somebody of the day before."""
        former = world.add_days(self.today, -1)
        return self.model.floor(hall, former).window(name).ticket != "-"

    def floor_head(self, hall, date=None):
        """The first arguments of each operation of a floor: workers' clocks differ by a little."""
        now_ms = self.now * 1000 + self.ms
        if self.chance(0.1):
            now_ms -= self.random.randint(0, 1500)
        now, ms = divmod(now_ms, 1000)
        return now, self.rules, ms, hall, date or self.today

    # --- Places -------------------------------------------------------------------------------

    def days(self):
        return [self.today, world.add_days(self.today, 1)]

    def is_closing(self, hall):
        """The small hall takes nobody in any more before its day ends, and serves who is there."""
        last = world.midnight(world.FIRST_DAY) + int(LAST_HOUR * 3600)
        is_first = self.today == world.FIRST_DAY
        return hall == OTHER and is_first and last - CLOSING_SECONDS < self.now

    def hall(self):
        return MAIN if self.chance(0.45 if self.is_closing(OTHER) else 0.85) else OTHER

    def any_place(self):
        hall = self.hall()
        return Place(hall, self.choice(list(HALLS[hall])), self.days()[self.chance(0.1)])

    def place(self):
        return self.any_place()

    def present_slot(self):
        return (self.now - world.midnight(self.today)) // world.HALF_HOUR

    def slot(self):
        """Mostly soon: who has booked is to come within the run."""
        slot = self.present_slot() + self.random.randint(-1, 4)
        if self.chance(0.2):
            slot = self.random.randint(floor_world.FIRST_SLOT, floor_world.LAST_SLOT)
        return min(max(slot, floor_world.FIRST_SLOT), floor_world.LAST_SLOT)

    def person(self):
        return self.random.randrange(PERSONS)

    # --- The floor ----------------------------------------------------------------------------

    def floor(self, hall):
        return self.model.floor(hall, self.today)

    def window(self, hall, hot=0.0):
        """`hot`: how likely one of the few that many are sent to."""
        windows = WINDOWS[hall]
        return self.choice(windows[:HOT_WINDOWS] if self.chance(hot) else windows)

    def ticket(self, hall, statuses, tries=20):
        """The key of a ticket, most likely one in these statuses; None when there is none."""
        tickets = self.floor(hall).tickets
        if not tickets or self.chance(0.02):
            return "A/t9999"
        keys = list(tickets)
        for _ in range(tries):
            found = self.choice(keys)
            if tickets[found].status in statuses:
                return found
        return found
