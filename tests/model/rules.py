# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Who may have what: rules that several operations ask. Each raises `Refused` or is silent."""
from city import Refused, named_place


def health_code(city, person, now):
    """g, y, r, or u when nothing (more) is known."""
    value = city.health.get(person, "")
    if not value or (len(value) > 1 and int(value[1:]) <= now):
        return "u"
    return value[0]


def ask_health(city, op, place, slot, person, service):
    """What the record says of the code: o not asked, g green, a or d unknown and let pass."""
    if op.rules.eligibility == "o":
        return "o"
    code = health_code(city, person, op.at)
    if code == "g":
        return "g"
    if code == "u" and op.rules.eligibility in "ad":
        return op.rules.eligibility
    raise Refused(f"H{code}", "", asked=(place, slot, service))


def ask_already(city, place, person, service):
    """One live reservation for a person, service and day."""
    entry = city.person(person).of(service, place.date)
    if entry:
        raise Refused(f"A{entry.place.named(entry.number)}",
                      city.record(entry.place, entry.number) or "")


def elsewhere(city, op, place, slots, person, left=None):
    """The person's reservation that shares a half hour of the place's day with these, or None;
    `left`: (place, number) of one that does not count."""
    if op.rules.overlap == "a":
        return None
    for entry in city.person(person).entries:
        is_other = (entry.place, entry.number) != left
        if is_other and entry.place.date == place.date and set(entry.slots) & set(slots):
            return entry
    return None


def ask_elsewhere(city, op, place, starts, span, person):
    """Nobody is in two places at once: one of the half hours must be free of others of his; the
    first such is returned."""
    for start in starts:
        if not elsewhere(city, op, place, range(start, start + span), person):
            return start
    other = elsewhere(city, op, place, range(starts[0], starts[0] + span), person)
    raise Refused(f"O{other.place.named(other.number)}",
                  city.record(other.place, other.number) or "")


def ask_person(city, op, place, starts, span, person, service):
    """All that is asked of a person who books one of the half hours; returns what the record says
    of the health code."""
    evidence = ask_health(city, op, place, starts[0], person, service)
    known = city.person(person)
    if known.suspended_until > op.at:
        raise Refused(f"P{known.suspended_until}", "")
    ask_already(city, place, person, service)
    ask_elsewhere(city, op, place, starts, span, person)
    if known.cancellations(op.today[:6]) >= op.rules.cancellations_max:
        raise Refused("Q", "")
    if known.live(op.today) >= op.rules.live_max:
        raise Refused("L", "")
    return evidence


def ask_agent(city, op, agent, count):
    """An agent's reservations of a day; counts them."""
    if not agent:
        return
    made = city.agents.get((op.today, agent), 0) + count
    if made > op.rules.agent_max:
        raise Refused("G")
    city.put(city.agents, (op.today, agent), made)


def ask_repeated(city, op, tag, digest):
    """What the first request with the key got, or None; a mismatch is refused."""
    if not tag:
        return None
    first = city.tags.get((op.today, tag)) or city.tags.get((op.yesterday, tag))
    if first and first[0] != digest:
        raise Refused("M")
    return first and first[1]


def remember(city, op, tag, digest, outcome):
    if tag:
        city.put(city.tags, (op.today, tag), (digest, outcome))


def must_leave(inventory, slot, who):
    """Units that are kept from `who`: 'priority', 'draw' or None."""
    if who == "priority":
        return 0
    return inventory.share.get(slot, 0) if who == "draw" else inventory.still_kept(slot)


def is_served(inventory, slots):
    return all(inventory.capacity.get(slot, 0) > 0 for slot in slots)


def fits(inventory, slot, span, units, who):
    slots = range(slot, slot + span)
    return inventory.is_open and is_served(inventory, slots) and all(
        inventory.free(s) - must_leave(inventory, s, who) >= units for s in slots)


def ask_open(city, place):
    if not city.at(place).is_open:
        raise Refused("N", "")


def ask_units(city, place, slot, span, units, who):
    inventory = city.at(place)
    if not is_served(inventory, range(slot, slot + span)):
        raise Refused("S", "")
    if not fits(inventory, slot, span, units, who):
        raise Refused("F", "")


def who_of(record):
    return "priority" if "p" in record.extras else None


def parts_of(city, op, place, number):
    """The places of a visit, first step first; Refused when the call does not name one of them."""
    first = city.record(place, number)
    if "l" in first.extras:
        place, number = beside(op, place, first.extras["l"])
        first = city.record(place, number)
    return [(place, number)] + [beside(op, place, text) for text in first.extras.get("s", [])]


def beside(op, place, text):
    queue, number = text.split(" ")
    return among(op, place._replace(queue=queue)), int(number)


def among(op, place):
    """The Functions see only the places that their call names."""
    if place not in op.named_places:
        raise Refused("again")
    return place


def place_among(op, text):
    place, number = named_place(text)
    return among(op, place), number
