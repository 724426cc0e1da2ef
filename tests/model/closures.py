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


def close(city, op):
    first = rules.ask_repeated(city, op, op.tag, op.digest)
    if first:
        raise Refused(f"R{first}")
    ask_version(city, op.version)
    number = city.plan["closures"] + 1
    city.put(city.plan, "closures", number)
    change_plan(city, f"{op.hall} {op.date} {number}", f"+ {op.value}")
    affected = {}
    for place, capacity in op.inventories:
        if city.at(place).is_open:
            affected |= dict.fromkeys(_visits_in(city, op, place, op.start, op.end))
            _end_offers_in(city, place, op.start, op.end)
            bring_to(city, op, place, capacity)
    details = []
    for place, its_number in sorted(affected, key=lambda one: _order(city, one)):
        offered = _offer(city, op, place, its_number) if op.rebook == "offer" else None
        details += [place.named(its_number), city.record(place, its_number), offered or "",
                    city.record(*named_place(offered)) if offered else ""]
    rules.remember(city, op, op.tag, op.digest, f"closure {op.hall} {op.date} {number}")
    return [number, details]


def _order(city, one):
    """In the order of booking."""
    place, number = one
    return city.record(place, number).created_ms, place.label + " ", number


def _visits_in(city, op, place, start, end, served_up_to=None):
    """The first parts of the live visits that have a half hour in [start, end); with
    `served_up_to` of those among the numbers up to it whose half hours are all served."""
    inventory = city.at(place)
    for number, record in inventory.records.items():
        if record.status not in LIVE or record.slot >= end or record.slot + record.span <= start:
            continue
        if served_up_to is None or (number <= served_up_to
                                    and rules.is_served(inventory, record.slots)):
            if "l" in record.extras:
                yield rules.beside(op, place, record.extras["l"])
            else:
                yield place, number


def _end_offers_in(city, place, start, end):
    """A half hour that is closed is offered to nobody any more."""
    for number, record in list(city.at(place).records.items()):
        if record.status == "o" and record.slot < end and record.slot + record.span > start:
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


def reopen(city, op):
    ask_version(city, op.version)
    field = f"{op.hall} {op.date} {op.number}"
    value = city.plan_fields.get(field, "")
    if value[:1] != "+":
        raise Refused("missing")
    start, end = map(int, value.split(" ")[1:3])
    change_plan(city, field, "-" + value[1:])
    affected, freed = {}, []
    for place, capacity in op.inventories:
        if city.at(place).is_open:
            last = city.at(place).numbers["seq"]
            bring_to(city, op, place, capacity)
            affected |= dict.fromkeys(_visits_in(city, op, place, start, end, last))
    affected = sorted(affected, key=lambda one: _order(city, one))
    for place, number in affected:
        freed += withdraw_offers(city, op, [(place, number)])
        restored = city.record(place, number).copy()
        for tag in "fc":
            restored.extras.pop(tag, None)
        if op.at >= world.slot_start(place.date, restored.slot):
            restored.extras["c"] = "1"
        city.rewrite(place, number, restored)
    for place in freed:
        promote(city, op, place)
    return [[place.named(number) for place, number in affected]]
