# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of capacity: opening, raising, lowering, kept units, the plan's version."""
import world
from city import Refused, due_item
from waiting import promote


def set_capacity(city, op):
    ask_version(city, op.version)
    if op.mode == "set":
        change_plan(city, op.field, op.value)
    for place, capacity in op.inventories:
        if city.at(place).is_open != (op.mode == "open"):
            bring_to(city, op, place, capacity)
    return []


def ask_version(city, version):
    if version and version != str(city.plan["version"]):
        raise Refused("stale")


def change_plan(city, field, value):
    city.put(city.plan, "version", city.plan["version"] + 1)
    city.put(city.plan_fields, field, value or None)
    city.plan_events.append(("plan", str(city.plan["version"])))


def bring_to(city, op, place, capacity):
    """Opens the inventory or changes it. Bookings stay, who waits gets what is freed by that."""
    inventory = city.at(place)
    units = {slot: number for slot, number, _ in capacity if number}
    share = {slot: kept for slot, _, kept in capacity
             if kept and op.at < kept_until(inventory, slot)}
    is_same = (units == {s: n for s, n in inventory.capacity.items() if n}
               and share == {s: n for s, n in inventory.share.items() if n})
    if inventory.is_open and is_same:
        return
    if not inventory.is_open:
        city.put(inventory.numbers, "seq", 0)
    slots = units.keys() | inventory.capacity.keys() | share.keys() | inventory.share.keys()
    before = _units_to_have(inventory, slots)
    for slot in sorted(units | inventory.capacity):
        _set_units(city, inventory, slot, units.get(slot, 0))
    for slot in share.keys() | inventory.share.keys():
        city.put(inventory.share, slot, share.get(slot, 0))
    change = city.change_of(place)
    change.is_whole = True
    change.slots |= inventory.capacity.keys() | inventory.share.keys()
    watch_kept(city, inventory)
    watch_for_no_shows(city, inventory)
    after = _units_to_have(inventory, slots)
    if any(now > then for now, then in zip(after, before)):
        promote(city, op, place)


def _units_to_have(inventory, slots):
    """For everybody and for priority people, half hour by half hour."""
    free = {slot: inventory.free(slot) if slot in inventory.capacity else 0 for slot in slots}
    return [units for slot in sorted(slots)
            for units in (free[slot] - inventory.still_kept(slot), free[slot])]


def _set_units(city, inventory, slot, new):
    old = inventory.capacity.get(slot, 0)
    if new < old and inventory.peak.get(slot, 0) < old:
        city.put(inventory.peak, slot, old)
    city.put(inventory.capacity, slot, new)


# --- Kept units -------------------------------------------------------------------------------

def kept_until(inventory, slot):
    return inventory.starts_at(slot) - inventory.queue.until * 60


def watch_kept(city, inventory):
    kept = [slot for slot, units in inventory.share.items() if units]
    city.put(city.due, due_item("kept", inventory.place),
             kept_until(inventory, min(kept)) if kept else None)


def free_kept(city, op):
    """From their time on kept units are for everyone, who waits first."""
    inventory = city.at(op.place)
    for slot, units in list(inventory.share.items()):
        if units and op.at >= kept_until(inventory, slot):
            city.put(inventory.share, slot, 0)
            city.change_of(op.place).slots.add(slot)
    watch_kept(city, inventory)
    promote(city, op, op.place)
    return []


# --- When no-shows are looked for -------------------------------------------------------------

def no_shows_at(inventory, slot):
    return inventory.starts_at(slot) + world.HALF_HOUR + inventory.queue.late * 60


def watch_for_no_shows(city, inventory):
    """The first half hour that was ever served and was not looked at yet."""
    swept = inventory.numbers.get("swept", 0)
    to_come = [slot for slot in inventory.capacity if slot >= swept]
    item = due_item("no-show", inventory.place)
    if to_come:
        city.put(inventory.numbers, "swept", min(to_come))
        city.put(city.due, item, no_shows_at(inventory, min(to_come)))
    else:
        city.put(inventory.numbers, "swept",
                 max([swept, *(slot + 1 for slot in inventory.capacity)]))
        city.put(city.due, item, None)
