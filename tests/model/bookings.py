# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of booking, cancelling and moving. Each function returns the operation's details."""
import rules
from city import Refused
from record import HOLDS
from waiting import promote


def reserve(city, op):
    """A batch: outcome by outcome; one's refusal is nothing to the others."""
    return [_reserve_one(city, op, item) for item in op.items]


def _reserve_one(city, op, item):
    booking = item.booking
    record = booking.record(op.at, "b")
    try:
        first = rules.ask_repeated(city, op, item.tag, item.digest)
        if first:
            return f"R{first}"
        rules.ask_open(city, booking.place)
        evidence = rules.ask_person(city, op, booking.place, [booking.slot], booking.span,
                                    record.person, booking.service)
        rules.ask_units(city, booking.place, booking.slot, booking.span, booking.units,
                        rules.who_of(record))
    except Refused as refused:
        if refused.asked:
            count_interception(city, refused.asked)
        return refused.outcome
    number = city.take(booking.place, record.copy(evidence=evidence))
    rules.remember(city, op, item.tag, item.digest, booking.place.named(number))
    return -number if evidence == "d" else number


def count_interception(city, asked):
    place, slot, service = asked
    counts = city.at(place).intercepted
    city.put(counts, (slot, service), counts.get((slot, service), 0) + 1)


def visit(city, op):
    first = rules.ask_repeated(city, op, op.tag, op.digest)
    if first:
        _answer_again(city, op, first)
    rules.ask_agent(city, op, op.agent, len(op.bookings) if op.kind == "party" else 1)

    def ask(part, i):
        place, record = part
        rules.ask_open(city, place)
        if op.kind == "package" and i > 0:
            rules.ask_already(city, place, record.person, record.service)
            rules.ask_elsewhere(city, op, place, [record.slot], record.span, record.person)
            evidence = parts[0][1].evidence
        else:
            evidence = rules.ask_person(city, op, place, [record.slot], record.span,
                                        record.person, record.service)
        return record.copy(evidence=evidence)

    parts = [(booking.place, op.record(booking)) for booking in op.bookings]
    numbers = take_visit(city, parts, ask, op.kind == "package")
    remembered = " ".join(map(str, numbers if op.kind == "party" else numbers[:1]))
    rules.remember(city, op, op.tag, op.digest, op.bookings[0].place.named(remembered))
    return [numbers, "".join(record.evidence for _, record in parts)]


def _answer_again(city, op, first):
    date, hall, queue, *numbers = first.split(" ")
    place = op.bookings[0].place._replace(date=date, hall=hall, queue=queue)
    record = city.record(place, int(numbers[0])) if place in op.named_places else None
    raise Refused(f"R{place.named(numbers[0])}", record or "", [int(number) for number in numbers])


def take_visit(city, parts, ask, is_package):
    """Takes the parts one after the other; `ask(part, i)` gives the record as it is to be kept.
    A package's records name one another: the later ones the first ('l'), the first all later
    ones ('s')."""
    numbers = []
    for i, part in enumerate(parts):
        try:
            record = ask(part, i)
            rules.ask_units(city, part[0], record.slot, record.span, record.units,
                            rules.who_of(record))
        except Refused as refused:
            refused.details.append(i + 1)
            raise
        if is_package and i > 0:
            record.extras["l"] = f"{parts[0][0].queue} {numbers[0]}"
        numbers.append(city.take(part[0], record))
        parts[i] = part[0], record
    if is_package and len(parts) > 1:
        place, first = parts[0]
        first = first.copy()
        first.extras["s"] = [f"{part[0].queue} {number}"
                             for part, number in zip(parts[1:], numbers[1:])]
        city.rewrite(place, numbers[0], first)
        parts[0] = place, first
    return numbers


