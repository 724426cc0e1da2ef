# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Functions that give, move and take back places, at their limits."""
import record
from limits_store import (DATE, DAY, HALL, MIDNIGHT, MORNING, NEXT_DATE, NOON, SERVICE, SLOT, YESTERDAY,
                          Place, key, made, person)

QUEUE = Place()
PARTS_MAX, PARTY_MAX, INVENTORIES_A_CALL = 40, 10, 4
FIRST, EARLY = 4, MIDNIGHT  # a package's first half hour, before which it is dealt with
BOOKINGS_MAX, FIELDS_MAX, PROOFS_MAX, WAITING_MAX = 128, 1200, 256, 500


def status_of(store, place, number):
    return store.call("HGET", key("reservations", place.date), place.field(number))[0]


def units_of(store, place, slot=SLOT):
    return int(store.call("HGET", key("units", place.date), place.field(slot)))


def expect_last_was_given(store, place, number):
    """Of all who wait the last alone may book, and has the place `number` now."""
    entry = store.call("HGET", key("entries", place.date), place.field(f"w{WAITING_MAX}"))
    assert entry[0] == "m" and place.named(number) in entry, entry[:1]
    assert status_of(store, place, number) == "b"
    assert store.call("ZCARD", key("waiting", place.date)) == WAITING_MAX - 1
    assert units_of(store, place) == 0


def let_last_wait(store, place):
    """500 wait; all but the last are elsewhere at that time."""
    store.wait(place, WAITING_MAX)
    store.send(("HSET", key("persons"), person(100000 + number),
                f";other {place.date} {HALL} B {number}{record.half_hours(SLOT, 1)}")
               for number in range(1, WAITING_MAX))


# --- Booking -----------------------------------------------------------------------------------

def batch(store, count, span):
    """The reply to as many bookings of `span` half hours, each of its own queue, with kept units."""
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
    columns = [record.number(number % 256, 1) + "\x01" + record.number(span, 1) + "\x01\x00\x01"
               + record.half_hours(0, span) for number in range(1, count + 1)]
    columns += [person(number) for number in range(count)]
    columns += [f";{SERVICE} {DATE} "] * count + [made(number) for number in range(count)]
    keys = [key("events"), key("health"), key("persons"), key("idempotency", DATE),
            key("idempotency", YESTERDAY), key("units", DATE), key("reservations", DATE)]
    return len(fields), lambda: store.function("reserve", keys, *head, len(fields), DAY, *fields,
                                               *inventories, *columns)


def fill_batch(store):
    """reserve: 128 bookings of four half hours of 128 queues, with kept units, in one batch"""
    fields, call = batch(store, BOOKINGS_MAX, 4)
    assert fields <= FIELDS_MAX < fields + 128
    reply = call()
    assert reply[1] == BOOKINGS_MAX and reply[-BOOKINGS_MAX:] == [1] * BOOKINGS_MAX
    assert len(store.stream()) == BOOKINGS_MAX
    assert store.call("HLEN", key("reservations", DATE)) == BOOKINGS_MAX


def overfill_batch(store):
    """reserve: a batch of more bookings or fields is an error, and nothing of it is done"""
    for count, span in ((BOOKINGS_MAX + 1, 1), (BOOKINGS_MAX, 5), (13, 47)):
        fields, call = batch(store, count, span)
        assert count > BOOKINGS_MAX or fields > FIELDS_MAX
        store.fails("in a batch", call)


def prove_many(store):
    """prove: 256 requests at once, and not one more"""
    keys = [key("events"), key("idempotency", DATE), key("idempotency", YESTERDAY)]
    tags = [f"tag-{number:012d}" for number in range(PROOFS_MAX + 1)]
    store.call("HSET", keys[1], tags[PROOFS_MAX - 1], "first", tags[0], "first")
    store.call("HSET", keys[2], tags[1], "first")
    reply = store.function("prove", keys, *tags[:PROOFS_MAX])
    assert reply == ["0-0", 1, 1, *[0] * (PROOFS_MAX - 3), 1], reply
    store.fails("tags to prove", store.function, "prove", keys, *tags)


def visit_of_many(store):
    """visit: a party of ten, and one that does not fit is refused whole"""
    store.open(QUEUE, 2 * PARTY_MAX - 1)
    assert store.ledger("visit", [QUEUE], party(1, PARTY_MAX), MORNING).outcome == "ok"
    store.refuses("F", store.ledger, "visit", [QUEUE], party(11, PARTY_MAX), MORNING)


