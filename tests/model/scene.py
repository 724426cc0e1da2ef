# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What those who make operations know of the city, and how they pick from it: mostly what makes
sense, sometimes what is stale, missing or wrong."""
import random

import world
from city import due_item, named_place
from operations import Booking
from world import Place, Rules

SALT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PRIORITIES = "edmp"
TAGS_A_DAY = 30


class Scene:
    """`city` is the model's, as it was before the operations that are being made."""

    def __init__(self, seed, city):
        self.random, self.city = random.Random(seed), city
        self.now = world.midnight(world.FIRST_DAY) + world.FIRST_HOUR * 3600
        self.rules = self._draw_rules()
        self.salts = 0
        self.hot = None

    def _draw_rules(self):
        pick = self.random.randint
        return Rules(pick(2, 5), self.random.choice("oooradd"), pick(3, 12), pick(1, 3), pick(2, 5),
                     pick(1, 3), pick(2, 8), self.random.choice("rra"))

    def advance(self):
        """To the next round: mostly a little, at night more."""
        draw = self.random.random()
        limit = 5 if draw < 0.5 else 240 if draw < 0.93 else 1800 if draw < 0.995 else 14400
        hour = (self.now + world.UTC_OFFSET) % world.DAY // 3600
        self.now += self.random.randint(0, limit * (4 if hour >= 14 else 1))
        if self.chance(0.002):
            self.rules = self.rules._replace(eligibility=self.random.choice("orad"))
        if self.hot is None or self.chance(0.02):
            self.hot = self.any_place()

    def head(self):
        """The first arguments of each operation: workers' clocks differ by a little."""
        return self.now - (self.random.randint(0, 2) if self.chance(0.1) else 0), self.rules

    # --- Drawing ------------------------------------------------------------------------------

    def chance(self, probability):
        return self.random.random() < probability

    def choice(self, items):
        return self.random.choice(items)

    @property
    def today(self):
        return world.date_at(self.now)

    def days(self):
        return [world.add_days(self.today, days) for days in range(world.DAYS_AHEAD + 1)]

    def any_place(self):
        """Rarely of a day that is not open yet."""
        queue = world.QUEUES[self.choice(list(world.QUEUES))]
        date = self.choice(self.days())
        if self.chance(0.04):
            date = world.add_days(self.today, world.DAYS_AHEAD + 1)
        return Place(queue.hall, queue.name, date)

    def place(self):
        """Rather where all the others go."""
        if self.chance(0.55) and self.hot.date >= self.today:
            return self.hot
        return self.any_place()

    def slot(self):
        """Rarely one that is not served."""
        return world.FIRST_SLOT + self.random.randrange(world.SLOTS + self.chance(0.05))

    def service(self):
        return self.random.choices(list(world.SERVICES), (5, 2, 2, 1))[0]

    def person(self):
        """Now and then one who waits or has an offer."""
        if self.chance(0.08):
            return self.offered()
        if self.chance(0.12):
            return self.standing()
        return self.random.randrange(world.PERSONS)

    def standing(self):
        """One who waits, is in a draw or has an offer; anybody when nobody does."""
        standing = list(self.city.live_entries)
        if not standing:
            return self.random.randrange(world.PERSONS)
        return world.person_number(self.choice(standing)[1])

    def offered(self):
        """One who has an offer; anybody when nobody has."""
        held = self.held()
        if not held:
            return self.random.randrange(world.PERSONS)
        return world.person_number(self.city.record(*held).person)

    def held(self):
        """(place, number) of an offer, or None."""
        named = [item.split(" ", 1)[1] for item in self.city.due if item.startswith("offer ")]
        return named_place(self.choice(named)) if named else None

    def agent(self, probability):
        return world.agent(self.random.randrange(world.AGENTS)) if self.chance(probability) else ""

    def salt(self):
        self.salts += 1
        number, text = self.salts, ""
        for _ in range(6):
            text = SALT_ALPHABET[number & 31] + text
            number >>= 5
        return text

    def booking(self, place=None, **fields):
        drawn = {"slot": self.slot(), "service": self.service(), "person": self.person(),
                 "priority": self.choice(PRIORITIES) if self.chance(0.3) else ""}
        return Booking(place or self.place(), salt=self.salt(), **(drawn | fields))

    def tag(self, letter, probability):
        """An idempotency key and the digest of its request, which may be another's."""
        if not self.chance(probability):
            return "", "........"
        number = self.random.randrange(TAGS_A_DAY)
        kind = letter if self.chance(0.9) else "x"
        return f"tag-{kind}-{number:08d}", f"{letter}{number:04d}{self.random.randrange(5) // 4}.."

    # --- Picking ------------------------------------------------------------------------------

    def inventories(self):
        """Those of the days that somebody may still ask about."""
        first = world.add_days(self.today, -1)
        return [inventory
                for inventory in self.city.inventories.values() if inventory.place.date >= first]

    def record(self, statuses, tries=12):
        """(place, number) of a record, most likely one in these statuses; None without any."""
        with_records = [inventory for inventory in self.inventories() if inventory.records]
        if not with_records:
            return None
        if "b" in statuses and self.chance(0.1):
            reoffered = self.tagged("f", with_records)
            if reoffered:
                return self.choice(reoffered)
        found = None
        for _ in range(tries):
            inventory = self.choice(with_records)
            number = self.random.randint(1, len(inventory.records))
            found = inventory.place, number
            if inventory.records[number].status in statuses:
                return found if self.chance(0.99) else (found[0], len(inventory.records) + 1)
        return found if self.chance(0.2) else None

    def tagged(self, tag, inventories=None):
        """Booked reservations that say something besides."""
        return [(inventory.place, number) for inventory in inventories or self.inventories()
                for number, record in inventory.records.items()
                if tag in record.extras and record.status == "b"]

    def entry(self, statuses, tries=12):
        with_entries = [inventory for inventory in self.inventories() if inventory.entries]
        if not with_entries:
            return None
        found = None
        for _ in range(tries):
            inventory = self.choice(with_entries)
            name = self.choice(list(inventory.entries))
            found = inventory.place, name
            if inventory.entries[name].status in statuses:
                return found if self.chance(0.97) else (found[0], found[1][0] + "999")
        return found if self.chance(0.2) else None

    def due(self, is_early=False):
        """An item that is due, or one that is not yet."""
        items = [item for item, second in self.city.due.items() if (second > self.now) == is_early]
        return self.choice(items) if items else None

    def mentioned(self, place, number):
        """The places that a call about a record must name: its visit's, offer's, origin's."""
        record = self.city.record(place, number)
        if not record:
            return ()
        places, extras = [place], record.extras
        for text in [extras.get("l"), *extras.get("s", [])]:
            if text:
                places.append(place._replace(queue=text.split(" ")[0]))
        for part in list(dict.fromkeys(places)):
            places += self._named_in(part, number if part == place else None, extras)
        lead = self._lead(place, extras)
        if lead:
            places += self.mentioned(*lead)
        if extras.get("r"):
            reserved, its_number = named_place(extras["r"])
            reservation = self.city.record(reserved, its_number)
            places += self._named_in(reserved, its_number,
                                     reservation.extras if reservation else {})
        places = list(dict.fromkeys(places))
        others = [other for other in places if other != place]
        if others and self.chance(0.15):
            places.remove(self.choice(others))
        return tuple(places)

    def _lead(self, place, extras):
        if "l" not in extras:
            return None
        queue, number = extras["l"].split(" ")
        return place._replace(queue=queue), int(number)

    def _named_in(self, place, number, extras):
        named = [place] + [named_place(extras[tag])[0] for tag in "ofr" if tag in extras]
        for text in extras.get("s", []):
            queue, its_number = text.split(" ")
            follower = self.city.record(place._replace(queue=queue), int(its_number))
            if number is not None and follower and "o" in follower.extras:
                named.append(named_place(follower.extras["o"])[0])
        return named

    # --- The plan -----------------------------------------------------------------------------

    def planned(self, place, without=None, override=None):
        """An inventory's capacity: template, override, closures in force but for `without`."""
        queue = world.QUEUES[place.label]
        template = {world.FIRST_SLOT + i: pair for i, pair in enumerate(queue.capacity)}
        if override is None:
            override = self.city.plan_fields.get(f"{place.label} {place.date}", "")
        for word in override.split():
            slot, units = map(int, word.split("="))
            template[slot] = units, min(units, template.get(slot, (0, 0))[1])
        for start, end in self._closed(place, without):
            for slot in template:
                if start <= slot < end:
                    template[slot] = 0, 0
        return tuple((slot, units, kept) for slot, (units, kept) in sorted(template.items()))

    def _closed(self, place, without):
        for number in range(1, self.city.plan["closures"] + 1):
            value = self.city.plan_fields.get(f"{place.hall} {place.date} {number}", "")
            if value[:1] == "+" and number != without:
                _, start, end, queue, *_ = value.split(" ")
                if queue in ("*", place.queue):
                    yield int(start), int(end)

    def version(self):
        """Rarely that of an older plan."""
        version = self.city.plan["version"]
        return str(version - 1 if version and self.chance(0.08) else version)

    def draw_second(self, place):
        return self.city.due.get(due_item("draw", place))