def cancel(city, op):
    if not city.record(op.place, op.number):
        raise Refused("missing")
    parts = rules.parts_of(city, op, op.place, op.number)
    ask_booked(city, parts)
    freed = withdraw_offers(city, op, parts)
    before = {(place, slot): city.at(place).free(slot)
              for place, number in parts for slot in city.record(place, number).slots}
    for place, number in parts:
        city.give_up(place, number, "x", "-")
    for place in [place for place, _ in parts] + freed:
        promote(city, op, place)
    if op.seconds:
        for place, number in parts:
            _hold_for_resale(city, op, place, number, before)
    first = city.record(*parts[0])
    if op.by == "p":
        person, month = city.person(first.person), op.today[:6]
        city.put_person(first.person,
                        person.changed(cancelled=(month, person.cancellations(month) + 1)))
    return [first]


def ask_booked(city, parts):
    for place, number in parts:
        record = city.record(place, number)
        if record.status != "b":
            raise Refused("state", record)


def withdraw_offers(city, op, parts):
    """Takes back what is offered for these reservations; returns where units became free."""
    freed = []
    for place, number in parts:
        named = city.record(place, number).extras.get("f")
        if named:
            offered, its_number = rules.place_among(op, named)
            if city.record(offered, its_number).status == "o":
                city.give_up(offered, its_number, "z", "z")
                city.put(city.due, f"offer {named}", None)
                freed.append(offered)
    return freed


def _hold_for_resale(city, op, place, number, before):
    """What the waitlist has left of the freed units is not on sale for a while."""
    inventory, record = city.at(place), city.record(place, number)
    left = min(max(0, inventory.free(slot)) - max(0, before[place, slot]) for slot in record.slots)
    if left <= 0:
        return
    record = record.copy(status="y", units=min(left, record.units))
    assert record.status in HOLDS
    city.rewrite(place, number, record)
    city.hold(place, record, 1)
    city.put(city.due, f"resale {place.named(number)}", op.at + op.seconds)


def release(city, op):
    city.put(city.due, f"resale {op.place.named(op.number)}", None)
    record = city.record(op.place, op.number)
    if record and record.status == "y":
        city.give_up(op.place, op.number, "x")
        promote(city, op, op.place)
    return []


def reschedule(city, op):
    if not city.record(op.place, op.number):
        raise Refused("missing")
    parts = rules.parts_of(city, op, op.place, op.number)
    if len(parts) != len(op.targets):
        raise Refused("again")
    freed = []
    for part in parts:
        ask_booked(city, [part])
        origin = city.record(*part).extras.get("o")
        if origin:
            rules.place_among(op, origin)
        freed += withdraw_offers(city, op, [part])
    targets = [_target(city, part, target) for part, target in zip(parts, op.targets)]
    for place, number in parts:
        city.give_up(place, number, "m", ">")

    def ask(part, _):
        place, record = part
        rules.ask_open(city, place)
        evidence = rules.ask_health(city, op, place, record.slot, record.person, record.service)
        rules.ask_already(city, place, record.person, record.service)
        rules.ask_elsewhere(city, op, place, [record.slot], record.span, record.person)
        return record.copy(evidence=evidence)

    try:
        numbers = take_visit(city, targets, ask, len(parts) > 1)
    except Refused as refused:
        refused.details.pop()  # which part it was is not told
        raise
    for (place, number), (target, _), new_number in zip(parts, targets, numbers):
        lead_on(city, op, place, number, target.named(new_number))
    for place in [place for place, _ in parts] + freed:
        promote(city, op, place)
    return [numbers, targets[0][1]]


def _target(city, part, target):
    """The record for the new place: its id goes on naming the place where it was made."""
    place, number = part
    record = city.record(place, number).copy(slot=target[1])
    record.extras.setdefault("o", place.named(number))
    record.extras.pop("f", None)
    return target[0], record


def lead_on(city, op, place, number, to):
    """What was left behind leads to where the reservation is now; so does the place of its id."""
    old = city.record(place, number).copy(status="m")
    old.extras.pop("f", None)
    old.extras["t"] = to
    city.rewrite(place, number, old)
    if "o" not in old.extras:
        return
    origin, its_number = rules.place_among(op, old.extras["o"])
    inventory = city.at(origin)
    kept = inventory.records if isinstance(its_number, int) else inventory.entries
    first = kept.get(its_number)
    if first and first.status == "m":
        first = first.copy()
        first.extras["t"] = to
        city.put(kept, its_number, first)
