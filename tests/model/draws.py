# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of a lottery: it collects entries, then gives places in the order of the call."""
import re

import rules
import world
from bookings import count_interception
from capacity import bring_to
from city import Refused, due_item
from waiting import free_person

LETTERS = re.compile("[^0-9]+")


def open_draw(city, op):
    inventory = city.at(op.place)
    if inventory.draw_state or inventory.is_open:
        return [inventory.draw_state]
    city.put(inventory.draw, "state", op.state)
    city.put(city.due, due_item("draw", op.place), op.draw_at)
    return [op.state]


def draw(city, op):
    inventory = city.at(op.place)
    if not inventory.draw_state:
        raise Refused("missing")
    city.put(city.due, due_item("draw", op.place), None)
    if inventory.draw_state[0] == "d" or inventory.is_open:
        return [0]
    if inventory.numbers.get("dseq", 0) != op.entries:
        raise Refused("again")
    names = [f"d{number}" for number in op.order]
    if any(name not in inventory.entries or inventory.entries[name].status != "w"
           for name in names):
        raise Refused("again")
    bring_to(city, op, op.place, op.capacity)
    placed = 0
    for name in names:
        placed += _draw_one(city, op, inventory, name)
        if not any(inventory.free(slot) > inventory.share.get(slot, 0)
                   for slot in inventory.capacity):
            break
    city.put(inventory.draw, "state", op.state)
    city.tell(op.place, "drawn")
    return [placed]


def _draw_one(city, op, inventory, name):
    """Whether the entry wins. Without units it stays as it is, refused by a rule it says why."""
    entry, place = inventory.entries[name], inventory.place
    if world.is_retired(place, entry.service, op.at):
        return False
    if not rules.fits(inventory, entry.slot, entry.span, entry.units, "draw"):
        return False
    free_person(city, place, entry)
    try:
        evidence = rules.ask_person(city, op, place, [entry.slot], entry.span, entry.person,
                                    entry.service)
    except Refused as refused:
        if refused.asked:
            count_interception(city, refused.asked)
        lost = entry.copy(status="u")
        lost.extras["v"] = LETTERS.match(refused.outcome)[0]
        city.put(inventory.entries, name, lost)
        return False
    record = entry.copy(status="b", evidence=evidence)
    del record.extras["e"]
    record.extras["o"] = place.named(name)
    number = city.take(place, record)
    won = entry.copy(status="m")
    won.extras["t"] = place.named(number)
    city.put(inventory.entries, name, won)
    return True
