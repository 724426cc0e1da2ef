# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The model of offers: a held place is accepted, declined, or lapses."""
import rules
from bookings import lead_on
from city import Refused
from waiting import free_person, promote


def offer(city, op):
    record = city.record(op.place, op.number)
    if not record:
        raise Refused("missing")
    named = op.place.named(op.number)
    if record.status != "o":
        if op.mode != "lapse":
            raise Refused("state", record)
        city.put(city.due, f"offer {named}", None)
        return [record, named]
    reservation = rules.place_among(op, record.extras["r"]) if "r" in record.extras else None
    if "o" in record.extras:
        rules.place_among(op, record.extras["o"])
    until = int(record.extras["u"])
    if op.mode == "accept":
        if op.at >= until:
            raise Refused("B")
        return _accept(city, op, record, reservation)
    if op.mode == "lapse" and op.at < until:
        raise Refused("again")
    return _give_back(city, op, record, reservation)


def _accept(city, op, record, reservation):
    """A waitlist's offer is a booking: all is asked. A closure's moves the reservation."""
    evidence, left = record.evidence, None
    if reservation:
        left = _leave(city, op, reservation)
        rules.ask_already(city, op.place, record.person, record.service)
        rules.ask_elsewhere(city, op, op.place, [record.slot], record.span, record.person)
    else:
        evidence = rules.ask_person(city, op, op.place, [record.slot], record.span,
                                    record.person, record.service)
        free_person(city, op.place, record)
    accepted = record.copy(status="b", evidence=evidence)
    for tag in "ur":
        accepted.extras.pop(tag, None)
    city.rewrite(op.place, op.number, accepted)
    city.add_entry(op.place, op.number, accepted)
    city.tell(op.place, f"+{op.number}")
    city.put(city.due, f"offer {op.place.named(op.number)}", None)
    if left:
        lead_on(city, op, *left, op.place.named(op.number))
        promote(city, op, left[0])
    return [accepted, op.place.named(op.number)]


def _leave(city, op, reservation):
    """A reservation whose closed half hour is over was cancelled there; its offer holds on."""
    record = city.record(*reservation)
    if record.status == "b":
        city.give_up(*reservation, "m", ">")
    elif record.status != "x" or record.extras.get("f") != op.place.named(op.number):
        raise Refused("state", record)
    return reservation


def _give_back(city, op, record, reservation):
    """The units pass on; a closure's reservation stays where it is."""
    answer = city.give_up(op.place, op.number, "z", "z"), op.place.named(op.number)
    city.put(city.due, f"offer {op.place.named(op.number)}", None)
    if not reservation:
        free_person(city, op.place, record)
    elif city.record(*reservation):
        kept = city.record(*reservation).copy()
        kept.extras.pop("f", None)
        city.rewrite(*reservation, kept)
        answer = kept, reservation[0].named(reservation[1])
    promote(city, op, op.place)
    return list(answer)
