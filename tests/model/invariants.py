# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of a city's keys in Redis whatever was done, recomputed from the reservations
themselves: neither the model nor the Functions are asked."""
import collections

import record as record_text
import world
from check import Mismatch
from compare import read_city
from record import HOLDS, LIVE

HALF_HOURS = range(48)
FLOOR_OUTCOMES = ("ticket", "window")  # of idempotency keys


def check(connection, now, rules):
    """Raises Mismatch at the first breach. `now` and `rules` are those of a last call that
    promoted everywhere."""
    Audit(read_city(connection), now, rules).check()


def breach(what, *where):
    raise Mismatch(f"invariant: {what}: {' '.join(map(str, where))}")


def _extra(record, tag):
    return record.extras.get(tag) if record else None


class Audit:
    def __init__(self, city, now, rules):
        self.city, self.now, self.rules = city, now, rules
        self.records, self.entries, self.units = {}, {}, {}  # by place: (date, hall, queue)
        self.live_entries = {}
        for name, fields in city.items():
            kind, _, date = name.partition(":")
            target = {"reservations": self.records, "entries": self.entries,
                      "units": self.units}.get(kind)
            if target is not None:
                self._sort(target, date, fields)
        self.live = {(*place, number): record for place, records in self.records.items()
                     for number, record in records.items() if record.status in LIVE}

    def _sort(self, target, date, fields):
        for field, value in fields.items():
            if field[0] == "~":
                self.live_entries[date, field[1:]] = value
                continue
            hall, queue, rest = field.split(" ", 2)
            target.setdefault((date, hall, queue), {})[rest] = value

    def check(self):
        for place in self.records.keys() | self.units.keys():
            units = self.units.get(place, {})
            self._check_units(place, units, self.records.get(place, {}))
            self._check_sequence(place, units, self.records.get(place, {}))
        self._check_persons()
        self._check_waiting()
        self._check_moves()
        self._check_offers()
        self._check_due()
        self._check_tags()

    # --- Units and sequences ------------------------------------------------------------------

    def _check_units(self, place, units, records):
        for slot in HALF_HOURS:
            holding = [record for record in records.values() if record.status in HOLDS
                       and slot in record.slots]
            held = sum(record.units for record in holding)
            priority = sum(record.units for record in holding if "p" in record.extras)
            capacity = units.get(f"c{slot}", 0)
            if units.get(str(slot), 0) != capacity - held:
                breach("remaining is not capacity less what is held", place, slot)
            if held > max(capacity, units.get(f"p{slot}", 0)):
                breach("more is held than there ever was", place, slot)
            if units.get(f"g{slot}", 0) != priority:
                breach("what priority people hold is miscounted", place, slot)
            if units.get(f"k{slot}", 0) != max(0, units.get(f"K{slot}", 0) - priority):
                breach("what is still kept is miscounted", place, slot)

    def _check_sequence(self, place, units, records):
        if {int(number) for number in records} != set(range(1, units.get("seq", 0) + 1)):
            breach("sequences have a gap", place)

    # --- Persons ------------------------------------------------------------------------------

    def _check_persons(self):
        first = self.city.get("persons_from", {}).get("", "")
        persons = self.city.get("persons", {})
        indexed = collections.Counter(
            (person, entry) for person, (_, entries) in persons.items() for entry in entries
            if entry.split(" ")[1] >= first)
        standing = collections.Counter()
        for (date, hall, queue, number), record in self.live.items():
            if date >= first:
                step = record_text.half_hours(record.slot, record.span)
                step += "+" if "l" in record.extras else ""
                standing[record.person,
                         f"{record.service} {date} {hall} {queue} {number}{step}"] += 1
        if indexed != standing:
            breach("the index of persons", (indexed - standing), (standing - indexed))
        once = collections.Counter((record.person, record.service, place[0])
                                   for place, record in self.live.items())
        for who, count in once.items():
            if count > 1:
                breach("two live reservations for a person, service and day", *who)
        self._check_overlap()
        for place, record in self.live.items():
            if record.evidence not in "ogad":
                breach("a live reservation on a code that is not green", *place)

    def _check_overlap(self):
        """Nobody is in two places at once, unless the city lets him."""
        at = collections.Counter((record.person, place[0], slot)
                                 for place, record in self.live.items() for slot in record.slots)
        for who, count in at.items():
            if count > 1 and self.rules.overlap == "r":
                breach("a person is in two places in a half hour", *who)

    # --- Who waits ----------------------------------------------------------------------------

    def _check_waiting(self):
        waiting = set()
        for name, members in self.city.items():
            if name.startswith("waiting:"):
                for member in members:
                    hall, queue, number = member.split(" ")
                    waiting.add((name[8:], hall, queue, f"w{int(number)}"))
        entries = {(*place, name) for place, named in self.entries.items()
                   for name, entry in named.items()
                   if name[0] == "w" and name[1:].isdigit() and entry.status == "q"}
        if waiting != entries:
            breach("who waits", waiting ^ entries)
        for one in sorted(waiting):
            place, entry = one[:3], self.entries[one[:3]][one[3]]
            stands = self.live_entries.get((place[0], f"{entry.person} {entry.service}"))
            if stands != " ".join(one[1:]):
                breach("a waiting entry does not stand for its person", *one)
            if self._could_have(place, entry) and self._may_book(place, entry):
                breach("free units that somebody waits for", *one)

    def _could_have(self, place, entry):
        units, closes = self.units.get(place, {}), world.QUEUES[f"{place[1]} {place[2]}"].closes * 60
        for start in map(ord, entry.extras["g"]):
            room = min(self._room(units, slot, entry)
                       for slot in range(start, start + entry.span))
            is_free = not self._is_elsewhere(place, entry, start)
            if (self.now < world.slot_start(place[0], start) - closes and room >= entry.units
                    and is_free):
                return True
        return False

    def _is_elsewhere(self, place, entry, start):
        slots = range(start, start + entry.span)
        return self.rules.overlap == "r" and any(
            one[0] == place[0] and record.person == entry.person and set(record.slots) & set(slots)
            for one, record in self.live.items())

    def _room(self, units, slot, entry):
        kept = 0 if "p" in entry.extras else units.get(f"k{slot}", 0)
        return units.get(str(slot), 0) - kept if units.get(f"c{slot}", 0) else 0

    def _may_book(self, place, entry):
        marks, entries = self.city.get("persons", {}).get(entry.person, ([], []))
        today = world.date_at(self.now)
        code = self.city.get("health", {}).get(entry.person, "u")
        known = code[0] if len(code) == 1 or int(code[1:]) > self.now else "u"
        if known != "g" and self.rules.eligibility != "o":
            if known != "u" or self.rules.eligibility == "r":
                return False
        if any(mark[0] == "u" and int(mark[1:]) > self.now for mark in marks):
            return False
        cancelled = [int(mark.split("=")[1]) for mark in marks if mark.startswith(f"x{today[:6]}=")]
        if cancelled and cancelled[0] >= self.rules.cancellations_max:
            return False
        if any(one.startswith(f"{entry.service} {place[0]} ") for one in entries):
            return False
        live = [one for one in entries if one.split(" ")[1] >= today and one[-1] != "+"]
        return len(live) < self.rules.live_max

    # --- Where a reservation is ---------------------------------------------------------------

    def _at(self, named):
        """The record at a place, or None."""
        if not named:
            return None
        date, hall, queue, number = named.split(" ")
        kept = self.records if number.isdigit() else self.entries
        return kept.get((date, hall, queue), {}).get(number)

    def _check_moves(self):
        for place, record in self.live.items():
            origin = record.extras.get("o")
            if origin and _extra(self._at(origin), "t") != " ".join(place):
                breach("the place that an id names does not lead to it", *place)
            for text in record.extras.get("s", []):
                follower = self._at(f"{place[0]} {place[1]} {text}")
                named = _extra(follower, "l") == f"{place[2]} {place[3]}"
                if not named or follower.person != record.person:
                    breach("a package's steps do not name one another", *place)
        for records in [*self.records.values(), *self.entries.values()]:
            for record in records.values():
                if getattr(record, "status", "") == "m" and not self._at(record.extras.get("t")):
                    breach("moved to nowhere", record)

    def _check_offers(self):
        for place, records in self.records.items():
            for number, record in records.items():
                if record.status == "o" and "r" in record.extras:
                    if _extra(self._at(record.extras["r"]), "f") != " ".join((*place, number)):
                        breach("an offer that its reservation does not know", *place, number)

    # --- What will happen ---------------------------------------------------------------------

    def _check_due(self):
        due = self.city.get("due", {})
        wanted = set()
        for place, records in self.records.items():
            for number, record in records.items():
                named = " ".join((*place, number))
                if record.status == "y":
                    wanted.add(f"resale {named}")
                if record.status == "o":
                    wanted.add(f"offer {named}")
                    if due.get(f"offer {named}") != int(record.extras["u"]):
                        breach("an offer that does not lapse in time", named)
        there = {item for item in due if item.split(" ")[0] in ("resale", "offer")}
        if wanted != there:
            breach("what is due", wanted ^ there)

    def _check_tags(self):
        for name, tags in self.city.items():
            if name.startswith("idempotency:"):
                for outcome in tags.values():
                    words = outcome[8:].split(" ")
                    if words[0] in FLOOR_OUTCOMES:
                        continue  # floor_invariants.py
                    if words[0] == "closure":
                        if " ".join(words[1:]) not in self.city["plan"]:
                            breach("an idempotency key of no closure", outcome)
                    elif any(not self._at(" ".join((*words[:3], number))) for number in words[3:]):
                        breach("an idempotency key of nothing", outcome)
