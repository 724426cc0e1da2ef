# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of closures: who is affected, which places are held, what lifting gives back."""
import rules
import world
from bookings import withdraw_offers
from capacity import ask_version, bring_to, change_plan
from city import Refused, named_place
from record import LIVE
from waiting import free_person, offer_until, promote


TAKEN_UP_SECONDS = 60


def close(city, op):
    first = rules.ask_repeated(city, op, op.tag, op.digest)
    if first:
        raise Refused(f"R{first}")
    ask_version(city, op.version)
    number = city.plan["closures"] + 1
    field = f"{op.hall} {op.date} {number}"
    city.put(city.plan, "closures", number)
    change_plan(city, field, f"+ {op.value}")
    city.put(city.due, _due(op.hall, op.date, number), op.at + TAKEN_UP_SECONDS)
    _bring_all(city, op)
    rules.remember(city, op, op.tag, op.digest, f"closure {field}")
    return [number]


def _due(hall, date, number):
    return f"rebook {date} {hall} {number}"


def _bring_all(city, op):
    for place, capacity in op.inventories:
        if city.at(place).is_open:
            bring_to(city, op, place, capacity)


def _in_force(city, op):
    """First half hour, the one behind the last, and whether there are offers."""
    value = city.plan_fields.get(op.field, "")
    if value[:1] != "+":
        raise Refused("missing")
    start, end, _, rebook = value.split(" ")[1:5]
    return int(start), int(end), rebook == "offer"


def rebook(city, op):
    start, end, has_offers = _in_force(city, op)
    item, details = _due(op.hall, op.date, op.number), []
    may_offer = has_offers and item in city.due
    for place, number in op.affected:
        record = city.record(place, number)
        if record.status == "o" and record.slot < end and record.slot + record.span > start:
            _end_held(city, place, number, record)
        elif record.status in LIVE:
            offered = _offer(city, op, place, number) if may_offer else None
            details += [place.named(number), city.record(place, number), offered or "",
                        city.record(*named_place(offered)) if offered else ""]
    if op.is_last:
        city.put(city.due, item, None)
    return [details]


def _end_held(city, place, number, record):
    """A half hour that is closed is offered to nobody any more."""
    city.give_up(place, number, "z", "z")
    if "r" not in record.extras:
        free_person(city, place, record)
    city.put(city.due, f"offer {place.named(number)}", None)


def _offer(city, op, place, number):
    """Holds the best place for a reservation: of its candidates the first with room, there the
    half hour nearest to its own, the earlier of two. A package is offered nothing."""
    record = city.record(place, number)
    if record.status != "b" or "k" in record.extras or _has_offer(city, op, record):
        return None
    candidates = next((places for queue, service, places in op.candidates
                       if (queue, service) == (place.queue, record.service)), ())
    for candidate in candidates:
        start = _best_start(city, op, candidate, place, number, record)
        if start is not None:
            return _hold(city, op, place, number, candidate, start)
    return None


def _has_offer(city, op, record):
    if "f" not in record.extras:
        return False
    offered, its_number = named_place(record.extras["f"])
    return offered not in op.named_places or city.record(offered, its_number).status == "o"


def _best_start(city, op, candidate, place, number, record):
    other = city.person(record.person).of(record.service, candidate.date)
    if other and (other.place, other.number) != (place, number):
        return None
    inventory = city.at(candidate)
    who = rules.who_of(record)
    fitting = [slot for slot in inventory.capacity if op.at < inventory.closes_at(slot)
               and rules.fits(inventory, slot, record.span, record.units, who)
               and not rules.elsewhere(city, op, candidate, range(slot, slot + record.span),
                                       record.person, left=(place, number))]
    return min(fitting, key=lambda slot: (abs(slot - record.slot), slot), default=None)


def _hold(city, op, place, number, candidate, start):
    record = city.record(place, number).copy()
    held = record.copy(status="o", slot=start)
    until = offer_until(op, city.at(candidate), start, op.seconds)
    held.extras.setdefault("o", place.named(number))
    held.extras.pop("f", None)
    held.extras.update(u=str(until), r=place.named(number))
    offered = candidate.named(city.take(candidate, held))
    city.put(city.due, f"offer {offered}", until)
    record.extras["f"] = offered
    city.rewrite(place, number, record)
    return offered


def restore(city, op):
    ask_version(city, op.version)
    _in_force(city, op)
    live = [(place, number) for place, number in op.affected
            if city.record(place, number).status in LIVE]
    freed = []
    for place, number in live:
        freed += withdraw_offers(city, op, [(place, number)])
        restored = city.record(place, number).copy()
        for tag in "fc":
            restored.extras.pop(tag, None)
        if op.at >= world.slot_start(place.date, restored.slot):
            restored.extras["c"] = "1"
        city.rewrite(place, number, restored)
    for place in dict.fromkeys(freed):
        promote(city, op, place)
    return [[place.named(number) for place, number in live]]


def reopen(city, op):
    ask_version(city, op.version)
    _in_force(city, op)
    change_plan(city, op.field, "-" + city.plan_fields[op.field][1:])
    city.put(city.due, _due(op.hall, op.date, op.number), None)
    _bring_all(city, op)
    return []
