# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of every kind. A maker returns None when there is nothing to do it to."""
import operations as ops
import world
from batch import Reserve
from city import named_place
from operations import Item
from world import Place

PACKAGE_STEPS, PARTY_MAX, BATCH_MAX = 3, 4, 7


class Generator:
    def __init__(self, scene):
        self.scene = scene

    def next(self):
        """Opens days as they come; what is due is done soon; else anything."""
        op = self._open_days() if self.scene.chance(0.5) else None
        if not op and self.scene.chance(0.35):
            op = self._due()
        while not op:
            maker = self.scene.random.choices(MAKERS, WEIGHTS)[0]
            op = maker(self)
        return op

    # --- Booking ------------------------------------------------------------------------------

    def reserve(self):
        scene, items = self.scene, []
        for _ in range(scene.random.randint(1, BATCH_MAX)):
            booking = scene.booking()
            items.append(Item(booking, *scene.tag("r", 0.3)))
        return Reserve(*scene.head(), tuple(items))

    def visit(self):
        scene = self.scene
        kind = scene.choice(("single", "single", "party", "package"))
        if kind == "single":
            bookings = [scene.booking()]
        elif kind == "party":
            first = scene.booking(priority="")
            bookings = [first] + [first._replace(person=scene.person(), salt=scene.salt())
                                  for _ in range(scene.random.randint(1, PARTY_MAX - 1))]
        else:
            bookings = self._package()
        return ops.Visit(*scene.head(), *scene.tag("v", 0.3), scene.agent(0.3), kind,
                         tuple(bookings))

    def _package(self):
        """Steps in order in the hall's queues, each behind the one before it."""
        scene, steps = self.scene, []
        first = scene.booking()
        slot = first.slot
        for _ in range(scene.random.randint(2, PACKAGE_STEPS)):
            place = self._beside(first.place)
            service = scene.service()
            steps.append(first._replace(place=place, slot=slot, service=service, salt=scene.salt()))
            slot = min(slot + steps[-1].span, 44)
        return steps

    def _beside(self, place):
        queues = [queue.name for queue in world.QUEUES.values() if queue.hall == place.hall]
        return place._replace(queue=self.scene.choice(queues))

    def cancel(self):
        scene = self.scene
        found = scene.record("b")
        if not found:
            return None
        seconds = scene.random.randint(1, 2700) if world.QUEUES[found[0].label].resale else 0
        return ops.Cancel(*scene.head(), *found, scene.choice("pss"), seconds,
                          scene.mentioned(*found))

    def reschedule(self):
        scene = self.scene
        found = scene.record("b")
        if not found:
            return None
        record = scene.city.record(*found)
        count = 1
        if record and record.extras.keys() & {"s", "l"}:
            lead = scene.city.record(*self._lead_of(*found))
            count += len(lead.extras.get("s", []))
        target = scene.choice((scene.place(), scene.place(), found[0]))
        targets = [(target, scene.slot())]
        if scene.chance(0.03):
            count += 1
        while len(targets) < count:
            targets.append((self._beside(target), min(targets[-1][1] + 1, 44)))
        if len(targets) > 1 and scene.chance(0.05):
            targets.pop()
        return ops.Reschedule(*scene.head(), *found, tuple(targets), scene.mentioned(*found))

    def _lead_of(self, place, number):
        lead = self.scene.city.record(place, number).extras.get("l")
        if not lead:
            return place, number
        queue, its_number = lead.split(" ")
        return place._replace(queue=queue), int(its_number)

    # --- Entries and offers -------------------------------------------------------------------

    def enter_waitlist(self):
        scene = self.scene
        starts = [scene.slot() for _ in range(scene.random.randint(1, 3))]
        held = scene.held() if scene.chance(0.15) else None
        if held:  # for what is offered to another
            starts[0] = scene.city.record(*held).slot
        starts = tuple(dict.fromkeys(starts))
        booking = scene.booking(held and held[0], slot=starts[0])
        return ops.Enter(*scene.head(), "w", *scene.tag("w", 0.2), scene.agent(0.1), booking,
                         starts)

    def enter_draw(self):
        scene = self.scene
        collecting = [inventory.place
                      for inventory in scene.inventories() if inventory.draw_state[:1] == "o"]
        if not collecting and scene.chance(0.9):
            return None
        place = scene.choice(collecting) if collecting and scene.chance(0.95) else scene.any_place()
        booking = scene.booking(place)
        return ops.Enter(*scene.head(), "d", *scene.tag("d", 0.2), scene.agent(0.1), booking, ())

    def leave(self):
        found = self.scene.entry("qw")
        return found and ops.Leave(*self.scene.head(), *found)

    def answer(self):
        scene = self.scene
        found = scene.record("o", tries=40)
        if not found:
            return None
        mode = scene.random.choices(("accept", "decline", "lapse"), (6, 3, 1))[0]
        named = scene.mentioned(*found)
        reserved = scene.city.record(*found).extras.get("r") if scene.city.record(*found) else None
        if reserved and scene.chance(0.08):
            named = tuple(place for place in named if place != named_place(reserved)[0])
        return ops.Offer(*scene.head(), mode, *found, named)

    # --- Days and their capacity --------------------------------------------------------------

    def _open_days(self):
        scene = self.scene
        for date in scene.days():
            for queue in world.QUEUES.values():
                place = Place(queue.hall, queue.name, date)
                inventory = scene.city.at(place)
                if inventory.is_open or (queue.is_lottery and inventory.draw_state):
                    continue
                if queue.is_lottery:
                    draw_at = scene.now + scene.random.randint(600, 7200)
                    return ops.OpenDraw(*scene.head(), place, draw_at, f"o commitment of {date}")
                return self._set("open", "", "", "", ((place, scene.planned(place)),))
        return None

    def _set(self, mode, version, field, value, inventories):
        return ops.SetCapacity(*self.scene.head(), mode, version, field, value, inventories)

    def open(self):
        """Again, or too early."""
        place = self.scene.any_place()
        if world.QUEUES[place.label].is_lottery and not self.scene.city.at(place).is_open:
            return None
        return self._set("open", self.scene.choice(("", self.scene.version())), "", "",
                         ((place, self.scene.planned(place)),))

    def adjust(self):
        scene = self.scene
        places = tuple(dict.fromkeys(scene.place() for _ in range(scene.random.randint(1, 3))))
        return self._set("adjust", scene.choice(("", scene.version())), "", "",
                         tuple((place, scene.planned(place)) for place in places))

    def set(self):
        """An override, or none any more."""
        scene, value = self.scene, ""
        place = scene.place()
        if scene.chance(0.8):
            slots = scene.random.sample(
                range(world.FIRST_SLOT, world.FIRST_SLOT + world.SLOTS + 1), 3)
            value = " ".join(f"{slot}={0 if scene.chance(0.12) else scene.random.randint(1, 7)}"
                             for slot in sorted(slots))
        return self._set("set", scene.version(), f"{place.label} {place.date}", value,
                         ((place, scene.planned(place, override=value)),))

    def promote(self):
        scene = self.scene
        return ops.Promote(*scene.head(), tuple(dict.fromkeys(scene.place() for _ in range(3))))

    # --- Closures -----------------------------------------------------------------------------

    def close(self):
        scene = self.scene
        place, queue, start = self._to_close()
        places = [Place(q.hall, q.name, place.date) for q in world.QUEUES.values()
                  if q.hall == place.hall and queue in ("", q.name)]
        end = start + (1 if scene.chance(0.6) else scene.random.randint(2, 5))
        inventories = tuple((place, self._without(scene.planned(place), start, end))
                            for place in places)
        return ops.Close(*scene.head(), *scene.tag("c", 0.3), scene.version(), place.hall,
                         place.date, queue, start, end, scene.choice(("offer", "offer", "none")),
                         inventories)

    def _to_close(self):
        """Place, queue (empty: the hall), first half hour."""
        scene = self.scene
        if scene.chance(0.12):  # of a package's later step, whose first step may be elsewhere
            steps = scene.tagged("l")
            if steps:
                step = scene.choice(steps)
                return step[0], step[0].queue, scene.city.record(*step).slot
        moved = scene.tagged("o") if scene.chance(0.15) else None
        if moved:
            one = scene.choice(moved)
            return one[0], one[0].queue, scene.city.record(*one).slot
        place = scene.place()
        start = scene.random.randrange(world.FIRST_SLOT, world.FIRST_SLOT + world.SLOTS)
        return place, place.queue if scene.chance(0.6) else "", start

    def _without(self, capacity, start, end):
        return tuple((slot, 0, 0) if start <= slot < end else (slot, units, kept)
                     for slot, units, kept in capacity)

    def _candidates(self, place):
        """The same queue on the days around, then another hall."""
        places = [place] + [place._replace(date=date)
                            for date in self.scene.days() if date != place.date]
        places += [Place("410402001-02", "A", date) for date in self.scene.days()]
        chosen = [one for one in places if self.scene.chance(0.7)]
        return tuple(dict.fromkeys(chosen))

    def _offers_of(self, places):
        """Where offers stand for reservations of these inventories, where those were made, and
        the hall's other queues: packages have steps there."""
        named = [place._replace(queue=q.name) for place in places
                 for q in world.QUEUES.values() if q.hall == place.hall]
        for place in places:
            for record in self.scene.city.at(place).records.values():
                if record.status in "bcls":
                    named += [named_place(record.extras[tag])[0]
                              for tag in "fo" if tag in record.extras]
        named = list(dict.fromkeys(named))
        if named and self.scene.chance(0.2):
            named.remove(self.scene.choice(named))
        return tuple(named)

    def _closure(self):
        """Of one, mostly in force: hall, date, number, the places that it is about; or None."""
        scene = self.scene
        states = "+" if scene.chance(0.9) else "-"
        closures = [field for field, value in scene.city.plan_fields.items() if value[:1] == states
                    and field.split(" ")[1] >= scene.today]
        return self._about(scene.choice(closures[-12:])) if closures else None

    def _about(self, field):
        hall, date, number = field.split(" ")
        closed = self.scene.city.plan_fields[field].split(" ")[3]
        places = [Place(q.hall, q.name, date) for q in world.QUEUES.values() if q.hall == hall
                  and closed in ("*", q.name)]
        return hall, date, int(number), places

    def _affected(self, field, places):
        """Those in the closed half hours as the service finds them, a package by its first step; some
        of them were dealt with or have left meanwhile."""
        city, found = self.scene.city, {}
        start, end = map(int, city.plan_fields[field].split(" ")[1:3])
        for place in places:
            for number, record in city.at(place).records.items():
                if record.slot < end and record.slot + record.span > start and (
                        record.status in "bclso" or self.scene.chance(0.05)):
                    lead = "l" in record.extras and record.status in "bcls"
                    found[self._lead_of(place, number) if lead else (place, number)] = True
        return sorted(found, key=lambda one: (city.record(*one).created_ms, one[0].label, one[1]))

    def rebook(self):
        """All of them, or a part."""
        closure = self._closure()
        if not closure:
            return None
        hall, date, number, places = closure
        affected = self._affected(f"{hall} {date} {number}", places)
        part = affected[self.scene.random.randint(0, len(affected)):] if self.scene.chance(0.5) \
            else affected
        return self._rebook(hall, date, number, places, part)

    def _rebook(self, hall, date, number, places, affected):
        scene = self.scene
        candidates = tuple((place.queue, service, self._candidates(place))
                           for place in places for service in world.SERVICES)
        return ops.Rebook(*scene.head(), hall, date, number, scene.random.randint(300, 40000),
                          scene.chance(0.7), tuple(affected), candidates)

    def restore(self):
        closure = self._closure()
        if not closure:
            return None
        hall, date, number, places = closure
        scene = self.scene
        affected = [one for one in self._affected(f"{hall} {date} {number}", places)
                    if scene.chance(0.9)]
        return ops.Restore(*scene.head(), hall, date, number, scene.version(), tuple(affected),
                           self._offers_of(places))

    def reopen(self):
        closure = self._closure()
        if not closure:
            return None
        hall, date, number, places = closure
        number = number if self.scene.chance(0.97) else 9999
        inventories = tuple((place, self.scene.planned(place, without=number)) for place in places)
        return ops.Reopen(*self.scene.head(), hall, date, number, self.scene.version(), inventories)

    # --- What the clock brings ----------------------------------------------------------------

    def _due(self):
        item = self.scene.due()
        return item and self._do(item)

    def early(self):
        item = self.scene.due(is_early=True)
        return item and self._do(item)

    def _do(self, item):
        kind, date, hall, queue, *number = item.split(" ")
        if kind == "rebook":
            closure = self._about(f"{hall} {date} {queue}")
            return self._rebook(*closure, self._affected(f"{hall} {date} {queue}", closure[3]))
        place, head = Place(hall, queue, date), self.scene.head()
        if kind == "no-show":
            return ops.NoShows(*head, place)
        if kind == "kept":
            return ops.FreeKept(*head, place)
        if kind == "resale":
            return ops.Release(*head, place, int(number[0]))
        if kind == "offer":
            return ops.Offer(*head, "lapse", place, int(number[0]),
                             self.scene.mentioned(place, int(number[0])))
        return self._draw(place)

    def _draw(self, place):
        scene, inventory = self.scene, self.scene.city.at(place)
        of_draw = [(int(name[1:]), entry.status) for name, entry in inventory.entries.items()
                   if name[0] == "d"]
        numbers = [number for number, status in of_draw if status == "w"]
        left = [number for number, status in of_draw if status == "x"]
        if left and scene.chance(0.15):
            numbers.append(scene.choice(left))
        scene.random.shuffle(numbers)
        entries = inventory.numbers.get("dseq", 0) + (1 if scene.chance(0.05) else 0)
        return ops.Draw(*scene.head(), place, entries, scene.planned(place), "d drawn",
                        tuple(numbers))

    def prepare(self):
        """A draw that there is already, or of what is open."""
        scene = self.scene
        place = scene.place()
        if not scene.city.at(place).is_open and not world.QUEUES[place.label].is_lottery:
            return None
        return ops.OpenDraw(*scene.head(), place, scene.now + 1000,
                            f"o another commitment of {place.date}")

    def redraw(self):
        """Again, or where nothing is to be drawn yet."""
        scene = self.scene
        places = [inventory.place
                  for inventory in scene.inventories() if inventory.queue.is_lottery]
        if not places:
            return None
        place = scene.choice(places)
        if scene.chance(0.3):
            place = place._replace(date=world.add_days(scene.today, world.DAYS_AHEAD + 1))
        return self._draw(place)

    # --- The rest -----------------------------------------------------------------------------

    def release(self):
        found = self.scene.record("y", tries=30)
        return found and ops.Release(*self.scene.head(), *found)

    def excuse(self):
        """Who comes in his time, maybe behind it, seldom before."""
        scene, found = self.scene, None
        for _ in range(40):
            found = scene.record("b")
            record = found and scene.city.record(*found)
            if not record or scene.chance(0.02):
                break
            if record.status == "b" and world.slot_start(found[0].date, record.slot) <= scene.now:
                break
        return found and ops.Excuse(*scene.head(), *found)

    def pardon(self):
        found = self.scene.record("n", tries=40)
        return found and ops.Pardon(*self.scene.head(), *found,
                                    f"because of rain {self.scene.random.randrange(9)}")

    def push_health(self):
        scene = self.scene
        code = scene.random.choices(("g", "y", "r", "u"), (9, 1, 1, 1))[0]
        ends = scene.now + scene.random.randint(-100, 100000)
        value = "" if code == "u" else code if scene.chance(0.8) else f"{code}{ends}"
        pick = scene.choice((scene.offered, scene.standing, scene.person, scene.person))
        return ops.PushHealth(*scene.head(), pick(), value)

    def attend(self):
        scene = self.scene
        found = scene.record("b")
        if not found or found[0].date != scene.today:
            return None
        return ops.Attend(*scene.head(), *found, scene.choice("cls"))

    def sweep(self):
        """Rarely by a worker that comes late."""
        at, rules = self.scene.head()
        if self.scene.chance(0.1):
            at -= self.scene.random.randint(0, 2 * world.DAY)
        return ops.Sweep(at, rules)

    def count_day(self):
        return ops.CountDay(*self.scene.head(), self.scene.place())

    def prove(self):
        tags = [tag for tag, _ in (self.scene.tag("r", 1)
                                   for _ in range(self.scene.random.randint(0, 5)))]
        return ops.Prove(*self.scene.head(), tuple(tags))


MAKERS, WEIGHTS = zip(
    (Generator.reserve, 18), (Generator.visit, 16), (Generator.cancel, 10),
    (Generator.reschedule, 8), (Generator.enter_waitlist, 12), (Generator.enter_draw, 8),
    (Generator.leave, 2), (Generator.answer, 6), (Generator.open, 0.5), (Generator.adjust, 2),
    (Generator.set, 3), (Generator.promote, 3), (Generator.close, 1.6), (Generator.rebook, 2),
    (Generator.restore, 1.5), (Generator.reopen, 1.2),
    (Generator.early, 2), (Generator.redraw, 0.3), (Generator.prepare, 0.3),
    (Generator.release, 0.5), (Generator.excuse, 1),
    (Generator.pardon, 2), (Generator.push_health, 6),
    (Generator.attend, 3), (Generator.sweep, 0.3), (Generator.count_day, 1), (Generator.prove, 1))
