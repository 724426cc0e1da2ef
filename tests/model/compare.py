# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The whole of the city's keys in Redis against the model: nothing is missing, nothing more."""
import record
import world
from check import Mismatch
from operations import IDEMPOTENCY_SECONDS
from world import key

DIGEST_BYTES, PERSON_BYTES = 8, 14
TTL_TOLERANCE = 3600  # runs are shorter


def compare(connection, city):
    compare_keys(read_city(connection), expect_city(city))
    check_ttls(connection)


def compare_keys(actual, expected):
    """Both: key → field → value."""
    for name in sorted(actual.keys() | expected.keys()):
        there, wanted = actual.get(name, {}), expected.get(name, {})
        for field in sorted(there.keys() | wanted.keys(), key=str):
            if there.get(field) != wanted.get(field):
                raise Mismatch(f"{name}, {field!r}\n"
                               f"  must be {wanted.get(field)!r}\n"
                               f"  but is  {there.get(field)!r}")


# --- What Redis has ---------------------------------------------------------------------------

def read_city(connection):
    """Kind or kind and day → field → value, in the form that expect_city() makes."""
    city, prefix = {}, key("")
    for name in connection.call("KEYS", f"{prefix}*"):
        kind, _, date = name[len(prefix):].partition(":")
        if kind in READERS:
            city[name[len(prefix):]] = READERS[kind](connection, name, date)
    return city


def read_hash(connection, name):
    flat = connection.call("HGETALL", name)
    return dict(zip(flat[::2], flat[1::2]))


def read_sorted_set(connection, name):
    flat = connection.call("ZRANGE", name, 0, -1, "WITHSCORES")
    return {member: int(score) for member, score in zip(flat[::2], flat[1::2])}


def _read_units(connection, name, _):
    """A counter of units held by priority people may stand at 0 or not stand."""
    return {field: int(value) for field, value in read_hash(connection, name).items()
            if not (field.split(" ")[2][0] == "g" and value == "0")}


def _read_records(connection, name, _):
    return {field: record.read(value) for field, value in read_hash(connection, name).items()}


def _read_entries(connection, name, _):
    read = {}
    for field, value in read_hash(connection, name).items():
        is_record = field[0] != "~" and field.split(" ")[2][1:].isdigit()
        read[field] = record.read(value) if is_record else value
    return read


def _read_persons(connection, name, _):
    return {person: read_person(value) for person, value in read_hash(connection, name).items()}


def read_person(value):
    """'n20261123,u1798675200;SERVICE DATE HALL QUEUE 7+RR+' → marks, entries; both sorted."""
    marks, *entries = value.split(";")
    return sorted(marks.split(",")) if marks else [], sorted(entries)


def _read_hash(connection, name, _):
    return read_hash(connection, name)


def _read_set(connection, name, _):
    return read_sorted_set(connection, name)


def _read_string(connection, name, _):
    return {"": connection.call("GET", name)}


READERS = {
    "units": _read_units, "reservations": _read_records, "entries": _read_entries,
    "waiting": _read_set, "persons": _read_persons, "persons_from": _read_string,
    "idempotency": _read_hash, "agents": _read_hash, "due": _read_set, "plan": _read_hash,
    "health": _read_hash,
}


# --- What the model has -----------------------------------------------------------------------

def expect_city(city):
    expected = {"due": dict(city.due), "health": dict(city.health), "plan": _expect_plan(city),
                "persons": {person: _expect_person(known)
                            for person, known in city.persons.items()},
                "persons_from": {"": day for day in city.persons_from.values()}}
    for inventory in city.inventories.values():
        _expect_inventory(expected, inventory)
    for (date, person, service), (label, name) in city.live_entries.items():
        expected.setdefault(f"entries:{date}", {})[f"~{person} {service}"] = f"{label} {name}"
    for (date, tag), (digest, outcome) in city.tags.items():
        expected.setdefault(f"idempotency:{date}", {})[tag] = digest + outcome
    for (date, agent), count in city.agents.items():
        expected.setdefault(f"agents:{date}", {})[agent] = str(count)
    return expected


def _expect_plan(city):
    return dict(city.plan_fields) | {name: str(count) for name, count in city.plan.items() if count}


def _expect_person(known):
    marks = [f"n{day}" for day in known.no_shows]
    if known.cancelled:
        marks.append(f"x{known.cancelled[0]}={known.cancelled[1]}")
    if known.suspended_until:
        marks.append(f"u{known.suspended_until}")
    return sorted(marks), sorted(
        f"{entry.service} {entry.place.named(entry.number)}"
        f"{record.half_hours(entry.slots.start, len(entry.slots))}{'+' if entry.is_step else ''}"
        for entry in known.entries)


def _expect_inventory(expected, inventory):
    place, date = inventory.place, inventory.place.date
    units = expected.setdefault(f"units:{date}", {})
    entries = expected.setdefault(f"entries:{date}", {})
    units |= {place.field(name): inventory.numbers[name]
              for name in ("seq", "swept") if name in inventory.numbers}
    for slot, capacity in inventory.capacity.items():
        units |= {place.field(slot): inventory.free(slot), place.field(f"c{slot}"): capacity}
    units |= {place.field(f"p{slot}"): peak for slot, peak in inventory.peak.items()}
    for slot, share in inventory.share.items():
        units |= {place.field(f"K{slot}"): share,
                  place.field(f"k{slot}"): inventory.still_kept(slot)}
    units |= {place.field(f"g{slot}"): held
              for slot, held in inventory.held_by_priority.items() if held}
    units |= {place.field(f"h{slot} {service}"): n
              for (slot, service), n in inventory.intercepted.items()}
    expected.setdefault(f"reservations:{date}", {}).update(
        {place.field(number): kept for number, kept in inventory.records.items()})
    entries |= {place.field(name): entry for name, entry in inventory.entries.items()}
    entries |= {place.field(name): str(inventory.numbers[name])
                for name in ("wseq", "dseq") if name in inventory.numbers}
    if inventory.draw_state:
        entries[place.field("draw")] = inventory.draw_state
    expected.setdefault(f"waiting:{date}", {}).update(
        {place.field(f"{number:07d}"): 0 for number in inventory.waiting})


# --- How long it stays ------------------------------------------------------------------------

def check_ttls(connection):
    """Keys of a day go with it, idempotency keys and agents' counts after two; the others stay."""
    prefix = key("")
    names = connection.call("KEYS", f"{prefix}*")
    connection.send(*[("TTL", name) for name in names])
    for name, ttl in [(name, connection.receive()) for name in names]:
        kind, date, *_ = (*name[len(prefix):].split(":"), "")
        if kind == "lease":
            continue  # it ends by itself
        if not date:
            lowest = highest = -1
        else:
            is_short = kind in ("idempotency", "agents")
            highest = IDEMPOTENCY_SECONDS if is_short else world.seconds_kept(date)
            lowest = highest - TTL_TOLERANCE
        if not lowest <= ttl <= highest:
            raise Mismatch(f"{name} lives {ttl} s, not about {highest}")
