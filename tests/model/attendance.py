# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of who did not come, of pardons, of the sweep, and of the day's count."""
import collections

import record as records
import rules
import world
from capacity import no_shows_at, watch_for_no_shows
from city import Refused, due_item
from waiting import promote


def no_shows(city, op):
    inventory = city.at(op.place)
    marked = 0
    if not inventory.is_open:
        city.put(city.due, due_item("no-show", op.place), None)
        return [0, ""]
    swept = inventory.numbers.get("swept", 0)
    over = [slot for slot in sorted(inventory.capacity) if slot >= swept
            and no_shows_at(inventory, slot) <= op.at]
    for number, record in list(inventory.records.items()):
        if record.status == "b" and record.slots[-1] in over:
            marked += _mark(city, op, inventory, number)
    if over:
        city.put(inventory.numbers, "swept", over[-1] + 1)
    watch_for_no_shows(city, inventory)
    promote(city, op, op.place)
    return [marked, ""]


def _mark(city, op, inventory, number):
    """Nobody is a no-show where the hall was closed; a package counts once."""
    record = inventory.records[number]
    if "c" in record.extras or not rules.is_served(inventory, record.slots):
        city.give_up(inventory.place, number, "x", "-")
        return 0
    city.give_up(inventory.place, number, "n", "n")
    if "l" in record.extras:
        return 0
    person = city.person(record.person)
    counted = _recent(op, person.no_shows + (inventory.place.date,))
    until = person.suspended_until
    if len(counted) >= op.rules.no_shows:
        until = op.at + op.rules.suspend_days * world.DAY
    city.put_person(record.person, person.changed(no_shows=counted, suspended_until=until))
    return 1


def _recent(op, days):
    first = world.add_days(op.today, -op.rules.no_show_days)
    return tuple(day for day in days if day >= first)


def excuse(city, op):
    """Who comes in time but behind midnight is no no-show."""
    record = city.record(op.place, op.number)
    if not record:
        raise Refused("missing")
    if record.status != "b":
        raise Refused("state", record)
    if op.at < world.slot_start(op.place.date, record.slot):
        raise Refused("again")
    if op.at > no_shows_at(city.at(op.place), record.slots[-1]):
        raise Refused("B")
    excuse_record(city, op.place, op.number)
    return []


def excuse_record(city, place, number):
    excused = city.record(place, number).copy()
    excused.extras["c"] = "1"
    city.rewrite(place, number, excused)


def pardon(city, op):
    record = city.record(op.place, op.number)
    if not record:
        raise Refused("missing")
    if record.status != "n" or "x" in record.extras:
        raise Refused("state", record)
    pardoned = record.copy()
    pardoned.extras["x"] = op.reason
    city.rewrite(op.place, op.number, pardoned)
    city.tell(op.place, f"p{op.number}")
    person = city.person(record.person)
    days = list(person.no_shows)
    if "l" not in record.extras and op.place.date in days:
        days.remove(op.place.date)
    counted = _recent(op, days)
    until = person.suspended_until if len(counted) >= op.rules.no_shows else 0
    city.put_person(record.person, person.changed(no_shows=counted, suspended_until=until))
    return [pardoned]


def sweep(city, op):
    if op.today > city.persons_from.get("day", ""):
        city.put(city.persons_from, "day", op.today)
    for person, known in list(city.persons.items()):
        month = op.today[:6]
        city.put_person(person, known.changed(
            no_shows=tuple(day for day in known.no_shows if day >= op.first_no_show_day()),
            cancelled=known.cancelled if known.cancelled and known.cancelled[0] >= month else (),
            suspended_until=known.suspended_until if known.suspended_until > op.at else 0,
            entries=tuple(entry for entry in known.entries
                      if entry.place.date >= world.add_days(op.today, -1))))
    return "0"


def attend(city, op):
    """The desk's part: whoever is there is no longer only booked."""
    record = city.record(op.place, op.number)
    if not record or record.status != "b":
        return 0
    city.rewrite(op.place, op.number, record.copy(status=op.status))
    return 1


def push_health(city, op):
    city.put(city.health, world.person(op.person), op.code or None)
    return None  # Redis' own answer says nothing of ours


def prove(city, op):
    return [1 if (op.today, tag) in city.tags or (op.yesterday, tag) in city.tags else 0
            for tag in op.tags]


# --- The count of a day -----------------------------------------------------------------------

CANCELLED, RESCHEDULED, NO_SHOW, NOT_COUNTED = "xy", "m", "n", "oz"


def count_day(city, op):
    """The rows of the statistics, recounted from the reservations."""
    inventory = city.at(op.place)
    rows = [f"c {slot} {units}" for slot, units in inventory.capacity.items()]
    counted = collections.defaultdict(list)
    for record in inventory.records.values():
        if record.status not in NOT_COUNTED:
            counted[record.slot, record.service].append(record)
    intercepted = {where for where in inventory.intercepted if where[0] in inventory.capacity}
    for slot, service in counted.keys() | intercepted:
        rows += _count(op.place, slot, service, counted.get((slot, service), []),
                       inventory.intercepted.get((slot, service), 0))
    return sorted(rows)


def _count(place, slot, service, among, intercepted):
    stayed = [record for record in among if record.status not in RESCHEDULED]
    leads = [world.slot_start(place.date, slot) - record.created_ms // 1000 for record in stayed]
    leads = [lead for lead in leads if lead >= 0]
    by_status = collections.Counter(record.status for record in among)
    cancelled = sum(by_status[status] for status in CANCELLED)
    yield (f"r {slot} {service} {len(stayed)} {cancelled} {by_status[RESCHEDULED]} "
           f"{by_status[NO_SHOW]} {intercepted} {len(leads)} {sum(leads)}")
    if leads:
        hours = collections.Counter(lead // 3600 for lead in leads)
        words = sorted(f"{hour}:{count}" for hour, count in hours.items())
        yield f"l {slot} {service} {' '.join(words)}"


assert records.LIVE <= records.HOLDS
