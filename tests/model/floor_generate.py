# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of a floor: arrivals, clerks, clocks. Each maker returns an operation or
None."""
import collections
import dataclasses

import floor_lease
import floor_operations as ops
import floor_world
import generate
import operations
import world
from floor_clerk import ALLOWED
from floor_model import TICKETS_A_CALL, tickets_behind
from floor_ticket import CALLED, MISSED, OUTSIDE, PARKED, SERVING, WAITING
from floor_world import HALLS, MAIN, OTHER, WINDOWS
from run import CLIENTS
from scene import PRIORITIES
from world import Place

WAITING_MANY, REMEMBERED = {MAIN: 40, OTHER: 10}, 40
DIGEST, OTHER_DIGEST = "digest..", "another."


class FloorGenerator(generate.Generator):
    def __init__(self, scene):
        super().__init__(scene)
        self.tagged = collections.deque(maxlen=REMEMBERED)
        self.tags = 0

    def next(self):
        scene = self.scene
        if scene.to_end:
            return self._end_day(scene.to_end[0])
        op = self._open_days() or (self._due() if scene.chance(0.1) else None)
        while not op:
            op = scene.random.choices(MAKERS, WEIGHTS)[0](self)
        return op

    def _open_days(self):
        """Today's and tomorrow's, in both halls at once."""
        for date in self.scene.days():
            places = [place for hall in HALLS for place in floor_world.queue_places(hall, date)
                      if not self.scene.city.at(place).is_open]
            if places:
                inventories = tuple((place, floor_world.capacity()) for place in places)
                return operations.SetCapacity(*self.scene.head(), "open", "", "", "", inventories)
        return None

    def _beside(self, place):
        return place._replace(queue=self.scene.choice(list(HALLS[place.hall])))

    def _tag(self):
        """Of a new request, or none."""
        if not self.scene.chance(0.25):
            return "", DIGEST
        self.tags += 1
        return f"tag-{self.tags:08d}", DIGEST

    def _remember(self, op):
        if op.tag:
            self.tagged.append(op)
        return op

    def again(self):
        """A request once more, maybe on the next day, maybe with the same key for something
        else."""
        if not self.tagged:
            return None
        over_midnight = [op for op in self.tagged if isinstance(op, ops.AtWindow) and op.is_former]
        is_over = over_midnight and self.scene.chance(0.5)
        op = self.scene.choice(over_midnight if is_over else self.tagged)
        now, rules, ms, _, date = self.scene.floor_head(op.hall)
        if self.scene.chance(0.5):
            date = op.date  # as it was asked, although that day may be over
        changes = {"at": now, "rules": rules, "ms": ms, "date": date}
        if isinstance(op, ops.Issue):
            changes["place"] = op.place._replace(date=date)
        if self.scene.chance(0.15):
            changes["digest"] = OTHER_DIGEST
        return dataclasses.replace(op, **changes)

    # --- Arrivals -----------------------------------------------------------------------------

    def check_in(self):
        found = self._expected() if self.scene.chance(0.85) else self.scene.record("bc")
        if not found or self.scene.is_closing(found[0].hall):
            return None
        return self._check_in(*found)

    def _check_in(self, place, number):
        scene = self.scene
        also = floor_world.queue_places(place.hall, place.date)
        if scene.chance(0.08):
            also = ()
        if scene.chance(0.01):
            number = len(scene.city.at(place).records) + 1
        now, rules, ms, _, _ = scene.floor_head(place.hall)
        return ops.CheckIn(now, rules, ms, place.hall, place.date, place, number, scene.salt(),
                           also)

    def _expected(self):
        """Somebody who may come now, if one is found soon."""
        scene, found = self.scene, None
        hall = scene.hall()
        for _ in range(40):
            place = Place(hall, scene.choice(list(HALLS[hall])), scene.today)
            records = scene.city.at(place).records
            if records:
                found = place, scene.random.randint(1, len(records))
                record = records[found[1]]
                start = world.slot_start(place.date, record.slot)
                if record.status == "b" and start - 1800 <= scene.now <= start + 3 * 1800 + 60:
                    break
        return found

    def check_in_missed(self):
        """Somebody who was missed shows his code once more; or somebody else who has a ticket."""
        hall = self.scene.hall()
        if self.scene.is_closing(hall):
            return None
        floor = self.scene.floor(hall)
        tickets = [ticket for ticket in floor.tickets.values() if ticket.reservation != "-"]
        missed = [ticket for ticket in tickets if ticket.status == MISSED]
        tickets = missed if missed and self.scene.chance(0.85) else tickets
        if not tickets:
            return None
        date, hall, queue, number = self.scene.choice(tickets).reservation.split("/")
        return self._check_in(Place(hall, queue, date), int(number))

    def issue(self):
        scene = self.scene
        hall = scene.hall()
        if scene.is_closing(hall):
            return None
        if len(scene.floor(hall).waiting) > WAITING_MANY[hall] and scene.chance(0.8):
            return None
        place = Place(hall, scene.choice(list(HALLS[hall])), scene.today)
        return self._remember(ops.Issue(
            *scene.floor_head(hall), *self._tag(), place, scene.service(),
            scene.choice(PRIORITIES) if scene.chance(0.2) else "",
            self._visitor() if scene.chance(0.6) else None, scene.present_slot(),
            self._quota(), scene.salt()))

    def _visitor(self):
        """Some come again and again."""
        often = self.scene.chance(0.3)
        return self.scene.random.randrange(8) if often else self.scene.person()

    def _quota(self):
        """None, so many walk-ins a half hour, or rarely that nobody gets a number."""
        if self.scene.chance(0.02):
            return "closed"
        return self.scene.random.randint(5, 30) if self.scene.chance(0.5) else None

    # --- Windows ------------------------------------------------------------------------------

    def at_window(self):
        scene = self.scene
        hall = scene.hall()
        return self._at_window(hall, scene.window(hall), scene.today)

    def _at_window(self, hall, name, date, operation=None):
        scene = self.scene
        floor = scene.model.floor(hall, date)
        operation = operation or self._sensible(floor, name)
        if scene.is_closing(hall):
            operation = self._closing(floor, name)
        elif scene.chance(0.12):
            operation = scene.choice(list(ALLOWED))
        part = scene.choice((0.3, 0.95))
        gone = [one for one in WINDOWS[hall] if one != name and scene.chance(part)]
        return self._remember(ops.AtWindow(
            *scene.floor_head(hall, date), *self._tag(), name, operation,
            self._argument(hall, operation), tuple(gone) if scene.chance(0.15) else ()))

    def at_former(self):
        """A window that still has somebody of the day before, or had."""
        scene = self.scene
        if scene.today == world.FIRST_DAY:
            return None
        hall = scene.hall()
        names = [name for name in WINDOWS[hall] if scene.has_former(hall, name)]
        name = scene.choice(names) if names and scene.chance(0.9) else scene.window(hall)
        date = scene.choice((world.FIRST_DAY, world.FIRST_DAY, scene.today))
        return self._at_window(hall, name, date, scene.chance(0.25) and "open")

    def _sensible(self, floor, name):
        window = floor.window(name)
        status = floor.tickets[window.ticket].status if window.ticket != "-" else "-"
        is_at_work = window.state == "o" or status != "-"
        choices = AT_TICKET[status] if is_at_work else IF_NOT_OPEN[window.state]
        return self.scene.random.choices(*zip(*choices.items()))[0]

    def _closing(self, floor, name):
        """Until nobody is left but those who were missed and all windows are closed."""
        window = floor.window(name)
        if window.ticket != "-":
            return "miss" if floor.tickets[window.ticket].status == CALLED else "finish"
        is_parked = any(ticket.status == PARKED for ticket in floor.tickets.values())
        if floor.waiting or is_parked:
            operations_left = ["call-next"] * bool(floor.waiting) + ["resume"] * is_parked
            return self.scene.choice(operations_left) if window.state == "o" else "open"
        return "close"

    def _argument(self, hall, operation):
        scene = self.scene
        if operation == "open":
            count = scene.random.randint(1, len(HALLS[hall]))
            queues = scene.random.sample(list(HALLS[hall]), count)
            return scene.choice(("", "?")) + ",".join(queues)
        if operation in ("call", "resume"):
            statuses = WAITING if operation == "call" else PARKED + MISSED
            if scene.chance(0.15):
                statuses = scene.choice((PARKED, MISSED, WAITING, CALLED, SERVING))
            return scene.ticket(hall, statuses, 60)
        if operation == "transfer":
            queue, window = scene.choice(list(HALLS[hall])), scene.window(hall, 0.6)
            return scene.choice((f"{queue} -", f"{queue} -", f"- {window}", f"- {window}",
                                 f"{queue} {window}"))
        return ""

    # --- The clock ----------------------------------------------------------------------------

    def _end_day(self, hall):
        head = self.scene.floor_head(hall)
        places = floor_world.queue_places(hall, self.scene.today)
        floor = self.scene.floor(hall)
        behind, issuers = floor.ended_to, {place.queue for place in places}
        if len(tickets_behind(floor, issuers, behind)) <= TICKETS_A_CALL:
            self.scene.ended(hall)
        return ops.EndDay(*head, places, self.scene.choice(("", self._token())), behind)

    def end_day(self):
        """In the middle of the day, rather in the small hall."""
        scene = self.scene
        hall = OTHER if scene.chance(0.9) else MAIN
        return ops.EndDay(*scene.floor_head(hall), floor_world.queue_places(hall, scene.today),
                          scene.choice(("", self._token())))

    def end_former(self):
        """The day before once more, or as when today has ended, too."""
        scene = self.scene
        if scene.today == world.FIRST_DAY:
            return None
        _, rules, ms, hall, _ = scene.floor_head(scene.hall())
        at = scene.choice((scene.now, world.midnight(world.FIRST_DAY) + 2 * 86400))
        return ops.EndDay(at, rules, ms, hall, world.FIRST_DAY,
                          floor_world.queue_places(hall, world.FIRST_DAY))

    def end_day_without(self):
        """Without a queue in which packages have a later step: refused, for not all of them are
        called within a round."""
        scene, places = self.scene, floor_world.queue_places(MAIN, self.scene.today)
        for place in places:
            going_on = filter(self._goes_on_in(place), scene.floor(MAIN).tickets.values())
            if len(list(going_on)) >= CLIENTS:
                others = tuple(other for other in places if other != place)
                return ops.EndDay(*scene.floor_head(MAIN), others)
        return None

    def _goes_on_in(self, place):
        def goes_on(ticket):
            if ticket.status not in OUTSIDE or ticket.reservation == "-" or ticket.step > 0:
                return False
            date, hall, queue, number = ticket.reservation.split("/")
            first = self.scene.city.record(Place(hall, queue, date), int(number))
            steps = [step.split(" ")[0] for step in first.extras.get("s", [])]
            return queue != place.queue and place.queue in steps
        return goes_on


    # --- Work over the whole city -------------------------------------------------------------

    def _token(self):
        """Mostly that of the present lease."""
        last = self.scene.model.lease.get("last", 0)
        return str(last if self.scene.chance(0.8) else max(0, last - 1))

    def take_lease(self):
        scene = self.scene
        return floor_lease.TakeLease(*scene.head(), scene.choice(("0", self._token())),
                                     scene.choice(("one", "two")))

    def end_day_fenced(self):
        """By one who never had the lease."""
        places = floor_world.queue_places(MAIN, self.scene.today)
        return ops.EndDay(*self.scene.floor_head(MAIN), places, "0")

    def end_lease(self):
        return floor_lease.EndLease(*self.scene.head(), self._token())

    def begin_pass(self):
        scene = self.scene
        minute = str(scene.now // 60) if scene.chance(0.8) else ""
        return floor_lease.BeginPass(*scene.head(), self._token(), scene.choice(("end", "sweep")),
                                     minute)

    def open_floors(self):
        return floor_lease.OpenFloors(*self.scene.head(), self.scene.choice(
            (self.scene.today, world.FIRST_DAY)), self.scene.chance(0.5))


# What a clerk mostly does: by what stands at an open window, and at one that is not open.
AT_TICKET = {
    "-": {"call-next": 12, "call": 1, "resume": 2, "pause": 0.4, "close": 0.3, "open": 0.3},
    CALLED: {"start": 8, "recall": 4, "miss": 1, "park": 1, "transfer": 1, "requeue": 1,
             "pause": 0.3},
    SERVING: {"finish": 9, "park": 1, "transfer": 1.5, "pause": 0.3, "open": 0.2},
}
IF_NOT_OPEN = {"c": {"open": 1}, "p": {"open": 6, "close": 1}}

MAKERS, WEIGHTS = zip(
    (FloorGenerator.reserve, 2), (FloorGenerator.visit, 6), (FloorGenerator.cancel, 1.5),
    (FloorGenerator.reschedule, 0.7), (FloorGenerator.enter_waitlist, 2),
    (FloorGenerator.answer, 0.5), (FloorGenerator.push_health, 5), (FloorGenerator.early, 0.5),
    (FloorGenerator.check_in, 14), (FloorGenerator.check_in_missed, 1.5),
    (FloorGenerator.issue, 14), (FloorGenerator.at_window, 58), (FloorGenerator.at_former, 25),
    (FloorGenerator.end_former, 0.5), (FloorGenerator.again, 4),
    (FloorGenerator.end_day, 0.05), (FloorGenerator.end_day_without, 0.5),
    (FloorGenerator.take_lease, 0.6), (FloorGenerator.end_lease, 0.2),
    (FloorGenerator.begin_pass, 0.8), (FloorGenerator.open_floors, 1.5),
    (FloorGenerator.end_day_fenced, 0.1))

assert WINDOWS.keys() == HALLS.keys()