def visit_of_more(store):
    """visit: as many parts as a package has steps, and not one more"""
    store.open(QUEUE, 100)
    store.refuses("many", store.ledger, "visit", [QUEUE], party(1, PARTS_MAX + 1), MORNING)
    reply = store.ledger("visit", [QUEUE], party(1, PARTS_MAX), MORNING)
    assert reply.details[0] == list(range(1, PARTS_MAX + 1))


def party(first, count):
    args = ["", "", "", "party", count]
    for number in range(first, first + count):
        args += [1, SLOT, 1, 1, person(number), SERVICE, made(number)]
    return args


# --- Giving up and moving ----------------------------------------------------------------------

def book_package(store, date=DATE):
    """The places of a package with as many steps as there may be, each in its half hour."""
    places = [Place(f"Q{number}", date) for number in range(PARTS_MAX)]
    followers = [f"{place.queue} 1" for place in places[1:]]
    for at, place in enumerate(places):
        store.open(place, 1, [FIRST + at])
        extras = {"l": "Q0 1"} if at else {"k": "package", "s": followers}
        store.book(place, 1, slot=FIRST + at, service=f"step-{at}", **extras)
    entries = [f";step-{at} {place.named(1)}{record.half_hours(FIRST + at, 1)}{'+' if at else ''}"
               for at, place in enumerate(places)]
    store.call("HSET", key("persons"), person(1), "".join(entries))
    return places


def cancel_package(store):
    """cancel: a package of 40 steps, whose units go to those who wait for each"""
    places = book_package(store)
    for at, place in enumerate(places):
        store.wait(place, 1, slot=FIRST + at, first=1000 + at)
    store.refuses("again", store.ledger, "cancel", places[:-1], [1, 1, "p", 0], EARLY)
    reply = store.ledger("cancel", places, [PARTS_MAX, 1, "p", 0], EARLY)
    assert [reply.outcome, len(reply.told)] == ["ok", PARTS_MAX]
    store.expect_told(reply)
    assert all(status_of(store, place, 1) == "x" and status_of(store, place, 2) == "b"
               and units_of(store, place, FIRST + at) == 0 for at, place in enumerate(places))
    assert store.call("HGET", key("persons"), person(1)) == "x202611=1"
    store.refuses("state", store.ledger, "cancel", places, [1, 1, "p", 0], EARLY)


def cancel_one_of_package(store):
    """cancel: a package of which one step has begun is refused whole"""
    places = book_package(store)
    field = places[-1].field(1)
    begun = store.call("HGET", key("reservations", DATE), field)
    store.call("HSET", key("reservations", DATE), field, "c" + begun[1:])
    store.refuses("state", store.ledger, "cancel", places, [1, 1, "p", 0], EARLY)


def cancel_for_the_last(store):
    """cancel: of 500 who wait the last gets the place when nobody before him may"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1)
    let_last_wait(store, QUEUE)
    assert store.ledger("cancel", [QUEUE], [1, 1, "s", 0], MORNING).outcome == "ok"
    expect_last_was_given(store, QUEUE, 2)


def release_for_the_last(store):
    """release: of 500 who wait the last gets the place; what is released already is left alone"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, status="y")
    let_last_wait(store, QUEUE)
    assert store.ledger("release", [QUEUE], [1, 1], MORNING).outcome == "ok"
    expect_last_was_given(store, QUEUE, 2)
    before = store.digest()
    for number in (1, 2, 3):
        assert store.ledger("release", [QUEUE], [1, number], MORNING).outcome == "ok"
    assert store.digest() == before


def move_package(store):
    """reschedule: a package of 40 steps moves whole, or not at all when its last step finds no room"""
    places, targets = book_package(store), [Place(f"Q{at}", NEXT_DATE) for at in range(PARTS_MAX)]
    args = [1, 1, PARTS_MAX]
    for at, place in enumerate(targets):
        store.open(place, 1, [FIRST + at])
        args += [PARTS_MAX + at + 1, FIRST + at]
    last = key("units", NEXT_DATE), targets[-1].field(FIRST + PARTS_MAX - 1)
    store.call("HSET", *last, 0)
    store.refuses("F", store.ledger, "reschedule", places + targets, args, EARLY)
    store.call("HSET", *last, 1)
    store.refuses("again", store.ledger, "reschedule", places[:-1] + targets, args, EARLY)
    reply = store.ledger("reschedule", places + targets, args, EARLY)
    assert [reply.outcome, reply.details[0]] == ["ok", [1] * PARTS_MAX], reply.outcome
    for at in range(PARTS_MAX):
        assert units_of(store, places[at], FIRST + at) == 1
        assert units_of(store, targets[at], FIRST + at) == 0


# --- Offers ------------------------------------------------------------------------------------

def offered(store, mode, at=MORNING):
    return store.ledger("offer", [QUEUE], [mode, 1, 1], at)


