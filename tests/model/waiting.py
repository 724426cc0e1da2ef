# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of waitlists and draws: who waits is served in order, at once, by the first half
hour of his that fits."""
import rules
import world
from city import Refused, due_item


LOOKED_AT_A_CALL = 500

# --- The waitlist -----------------------------------------------------------------------------

def promote(city, op, place):
    """Units were freed; while nothing is free nobody is looked at."""
    inventory = city.at(place)
    if any(inventory.free(slot) > 0 and op.at < inventory.closes_at(slot)
           for slot in inventory.capacity):
        _promote_waiting(city, op, inventory)


def _promote_waiting(city, op, inventory):
    if inventory.is_open:
        for number in sorted(inventory.waiting):
            _promote_one(city, op, inventory, number)


def _promote_one(city, op, inventory, number):
    entry = inventory.entries[f"w{number}"]
    starts = [slot for slot in map(ord, entry.extras.get("g", ""))
              if op.at < inventory.closes_at(slot)]
    if not starts or world.is_retired(inventory.place, entry.service, op.at):
        stop_waiting(city, inventory, number, entry.copy(status="z"))
        return
    who = rules.who_of(entry)
    starts = [slot for slot in starts
              if rules.fits(inventory, slot, entry.span, entry.units, who)]
    if not starts:
        return
    place = inventory.place
    try:
        evidence = rules.ask_person(city, op, place, starts, entry.span, entry.person, entry.service)
    except Refused as refused:
        if refused.outcome[0] == "A":
            stop_waiting(city, inventory, number, entry.copy(status="x"))
        return
    start = rules.ask_elsewhere(city, op, place, starts, entry.span, entry.person)
    _give(city, op, inventory, number, entry.copy(), start, evidence)


def _give(city, op, inventory, number, entry, start, evidence):
    """A confirmed reservation or, where the hall says so, an offer."""
    is_offer = inventory.queue.offer > 0
    record = entry.copy(status="o" if is_offer else "b", slot=start, evidence=evidence)
    record.extras.pop("g", None)
    if is_offer:
        until = offer_until(op, inventory, start, inventory.queue.offer * 60)
        record.extras["u"] = str(until)
    given = inventory.place.named(city.take(inventory.place, record))
    if is_offer:
        city.put(city.due, f"offer {given}", until)
    entry.status, entry.extras["t"] = "m", given
    stop_waiting(city, inventory, number, entry, stands_for_person=is_offer)


def offer_until(op, inventory, slot, seconds):
    return min(op.at + seconds, inventory.closes_at(slot))


def stop_waiting(city, inventory, number, entry, stands_for_person=False):
    """An entry that got an offer goes on standing for its person until the offer is answered."""
    city.put(inventory.waiting, number, None)
    city.put(inventory.entries, f"w{number}", entry)
    if not stands_for_person:
        free_person(city, inventory.place, entry)
    city.tell(inventory.place, f"v{number}")


def free_person(city, place, record):
    """The person may enter for the service and day again."""
    city.put(city.live_entries, (place.date, record.person, record.service), None)


def promote_all(city, op):
    """All who wait for one place, or for as many as they are LOOKED_AT_A_CALL."""
    looked_at, last = 0, None
    for place in op.named_places:
        inventory = city.at(place)
        waiting = len(inventory.waiting) if inventory.is_open else 0
        if last and waiting and looked_at + waiting > LOOKED_AT_A_CALL:
            return [f"{last.label} "]
        looked_at, last = looked_at + waiting, place
        _promote_waiting(city, op, inventory)
    return [""]


# --- Entries ----------------------------------------------------------------------------------

def enter(city, op):
    first = rules.ask_repeated(city, op, op.tag, op.digest)
    if first:
        raise Refused(f"R{first}", _entry_named(city, op, first))
    place, record, inventory = op.booking.place, op.record(), city.at(op.booking.place)
    if op.kind == "d":
        _ask_draw(city, op, inventory)
    else:
        _ask_starts(inventory, record)
    starts = list(map(ord, record.extras["g"])) if op.kind == "w" else [record.slot]
    evidence = rules.ask_person(city, op, place, starts, record.span, record.person,
                                record.service)
    _ask_second_entry(city, place, record)
    rules.ask_agent(city, op, op.agent, 1)

    number = inventory.numbers.get(f"{op.kind}seq", 0) + 1
    name = f"{op.kind}{number}"
    city.put(inventory.numbers, f"{op.kind}seq", number)
    city.put(inventory.entries, name, record.copy(evidence=evidence))
    city.put(city.live_entries, (place.date, record.person, record.service), (place.label, name))
    city.tell(place, name)
    rules.remember(city, op, op.tag, op.digest, place.named(name))
    if op.kind == "d":
        return [number, 0, "", "", "", evidence]
    city.put(inventory.waiting, number, True)
    _promote_one(city, op, inventory, number)
    return [number, *_standing(inventory, number), evidence]


def _entry_named(city, op, named):
    """The record of an entry, as far as the call names its place."""
    date, hall, queue, name = named.split(" ")
    place = op.booking.place._replace(date=date, hall=hall, queue=queue)
    return (place in op.named_places and city.at(place).entries.get(name)) or ""


def _ask_draw(city, op, inventory):
    if inventory.is_open:
        raise Refused("again")
    if not inventory.draw_state:
        raise Refused("N")
    drawn_at = city.due.get(due_item("draw", inventory.place), 0)
    if inventory.draw_state[0] != "o" or op.at >= drawn_at:
        raise Refused("again")


def _ask_starts(inventory, record):
    if not inventory.is_open:
        raise Refused("N")
    for slot in map(ord, record.extras["g"]):
        if not rules.is_served(inventory, range(slot, slot + record.span)):
            raise Refused("S")


def _ask_second_entry(city, place, record):
    """One entry for a person, service and day; one that lost its draw stands in nobody's way."""
    found = city.live_entries.get((place.date, record.person, record.service))
    if not found:
        return
    label, name = found
    hall, queue = label.split(" ")
    other = city.at(place._replace(hall=hall, queue=queue))
    if name[0] == "d" and other.draw_state[:1] == "d":
        return
    raise Refused(f"A{other.place.named(name)}", other.entries.get(name) or "")


def _standing(inventory, number):
    """Position, or 0 and what was given at once: its place, status and record."""
    if number in inventory.waiting:
        return [sorted(inventory.waiting).index(number) + 1, "", "", ""]
    given = inventory.entries[f"w{number}"].extras.get("t")
    if not given:
        return [0, "", "", ""]
    record = inventory.records[int(given.split(" ")[3])]
    return [0, given, record.status, record]


def leave(city, op):
    inventory = city.at(op.place)
    entry = inventory.entries.get(op.name)
    if not entry:
        raise Refused("missing")
    is_drawn = op.name[0] == "d" and inventory.draw_state[:1] not in ("", "o")
    if entry.status not in "qw" or is_drawn:
        raise Refused("state", entry)
    entry = entry.copy(status="x")
    if op.name[0] == "w":
        stop_waiting(city, inventory, int(op.name[1:]), entry)
    else:
        city.put(inventory.entries, op.name, entry)
        free_person(city, op.place, entry)
        city.tell(op.place, f"c{op.name[1:]}")
    return [entry]
