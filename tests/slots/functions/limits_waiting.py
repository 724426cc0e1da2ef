# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of waitlists, draws and closures, at their limits."""
import record
from limits_store import (DATE, DAY, HALL, MORNING, NOON, SERVICE, SLOT, Place, key, made, person)

QUEUE = Place()
WAITING_MAX, AFFECTED_A_CALL, INVENTORIES_A_CLOSURE = 500, 50, 16
LATER = [Place(date=f"202611{day}") for day in (28, 29, 30)]
CLOSURE = f"{HALL} {DATE} 1"


# --- The waitlist ------------------------------------------------------------------------------

def enter(store, number):
    args = ["w", 1, "", "", "", person(number), SERVICE, made(number, "q", g=chr(SLOT))]
    return store.ledger("enter", [QUEUE], args, MORNING)


def waitlist_has_an_end(store):
    """enter: 500 wait for an inventory at most, and who enters is looked at alone"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX - 1)
    assert enter(store, 7).details[:2] == [WAITING_MAX, WAITING_MAX]
    store.refuses("W", enter, store, 8)


def waitlist_is_not_walked(store):
    """enter: nobody before the one who enters is read"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX - 1)
    read, reply = store.reads(lambda: enter(store, 7))
    assert reply.outcome == "ok"
    assert read < 30, f"{read} reads"


