# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The reference model's city: what there is and what may be done to it in one step. The rules that
decide stand in rules.py and in the modules of the operations; here units are only counted and
records only kept.

What is changed goes through `put`, so that an operation that is refused half-way leaves nothing
behind."""
import dataclasses
import typing

import world
from record import HOLDS, LIVE
from world import Place

_NOTHING = object()


class Refused(Exception):
    """An operation's refusal: the outcome and what comes behind it. `asked` is where an
    interception by the health code is counted: (place, slot, service)."""

    def __init__(self, outcome, *details, asked=None):
        super().__init__(outcome)
        self.outcome, self.details, self.asked = outcome, list(details), asked


class Entry(typing.NamedTuple):
    """A live reservation in the index of persons; a package's later step does not count."""
    service: str
    place: Place
    number: int
    slots: range
    is_step: bool


@dataclasses.dataclass(frozen=True)
class Person:
    """`no_shows`: their days; `cancelled`: month and how many, or nothing; the suspension's end
    in Unix seconds or 0."""
    no_shows: tuple = ()
    cancelled: tuple = ()
    suspended_until: int = 0
    entries: tuple = ()

    def cancellations(self, month):
        return self.cancelled[1] if self.cancelled and self.cancelled[0] == month else 0

    def live(self, today):
        return sum(1 for entry in self.entries if entry.place.date >= today and not entry.is_step)

    def of(self, service, date):
        for entry in self.entries:
            if entry.service == service and entry.place.date == date:
                return entry
        return None

    def changed(self, **values):
        return dataclasses.replace(self, **values)


class Inventory:
    """A queue's day: units of half hours, reservations by number, entries of its waitlist and
    draw by name. Units held are those of records that hold them."""

    def __init__(self, place):
        self.place, self.queue = place, world.QUEUES[place.label]
        self.numbers = {}  # seq, wseq, dseq, swept
        self.draw = {}  # state
        self.capacity, self.peak, self.share = {}, {}, {}
        self.held, self.held_by_priority = {}, {}
        self.records, self.entries, self.waiting = {}, {}, {}
        self.intercepted = {}  # (slot, service) → how many

    @property
    def is_open(self):
        return "seq" in self.numbers

    @property
    def draw_state(self):
        return self.draw.get("state", "")

    def free(self, slot):
        return self.capacity.get(slot, 0) - self.held.get(slot, 0)

    def still_kept(self, slot):
        """Units of the share that no priority person holds."""
        return max(0, self.share.get(slot, 0) - self.held_by_priority.get(slot, 0))

    def starts_at(self, slot):
        return world.slot_start(self.place.date, slot)

    def closes_at(self, slot):
        return self.starts_at(slot) - self.queue.closes * 60


class Change:
    """What an operation did to an inventory, as its event will say."""

    def __init__(self):
        self.slots, self.words, self.is_whole = set(), [], False
        self.priority_slots = set()


class City:
    def __init__(self):
        self.inventories = {}
        self.persons, self.health = {}, {}
        self.tags = {}  # (day, tag) → (digest, outcome)
        self.agents = {}  # (day, agent) → how many
        self.due = {}  # item → Unix s
        self.plan = {"version": 0, "closures": 0}
        self.plan_fields = {}
        self.live_entries = {}  # (date, person, service) → (label, name)
        self.persons_from = {}
        self.journal, self.changes, self.plan_events = [], {}, []

    # --- One operation ------------------------------------------------------------------------

    def begin(self):
        self.journal, self.changes, self.plan_events = [], {}, []

    def undo(self):
        for mapping, key, value in reversed(self.journal):
            if value is _NOTHING:
                mapping.pop(key, None)
            else:
                mapping[key] = value
        self.begin()

    def put(self, mapping, key, value):
        """None takes the key away."""
        self.journal.append((mapping, key, mapping.get(key, _NOTHING)))
        if value is None:
            mapping.pop(key, None)
        else:
            mapping[key] = value

    def change_of(self, place):
        return self.changes.setdefault(place, Change())

    def tell(self, place, word):
        self.change_of(place).words.append(word)

    # --- Places -------------------------------------------------------------------------------

    def at(self, place):
        inventory = self.inventories.get(place)
        if inventory is None:
            inventory = self.inventories[place] = Inventory(place)
        return inventory

    def record(self, place, number):
        return self.at(place).records.get(number)

    def hold(self, place, record, sign):
        """Counts the record's units as held (1) or no longer held (-1)."""
        inventory = self.at(place)
        for slot in record.slots:
            self.put(inventory.held, slot, inventory.held.get(slot, 0) + sign * record.units)
            if "p" in record.extras:
                self.put(inventory.held_by_priority, slot,
                         inventory.held_by_priority.get(slot, 0) + sign * record.units)
                self.change_of(place).priority_slots.add(slot)
            self.change_of(place).slots.add(slot)

    def take(self, place, record):
        """The next number of the inventory for a record that holds its units."""
        inventory = self.at(place)
        number = inventory.numbers["seq"] + 1
        self.put(inventory.numbers, "seq", number)
        self.put(inventory.records, number, record)
        self.hold(place, record, 1)
        if record.status in LIVE:
            self.add_entry(place, number, record)
        self.tell(place, f"{'o' if record.status == 'o' else '+'}{number}")
        return number

    def give_up(self, place, number, status, word=None):
        """The record gets a status in which it holds nothing."""
        inventory = self.at(place)
        record = inventory.records[number]
        assert record.status in HOLDS and status not in HOLDS
        if record.status in LIVE:
            self.remove_entry(place, number, record)
        self.hold(place, record, -1)
        record = record.copy(status=status)
        self.put(inventory.records, number, record)
        if word:
            self.tell(place, f"{word}{number}")
        return record

    def rewrite(self, place, number, record):
        self.put(self.at(place).records, number, record)

    # --- Persons ------------------------------------------------------------------------------

    def person(self, person):
        return self.persons.get(person) or Person()

    def put_person(self, person, value):
        self.put(self.persons, person, value if value != Person() else None)

    def add_entry(self, place, number, record):
        known = self.person(record.person)
        entry = Entry(record.service, place, number, record.slots, "l" in record.extras)
        self.put_person(record.person, known.changed(entries=known.entries + (entry,)))

    def remove_entry(self, place, number, record):
        known = self.person(record.person)
        self.put_person(record.person, known.changed(entries=tuple(
            entry for entry in known.entries if (entry.place, entry.number) != (place, number))))


def named_place(text):
    """'DATE HALL QUEUE NUMBER' → place, number (an int, or a name as w3)."""
    date, hall, queue, number = text.split(" ")
    return Place(hall, queue, date), int(number) if number.isdigit() else number


def due_item(kind, place):
    """What happens to an inventory, as the sorted set of due items names it."""
    return f"{kind} {place.date} {place.label}"
