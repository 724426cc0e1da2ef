#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Each Function at its limits and far beyond: all of it is done or nothing, and a walk over much goes in
calls that look at a bounded part. As TAP, with what Redis worked for the slowest call."""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "model"))

import record
from limits_store import (DATE, DAY, EVENING, HALL, MIDNIGHT, NOON, SERVICE, SLOT, YESTERDAY, Place,
                          key, made, main, person)

QUEUE = Place()
EVENTS_AN_ENTRY, WAITING_MAX = 500, 500
MORNING = MIDNIGHT + 6 * 3600


def walk(call):
    """Repeats a call with the last of its details until that is empty; the details."""
    answers, cursor = [], ""
    while not answers or cursor:
        reply = call(cursor)
        assert reply.outcome == "ok", reply.outcome
        answers.append(reply.details)
        cursor = reply.details[-1]
    return answers


def stream(store):
    """The events of the stream as (entry, kind, value)."""
    return [(entry, *pair) for entry, values in store.call("XRANGE", key("events"), "-", "+")
            for pair in zip(values[::2], values[1::2])]


def expect_told(store, reply):
    """What a reply tells stands in the stream, in the entries that it names."""
    told = [(reply.entries[i // EVENTS_AN_ENTRY], *event) for i, event in enumerate(reply.told)]
    assert told == [event for event in stream(store) if event[0] in reply.entries]


# --- The end of a day ------------------------------------------------------------------------

def end_day_of(count):
    def test(store):
        store.open(QUEUE, 100)
        store.issue(QUEUE, count)
        store.call("HSET", key("windows", DATE), f"{HALL} 1", f"o A - {NOON * 1000}")
        store.is_small = count < 5000
        ended = walk(lambda behind: store.ledger("end_day", [QUEUE], [behind], EVENING, DATE))
        assert sum(lapsed for lapsed, _ in ended) == count
        assert all(lapsed <= 200 for lapsed, _ in ended), "more than 200 in a call"
        tickets = store.call("HGETALL", key("tickets", DATE))
        statuses = collections.Counter(value[0] for field, value in zip(tickets[::2], tickets[1::2])
                                       if not field.endswith("tseq"))
        assert statuses == {"x": count}, statuses
        assert store.call("ZCARD", key("line", DATE, HALL)) == 0
        assert store.call("HGET", key("windows", DATE), f"{HALL} 1")[0] == "c"
        told = [value.split()[2:4] for _, kind, value in stream(store) if kind == "ticket"]
        assert told == [[f"A/t{number}", "cancelled"] for number in range(1, count + 1)]
    test.__doc__ = f"end_day: {count} people who were not served lapse, and each is told"
    return test


def end_day_again(store):
    """end_day: a walk that broke off begins anew, and nobody lapses twice"""
    store.open(QUEUE, 100)
    store.issue(QUEUE, 450)
    first = store.ledger("end_day", [QUEUE], [""], EVENING, DATE)
    again = walk(lambda behind: store.ledger("end_day", [QUEUE], [behind], EVENING, DATE))
    assert [first.details, again] == [[200, "A/t200"], [[0, "A/t200"], [200, "A/t400"], [50, ""]]]


def end_day_without(store):
    """end_day: refused whole when the queue of a ticket's reservation is not named"""
    store.open(QUEUE, 100)
    store.issue(QUEUE, 3)
    field = QUEUE.field("t2")
    words = store.call("HGET", key("tickets", DATE), field).split(" ")
    words[18] = f"{DATE}/{HALL}/B/1"
    store.call("HSET", key("tickets", DATE), field, " ".join(words))
    before = store.call("HGETALL", key("tickets", DATE)), store.call("EXISTS", key("events"))
    assert store.ledger("end_day", [QUEUE], [""], EVENING, DATE).outcome == "again"
    after = store.call("HGETALL", key("tickets", DATE)), store.call("EXISTS", key("events"))
    assert after == before


# --- No-shows, counts ------------------------------------------------------------------------

def many_no_shows(store):
    """no_shows: 3,000 who did not come, each marked once"""
    store.open(QUEUE, 3000)
    store.book(QUEUE, 3000)
    store.is_small = False
    marked = walk(lambda cursor: store.ledger("no_shows", [QUEUE], [1, cursor], EVENING))
    assert [count for count, _ in marked] == [200] * 15
    for number in (1, 200, 201, 3000):
        assert store.call("HGET", key("reservations", DATE), QUEUE.field(number))[0] == "n"
        assert store.call("HGET", key("persons"), person(number)) == f"n{DATE}"
    assert store.call("HGET", key("units", DATE), QUEUE.field("swept")) == f"{SLOT + 1}"
    assert walk(lambda cursor: store.ledger("no_shows", [QUEUE], [1, cursor], EVENING))[0][0] == 0