def leave_a_full_one(store):
    """leave: one of 500, and of a draw's entries until it is drawn; once each"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX)
    assert store.ledger("leave", [QUEUE], [1, "w250"], MORNING).outcome == "ok"
    assert store.call("ZCARD", key("waiting", DATE)) == WAITING_MAX - 1
    store.refuses("state", store.ledger, "leave", [QUEUE], [1, "w250"], MORNING)
    store.refuses("missing", store.ledger, "leave", [QUEUE], [1, f"w{WAITING_MAX + 1}"], MORNING)
    assert enter(store, 7).outcome == "ok", "there is room again"
    fill_draw(store, 2)
    assert store.ledger("leave", [QUEUE], [1, "d1"], MORNING).outcome == "ok"
    store.call("HSET", key("entries", DATE), QUEUE.field("draw"), "d c s")
    store.refuses("state", store.ledger, "leave", [QUEUE], [1, "d2"], MORNING)


def promote_in_parts(store):
    """promote: 500 at a call or all who wait for one queue; whoever waits gets a place once"""
    places = [Place(queue) for queue in "ABCDE"]
    for at, (place, waiting) in enumerate(zip(places, (300, 200, WAITING_MAX, 1, 1))):
        store.open(place, waiting)
        store.wait(place, waiting, first=1 + at * WAITING_MAX)
    behind = [store.ledger("promote", left, [], MORNING).details
              for left in (places, places[2:], places[3:])]
    assert behind == [[f"{HALL} B "], [f"{HALL} C "], [""]], behind
    assert store.call("ZCARD", key("waiting", DATE)) == 0
    told = [word for *_, value in store.stream() for word in value.split() if word[0] in "+v"]
    assert len(told) == 2 * 1002, len(told)
    for place in places:
        assert store.call("HGET", key("units", DATE), place.field(SLOT)) == "0"


def promote_none(store):
    """promote: where nothing is free 500 are looked at, nothing is written"""
    store.open(QUEUE, 1)
    store.book(QUEUE, 1, first=5)
    store.wait(QUEUE, WAITING_MAX)
    before = store.digest()
    read, reply = store.reads(lambda: store.ledger("promote", [QUEUE], [], MORNING))
    assert [reply.outcome, reply.details] == ["ok", [""]]
    assert store.digest() == before
    assert read < 10, f"{read} reads"


# --- Draws -------------------------------------------------------------------------------------

def fill_draw(store, count):
    store.send(("HSET", key("entries", DATE), QUEUE.field(f"d{number}"),
                made(number, "w", e="x" * 16)) for number in range(1, count + 1))
    store.call("HSET", key("entries", DATE), QUEUE.field("dseq"), count, QUEUE.field("draw"), "o c s")


def draw(store, count, entries=None):
    order = "".join(record.number(number, 4) for number in range(count, 0, -1))
    args = [1, entries or count, f"{SLOT}=100/0", "d c s", order]
    return store.ledger("draw", [QUEUE], args, MORNING)


def open_draw_once(store):
    """open_draw: the state that came first stands; there is none for an inventory that is open"""
    first = store.ledger("open_draw", [QUEUE], [1, NOON, "o" + "f" * 4000], MORNING)
    assert first.details == ["o" + "f" * 4000]
    again = store.refuses("ok", store.ledger, "open_draw", [QUEUE], [1, NOON + 1, "o other"], MORNING)
    assert again.details == first.details
    store.open(LATER[0], 1)
    none = store.refuses("ok", store.ledger, "open_draw", LATER[:1], [1, NOON, "o other"], MORNING)
    assert none.details == [""]


def draw_many(store):
    """draw: 10,000 entries for 100 places; none when one has come or left since it was read"""
    count = 10000
    fill_draw(store, count)
    store.refuses("again", draw, store, count - 1, count - 1)
    left = made(1, "x", e="x" * 16)
    store.call("HSET", key("entries", DATE), QUEUE.field("d1"), left)
    store.refuses("again", draw, store, count)
    fill_draw(store, count)
    store.is_small = False
    reply = draw(store, count)
    assert [reply.outcome, reply.details] == ["ok", [100]]
    assert reply.told[0][1].split()[-1] == "drawn"
    wins = store.call("HMGET", key("entries", DATE), QUEUE.field(f"d{count}"), QUEUE.field("d1"))
    assert [entry[0] for entry in wins] == ["m", "w"], "the first in the order has a place"


# --- Closures ------------------------------------------------------------------------------------

def rebook(store, places, numbers, is_last, *candidates):
    named = [word for number in numbers for word in (1, number)]
    return store.ledger("rebook", places, [CLOSURE, DAY, "last" if is_last else "", len(numbers),
                                           *named, len(candidates), *candidates], MORNING)


def restore(store, places, numbers):
    named = [word for number in numbers for word in (1, number)]
    return store.ledger("restore", places, ["1", CLOSURE, len(numbers), *named], MORNING)


def close_much(store):
    """close, rebook, restore, reopen: 10,000 who are affected, 50 at a call, over three other days"""
    count = 10000
    store.is_small = False
    store.open(QUEUE, count)
    store.book(QUEUE, count)
    for place in LATER:
        store.open(place, 4000)
    args = ["", "", "", f"{HALL} {DATE}", f"{SLOT} {SLOT + 1} * offer 1 x", 1, 1, f"{SLOT}=0/0"]
    assert store.ledger("close", [QUEUE], args, MORNING).details == [1]
    offered, restored = [], []
    parts = [range(first, first + AFFECTED_A_CALL) for first in range(1, count + 1, AFFECTED_A_CALL)]
    for part in parts:
        reply = rebook(store, [QUEUE, *LATER], part, part is parts[-1], "A tax 2 3 4")
        assert reply.outcome == "ok" and len(reply.details[0]) == 4 * AFFECTED_A_CALL
        offered += reply.details[0][2::4]
    expected = [place.named(number) for place, last in zip(LATER, (4000, 4000, 2000))
                for number in range(1, last + 1)]
    assert offered == expected, "the first who booked come first"
    assert store.call("ZSCORE", key("due"), f"rebook {DATE} {HALL} 1") is None
    for part in parts:
        restored += restore(store, [QUEUE, *LATER], part).details[0]
    assert restored == [QUEUE.named(number) for number in range(1, count + 1)]
    reply = store.ledger("reopen", [QUEUE], ["1", CLOSURE, 1, 1, f"{SLOT}={count}/0"], MORNING)
    assert reply.outcome == "ok"
    for place in LATER:
        assert store.call("HGET", key("units", place.date), place.field(SLOT)) == "4000"


def close_beyond(store):
    """rebook, restore: 50 at a call, not one more; nobody when the closure is not in force"""
    store.open(QUEUE, AFFECTED_A_CALL + 1)
    store.book(QUEUE, AFFECTED_A_CALL + 1)
    many = range(1, AFFECTED_A_CALL + 2)
    for call in (lambda numbers: rebook(store, [QUEUE], numbers, True),
                 lambda numbers: restore(store, [QUEUE], numbers)):
        store.call("HSET", key("plan"), "version", 1, CLOSURE, f"+ {SLOT} {SLOT + 1} * none 1 x")
        store.refuses("many", call, many)
        assert call(many[1:]).outcome == "ok"
        store.call("HSET", key("plan"), CLOSURE, f"- {SLOT} {SLOT + 1} * none 1 x")
        store.refuses("missing", call, many[1:])


def close_many_queues(store):
    """close, reopen: 16 queues at a call; not one more, nor by an older plan"""
    queues = [Place(f"Q{number}") for number in range(INVENTORIES_A_CLOSURE + 1)]
    for place in queues:
        store.open(place, 5, range(16, 34))

    def brought(count, units):
        text = " ".join(f"{slot}={units}/0" for slot in range(16, 34))
        return [count] + [word for number in range(1, count + 1) for word in (number, text)]

    def close(count, version=""):
        return store.ledger("close", queues, ["", "", version, f"{HALL} {DATE}", "16 34 * none 1 x",
                                              *brought(count, 0)], MORNING)

    def reopen(count, version):
        return store.ledger("reopen", queues, [version, CLOSURE, *brought(count, 5)], MORNING)
    store.refuses("many", close, INVENTORIES_A_CLOSURE + 1)
    store.refuses("stale", close, INVENTORIES_A_CLOSURE, "1")
    store.refuses("missing", reopen, INVENTORIES_A_CLOSURE, "0")
    for reply in (close(INVENTORIES_A_CLOSURE), reopen(INVENTORIES_A_CLOSURE, "1")):
        assert [reply.outcome, len(reply.told)] == ["ok", INVENTORIES_A_CLOSURE + 1]
        store.refuses("many", reopen, INVENTORIES_A_CLOSURE + 1, "1")
        store.refuses("stale", reopen, INVENTORIES_A_CLOSURE, "9")
    store.refuses("missing", reopen, INVENTORIES_A_CLOSURE, "2")


def restore_all_or_nothing(store):
    """restore: refused whole when the place of one offer is not among the call's"""
    store.open(QUEUE, 2)
    store.book(QUEUE, 2, f=LATER[0].named(1))
    store.call("HSET", key("reservations", DATE), QUEUE.field(1), made(1))
    store.call("HSET", key("plan"), "version", 1, CLOSURE, f"+ {SLOT} {SLOT + 1} * offer 1 x")
    store.refuses("again", restore, store, [QUEUE], (1, 2))


TESTS = [waitlist_has_an_end, waitlist_is_not_walked, leave_a_full_one, promote_in_parts, promote_none,
         open_draw_once, draw_many, close_much, close_beyond, close_many_queues, restore_all_or_nothing]