def offer_for_the_last(store):
    """offer: declined, it goes to the last of 500 who wait; what was answered is not answered again"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, status="o", u=str(NOON))
    let_last_wait(store, QUEUE)
    store.refuses("again", offered, store, "lapse")
    assert offered(store, "decline").outcome == "ok"
    expect_last_was_given(store, QUEUE, 2)
    store.refuses("state", offered, store, "accept")
    store.refuses("missing", store.ledger, "offer", [QUEUE], ["accept", 1, 3], MORNING)


def offer_in_time(store):
    """offer: accepted until its last second, not in the next, nor by a person with as many as may be"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, status="o", u=str(NOON))
    store.call("HDEL", key("persons"), person(1))
    store.refuses("B", offered, store, "accept", NOON)
    live = [f";other-{number} {NEXT_DATE} {HALL} A {number}{record.half_hours(number, 1)}"
            for number in range(5)]
    store.call("HSET", key("persons"), person(1), "".join(live))
    store.refuses("L", offered, store, "accept", NOON - 1)
    store.call("HSET", key("persons"), person(1), "".join(live[1:]))
    # Its half hour is over by then; that is the offer's affair, not the person's.
    assert offered(store, "accept", NOON - 1).outcome == "ok"


# --- Capacity ----------------------------------------------------------------------------------

def capacity_args(mode, places, text, version=""):
    args = [mode, version, "", "", len(places)]
    for number in range(1, len(places) + 1):
        args += [number, text]
    return args


def open_much(store):
    """set_capacity: four inventories of 48 half hours at once, each is told; five are refused"""
    places = [Place(f"Q{number}") for number in range(INVENTORIES_A_CALL + 1)]
    text = " ".join(f"{slot}=1000000/1000000" for slot in range(48))
    store.refuses("many", store.ledger, "set_capacity", places, capacity_args("open", places, text))
    del places[-1]
    reply = store.ledger("set_capacity", places, capacity_args("open", places, text))
    assert [reply.outcome, len(reply.told), len(reply.entries)] == ["ok", INVENTORIES_A_CALL, 1]
    store.expect_told(reply)
    store.call("HSET", key("plan"), "version", 2)
    store.refuses("stale", store.ledger, "set_capacity", places,
                  capacity_args("adjust", places, f"{SLOT}=1/0", "1"))


def raise_for_all(store):
    """set_capacity: raised by 500, all of 500 who wait get a place; lowered, nobody is looked at"""
    store.open(QUEUE, 9)
    store.wait(QUEUE, WAITING_MAX)
    for units, waiting in ((8, WAITING_MAX), (9, WAITING_MAX - 9), (WAITING_MAX, 0)):
        args = capacity_args("adjust", [QUEUE], f"{SLOT}={units}/0")
        assert store.ledger("set_capacity", [QUEUE], args, MORNING).outcome == "ok"
        assert store.call("ZCARD", key("waiting", DATE)) == waiting
    assert units_of(store, QUEUE) == 0
    assert all(status_of(store, QUEUE, number) == "b" for number in range(1, WAITING_MAX + 1))


def free_all_kept(store):
    """free_kept: the kept units of all half hours go to who waits, the last of 500 too; no second before"""
    store.open(QUEUE, 1)
    store.call("HSET", key("units", DATE), QUEUE.field(f"K{SLOT}"), 1, QUEUE.field(f"k{SLOT}"), 1)
    let_last_wait(store, QUEUE)
    place = Place(keep_minutes=60)
    due = place.midnight + SLOT * 1800 - 3600
    store.call("ZADD", key("due"), due, f"kept {DATE} {HALL} A")
    before = store.digest()
    assert store.ledger("free_kept", [place], [1], due - 1).outcome == "ok"
    assert store.digest() == before
    assert store.ledger("free_kept", [place], [1], due).outcome == "ok"
    expect_last_was_given(store, QUEUE, 1)
    assert store.call("EXISTS", key("due")) == 0
    store.empty()
    store.open(QUEUE, 2, range(48))
    store.send(("HSET", key("units", DATE), QUEUE.field(f"K{slot}"), 1, QUEUE.field(f"k{slot}"), 1)
               for slot in range(48))
    reply = store.ledger("free_kept", [QUEUE], [1], QUEUE.midnight + DAY)
    assert reply.told[0][1].count("=0") == 48, reply.told


TESTS = [fill_batch, overfill_batch, prove_many, visit_of_many, visit_of_more, cancel_package,
         cancel_one_of_package, cancel_for_the_last, release_for_the_last, move_package,
         offer_for_the_last, offer_in_time, open_much, raise_for_all, free_all_kept]