def no_shows_of_one_time(store):
    """no_shows: a half hour that ends during the walk is left to the next one"""
    store.open(QUEUE, 300, (SLOT, SLOT + 1))
    store.book(QUEUE, 250, slot=SLOT + 1)
    late = MIDNIGHT + (SLOT + 2) * 1800
    first = store.ledger("no_shows", [QUEUE], [1, ""], late)
    behind = store.ledger("no_shows", [QUEUE], [1, first.details[1]], late + 1800)
    assert [first.details[0], behind.details] == [0, [0, ""]]
    assert store.call("HGET", key("units", DATE), QUEUE.field("swept")) == f"{SLOT + 1}"
    again = walk(lambda cursor: store.ledger("no_shows", [QUEUE], [1, cursor], late + 1800))
    assert [count for count, _ in again] == [200, 50]


def count_much(store):
    """count_day: 2,500 reservations are counted in three calls, units by the first"""
    store.open(QUEUE, 2500)
    store.book(QUEUE, 2500)
    rows, number = [], "1"
    while number:
        reply = store.function("count_day", [key("units", DATE), key("reservations", DATE)],
                               QUEUE.field(""), MIDNIGHT, number, SERVICE)
        rows.append([row.split()[0] for row in reply])
        booked = [row.split() for row in reply if row[0] == "r"]
        assert int(booked[0][3]) == (1000, 1000, 500)[len(rows) - 1], booked
        number = reply[0][2:] if reply[0][0] == "n" else ""
    assert rows == [["n", "c", "r", "l"], ["n", "r", "l"], ["r", "l"]], rows


# --- Many events in a call --------------------------------------------------------------------

def open_much(store):
    """set_capacity: of 1,200 inventories at once each is told, in entries that the reply names"""
    places = [Place(f"Q{number}") for number in range(1200)]
    args = ["open", "", "", "", len(places)]
    for number in range(1, len(places) + 1):
        args += [number, f"{SLOT}=2/0"]
    reply = store.ledger("set_capacity", places, args)
    assert [reply.outcome, len(reply.told), len(reply.entries)] == ["ok", 1200, 3]
    expect_told(store, reply)


def visit_of_many(store):
    """visit: a party of ten, and one that does not fit is refused whole"""
    store.open(QUEUE, 19)

    def party(first):
        args = ["", "", "", "party", 10]
        for number in range(first, first + 10):
            args += [1, SLOT, 1, 1, person(number), SERVICE, made(number)]
        return args
    assert store.ledger("visit", [QUEUE], party(1), MORNING).outcome == "ok"
    before = store.digest()
    assert store.ledger("visit", [QUEUE], party(11), MORNING).outcome == "F"
    assert store.digest() == before


def fill_batch(store):
    """reserve: 128 bookings of all half hours of 128 queues, with kept units, in one batch"""
    count, span = 128, 40
    queues = [Place(f"Q{number}") for number in range(count)]
    for place in queues:
        store.open(place, 5, range(span))
        store.call("HSET", key("units", DATE),
                   *(word for slot in range(span) for word in (place.field(f"k{slot}"), 1)))
    head = [count, 1, count, 0, 5, DATE, "o", MORNING, 2 * DAY, "g", 10, "r"]
    fields, inventories, field = [], [], 1
    for place in queues:
        inventories += [record.number(1, 1) + record.number(field, 2) + record.number(span, 1),
                        place.field(""), place.field(DATE)]
        own = [place.field(name) for name in ("seq", *range(span), *(f"k{s}" for s in range(span)))]
        fields += own
        field += len(own)
    columns = [record.number(number, 1) + "\x01" + record.number(span, 1) + "\x01\x00\x01"
               + record.half_hours(0, span) for number in range(1, count + 1)]
    columns += [person(number) for number in range(count)]
    columns += [f";{SERVICE} {DATE} "] * count + [made(number) for number in range(count)]
    keys = [key("events"), key("health"), key("persons"), key("idempotency", DATE),
            key("idempotency", YESTERDAY), key("units", DATE), key("reservations", DATE)]
    reply = store.function("reserve", keys, *head, len(fields), DAY, *fields, *inventories, *columns)
    assert reply[1] == count and reply[-count:] == [1] * count, reply[-count:]
    assert len(stream(store)) == count
    assert store.call("HLEN", key("reservations", DATE)) == count


# --- Closures ---------------------------------------------------------------------------------

AFFECTED_A_CALL = 50
LATER = [Place(date=f"202611{day}") for day in (28, 29, 30)]


