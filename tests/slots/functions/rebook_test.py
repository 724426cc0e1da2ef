#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Offers of a closure: what one call gives back may be offered in the same call
(slots/days/closures.lua)."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "model"))

from limits_store import DATE, DAY, HALL, MIDNIGHT, SERVICE, SLOT, Place, key, made, main, person

QUEUE = Place("A")
CLOSURE, MORNING = f"{HALL} {DATE} 1", MIDNIGHT + 7 * 3600
FREE = SLOT - 1  # the half hour before those that are closed


def put(store, place, number, record):
    store.call("HSET", key("reservations", place.date), place.field(number), record)
    store.call("HSET", key("persons"), person(number), f";{SERVICE} {place.named(number)}")


def held_half_hours_are_offered(store):
    """rebook: who found no room is no reason to offer none to those behind, when room came meanwhile"""
    store.open(QUEUE, 0, (FREE, SLOT))
    put(store, QUEUE, 1, made(1))
    put(store, QUEUE, 2, made(2, "o", FREE, span=2, u=str(MIDNIGHT + DAY)))
    put(store, QUEUE, 3, made(3))
    store.call("HSET", key("units", DATE), QUEUE.field("seq"), 3, QUEUE.field(f"c{FREE}"), 1)
    store.call("HSET", key("plan"), "version", 1, "closures", 1, CLOSURE, f"+ {SLOT} {SLOT + 1} * offer 1 x")
    store.call("ZADD", key("due"), MORNING, f"rebook {DATE} {HALL} 1")
    reply = store.ledger("rebook", [QUEUE], [CLOSURE, DAY, "last", 3, 1, 1, 1, 2, 1, 3, 1, f"A {SERVICE} 1"],
                         MORNING)
    assert reply.outcome == "ok"
    assert reply.details[0][::4] == [QUEUE.named(1), QUEUE.named(3)]
    assert reply.details[0][2::4] == ["", QUEUE.named(4)], "the first finds none, the third the freed one"
    assert store.call("HGET", key("units", DATE), QUEUE.field(FREE)) == "0"


if __name__ == "__main__":
    sys.exit(main([held_half_hours_are_offered]))