def close_much(store):
    """close, rebook, restore, reopen: 10,000 who are affected, 50 at a call, over three other days"""
    count, closure = 10000, f"{HALL} {DATE} 1"
    store.is_small = False
    store.open(QUEUE, count)
    store.book(QUEUE, count)
    for place in LATER:
        store.open(place, 4000)
    args = ["", "", "", f"{HALL} {DATE}", f"{SLOT} {SLOT + 1} * offer 1 x", 1, 1, f"{SLOT}=0/0"]
    assert store.ledger("close", [QUEUE], args, MORNING).details == [1]
    offered = []
    for first in range(1, count + 1, AFFECTED_A_CALL):
        numbers = range(first, first + AFFECTED_A_CALL)
        named = [word for number in numbers for word in (1, number)]
        is_last = first + AFFECTED_A_CALL > count
        reply = store.ledger("rebook", [QUEUE, *LATER], [
            closure, DAY, "last" if is_last else "", AFFECTED_A_CALL, *named, 1, f"A {SERVICE} 2 3 4"],
            MORNING)
        assert reply.outcome == "ok" and len(reply.details[0]) == 4 * AFFECTED_A_CALL
        offered += reply.details[0][2::4]
    expected = [place.named(number) for place, last in zip(LATER, (4000, 4000, 2000))
                for number in range(1, last + 1)]
    assert offered == expected, "the first who booked come first"
    assert store.call("ZSCORE", key("due"), f"rebook {DATE} {HALL} 1") is None
    restored = []
    for first in range(1, count + 1, AFFECTED_A_CALL):
        named = [word for number in range(first, first + AFFECTED_A_CALL) for word in (1, number)]
        reply = store.ledger("restore", [QUEUE, *LATER], ["1", closure, AFFECTED_A_CALL, *named],
                             MORNING)
        restored += reply.details[0]
    assert restored == [QUEUE.named(number) for number in range(1, count + 1)]
    reply = store.ledger("reopen", [QUEUE], ["1", closure, 1, 1, f"{SLOT}={count}/0"], MORNING)
    assert reply.outcome == "ok"
    for place in LATER:
        assert store.call("HGET", key("units", place.date), place.field(SLOT)) == "4000"


def restore_all_or_nothing(store):
    """restore: refused whole when the place of one offer is not among the call's"""
    store.open(QUEUE, 2)
    store.book(QUEUE, 2, f=LATER[0].named(1))
    store.call("HSET", key("reservations", DATE), QUEUE.field(1), made(1))
    store.call("HSET", key("plan"), "version", 1, f"{HALL} {DATE} 1", f"+ {SLOT} {SLOT + 1} * offer 1 x")
    before = store.digest()
    args = ["1", f"{HALL} {DATE} 1", 2, 1, 1, 1, 2]
    assert store.ledger("restore", [QUEUE], args, MORNING).outcome == "again"
    assert store.digest() == before


# --- Waitlists, draws, sweeps ------------------------------------------------------------------

def enter(store, number):
    args = ["w", 1, "", "", "", person(number), SERVICE, made(number, "q", g=chr(SLOT))]
    return store.ledger("enter", [QUEUE], args, MORNING)


def waitlist_has_an_end(store):
    """enter: 500 wait for an inventory at most, and who enters is looked at alone"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX - 1)
    assert enter(store, 7).details[:2] == [WAITING_MAX, WAITING_MAX]
    before = store.digest()
    assert enter(store, 8).outcome == "W"
    assert store.digest() == before


def waitlist_is_not_walked(store):
    """enter: nobody before the one who enters is read"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX - 1)
    store.call("CONFIG", "RESETSTAT")
    assert enter(store, 7).outcome == "ok"
    calls = store.call("INFO", "commandstats")
    read = sum(int(line.split("calls=")[1].split(",")[0]) for line in calls.split("\r\n")
               if line.startswith(("cmdstat_hget:", "cmdstat_hmget:")))
    assert read < 30, f"{read} reads"


def draw_many(store):
    """draw: 10,000 entries for 100 places"""
    count = 10000
    store.send(("HSET", key("entries", DATE), QUEUE.field(f"d{number}"),
                made(number, "w", e="x" * 16)) for number in range(1, count + 1))
    store.call("HSET", key("entries", DATE), QUEUE.field("dseq"), count, QUEUE.field("draw"), "o c s")
    order = "".join(record.number(number, 4) for number in range(count, 0, -1))
    store.is_small = False
    reply = store.ledger("draw", [QUEUE], [1, count, f"{SLOT}=100/0", "d c s", order], MORNING)
    assert [reply.outcome, reply.details] == ["ok", [100]]
    assert reply.told[0][1].split()[-1] == "drawn"
    wins = store.call("HGET", key("entries", DATE), QUEUE.field(f"d{count}"))
    assert wins[0] == "m", "the first in the order has no place"


def sweep_codes(store):
    """expire_health: codes that ended go, those without an end get one, the others stay"""
    now, end = NOON, NOON + 30 * DAY
    codes = {"old": f"g{now}", "gone": f"r{now - 1}", "stays": f"g{now + 1}", "endless": "y"}
    store.send(("HSET", key("health"), f"{name}{number}", code)
               for name, code in codes.items() for number in range(1000))
    cursor, calls = "0", 0
    while cursor != "0" or not calls:
        cursor = store.function("expire_health", [key("health")], cursor, now, end)
        calls += 1
    assert calls > 4, f"{calls} calls"
    kept = store.call("HGETALL", key("health"))
    expected = {f"stays{number}": codes["stays"] for number in range(1000)}
    expected |= {f"endless{number}": f"y{end}" for number in range(1000)}
    assert dict(zip(kept[::2], kept[1::2])) == expected


TESTS = [end_day_of(4200), end_day_of(20000), end_day_again, end_day_without, many_no_shows, no_shows_of_one_time,
         count_much, close_much, restore_all_or_nothing, open_much, visit_of_many, fill_batch, waitlist_has_an_end,
         waitlist_is_not_walked, draw_many, sweep_codes]

if __name__ == "__main__":
    sys.exit(main(TESTS))
