# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of a hall's day, at their limits."""
from limits_bookings import FIRST, PARTS_MAX, book_package, status_of
from limits_store import (DATE, HALL, MIDNIGHT, NOON, SERVICE, SLOT, Place, key, made, person)

QUEUE = Place()
QUEUES_MAX, SENT_MAX, PUT_BACK_LOOKED_AT, SLOT_AT_NOON = 200, 100, 100, 24
QUEUES = [Place(f"Q{number}") for number in range(QUEUES_MAX)]


def window(store, operation, argument="-", name="1", places=(QUEUE,), windows="1,2", at=NOON):
    rows = [f"{place.queue} 0.5 1 2 3 {windows}" for place in places]
    args = ["", "", name, operation, argument, len(rows), *rows]
    return store.ledger("window", places, args, at, DATE)


def open_window(store, name="1", queues="A", ticket="-"):
    store.call("HSET", key("windows", DATE), f"{HALL} {name}", f"o {queues} {ticket} {NOON * 1000}")


def wait(store, place, count, first=1, klass="w", sent_to="-", back="-"):
    """So many wait, in the order of their numbers, in the line of the queue or of a window."""
    ms, line = (NOON - 3600) * 1000, place.queue if sent_to == "-" else f"@{sent_to}"
    numbers = range(first, first + count)
    store.send(("HSET", key("tickets", DATE), place.field(f"t{number}"),
                f"w w {klass if klass != 'b' else 'w'} - {SERVICE} {place.queue} - {sent_to} 0 "
                f"{ms + number} {ms + number} 0 0 0 0 {back} abcdef - - 0 0 0 - {place.queue}")
               for number in numbers)
    store.send(("ZADD", key("line", DATE, HALL), 0,
                f"{line} {klass} {back if klass == 'b' else ms + number:014} {place.queue} {number:06d}")
               for number in numbers)
    store.call("HSET", key("tickets", DATE), place.field("tseq"), first + count - 1)


def ticket_of(store, place, number):
    return store.call("HGET", key("tickets", DATE), place.field(f"t{number}")).split(" ")


# --- Calling -----------------------------------------------------------------------------------

def call_put_back(store):
    """window: of 3,000 who were put back a hundred are looked at, the first to come is called"""
    open_window(store)
    wait(store, QUEUE, 3000, klass="b", back=0)
    for expected in ("A/t1", "A/t2"):
        read, reply = store.reads(lambda: window(store, "call-next"))
        assert [reply.outcome, reply.details[1]] == ["ok", expected], reply.details[1]
        assert read < PUT_BACK_LOOKED_AT + 20, f"{read} reads"
        assert window(store, "miss").outcome == "ok"


def call_from_many(store):
    """window: 200 queues are served at once, and nobody but who is called is read"""
    assert window(store, "open", ",".join(place.queue for place in QUEUES), places=QUEUES).outcome == "ok"
    served = store.call("HGET", key("windows", DATE), f"{HALL} 1").split(" ")[1]
    assert served.split(",") == [place.queue for place in QUEUES]
    for place in QUEUES:
        for at, klass in enumerate("wap"):
            wait(store, place, 3, 1 + 3 * at, klass)
    read, reply = store.reads(lambda: window(store, "call-next", places=QUEUES))
    assert [reply.outcome, reply.details[1]] == ["ok", "Q0/t7"], reply.details[1]
    assert read < 20, f"{read} reads"


def call_nobody(store):
    """window: who finds nobody is told of 20 who wait for others, and reads not many more"""
    open_window(store, queues="Q0")
    for place in QUEUES[1:100]:
        wait(store, place, 5)
    for number in range(2, 100):
        open_window(store, number, QUEUES[number].queue)
        wait(store, QUEUES[100 + number], 5, sent_to=number)
    names = ",".join(map(str, range(1, 100)))
    read, reply = store.reads(lambda: window(store, "call-next", places=QUEUES, windows=names))
    assert [reply.outcome, reply.details[1]] == ["ok", ""]
    told = reply.details[4]
    assert told == ["Q1/t1 Q1 - u", *(f"Q{100 + number}/t{ticket} Q{100 + number} {number} o"
                                      for number in (10, 11, 12, 13) for ticket in range(1, 6))][:20], told
    assert read < 150, f"{read} reads"


def refuse_calls(store):
    """window: what cannot be done is refused and changes nothing"""
    wait(store, QUEUE, 3)
    store.refuses("state", window, store, "call-next")
    open_window(store)
    for operation in ("recall", "start", "finish", "miss", "park", "requeue"):
        store.refuses("state", window, store, operation)
    store.refuses("missing", window, store, "call", "A/t4")
    store.refuses("state", window, store, "resume", "A/t1")
    assert window(store, "call", "A/t2").outcome == "ok"
    store.refuses("state", window, store, "close")
    store.refuses("state", window, store, "call", "A/t1")


# --- Who was sent to a window --------------------------------------------------------------------

def send_many(store):
    """window: a hundred may wait for one; a transfer beyond is refused, to a queue alone it is not"""
    open_window(store)
    wait(store, QUEUE, SENT_MAX - 1, sent_to="2")
    wait(store, QUEUE, 2, first=SENT_MAX)
    assert window(store, "call-next").details[1] == f"A/t{SENT_MAX}"
    assert window(store, "transfer", "- 2").outcome == "ok"
    assert window(store, "call-next").details[1] == f"A/t{SENT_MAX + 1}"
    for target in ("- 2", "A 2"):
        store.refuses("full", window, store, "transfer", target)
    assert window(store, "transfer", "A -").outcome == "ok"
    open_window(store, "2")
    read, reply = store.reads(lambda: window(store, "call-next", name="2"))
    assert reply.details[1] == "A/t1" and read < SENT_MAX + 20, f"{reply.details[1]}, {read} reads"
    open_window(store, ticket=f"A/t{SENT_MAX + 1}")


def close_on_many(store):
    """window: one that closes gives a hundred back, each in his place, and each is told"""
    open_window(store, "2")
    wait(store, QUEUE, SENT_MAX, sent_to="2")
    reply = window(store, "close", name="2")
    assert [reply.outcome, len(reply.told)] == ["ok", SENT_MAX + 1]
    store.expect_told(reply)
    line = store.call("ZRANGE", key("line", DATE, HALL), 0, -1)
    assert [member.split(" ")[0] + member[-4:] for member in line] == [
        f"A{number:04d}" for number in range(1, SENT_MAX + 1)]
    assert {ticket_of(store, QUEUE, number)[7] for number in range(1, SENT_MAX + 1)} == {"-"}
    assert store.call("LLEN", key("calls", DATE, HALL)) == SENT_MAX + 1


# --- Numbers -------------------------------------------------------------------------------------

def issue(store, who="", at=1, quota="", one_open=1, day_max=3, places=(QUEUE,)):
    args = ["", "", at, SERVICE, "-", person(who) if who else "", SLOT_AT_NOON, quota, "abcdef", 3,
            one_open, day_max]
    return store.ledger("issue", places, args, NOON, DATE)


def issue_as_many(store):
    """issue: as many as the half hour and the person may have, and not one more"""
    store.open(QUEUE, 10)
    for number in range(1, 4):
        assert issue(store, quota=3).details[0] == f"A/t{number}"
    store.refuses("F", issue, store, quota=3)
    store.refuses("F", issue, store, quota="closed")
    for number in range(4, 7):
        assert issue(store, 7, one_open=0).details[0] == f"A/t{number}"
    store.refuses("D", issue, store, 7, one_open=0)
    assert store.refuses("T", issue, store, 7).details[0] == "A/t4"
    store.book(QUEUE, 1, first=8, slot=SLOT_AT_NOON)
    refused = store.refuses(f"V{QUEUE.named(1)}", issue, store, 8)
    assert refused.details == [made(8, slot=SLOT_AT_NOON)]


def issue_of_many(store):
    """issue: 200 queues with the same letter get numbers that differ, among 200 places"""
    for place in QUEUES:
        place.prefix = "A"
    keys = [issue(store, 100 + at, at, places=QUEUES).details[0] for at in range(1, QUEUES_MAX + 1)]
    assert keys == [f"{place.queue}/t1" for place in QUEUES]
    prefixes = {ticket_of(store, place, 1)[23] for place in QUEUES}
    assert len(prefixes) == QUEUES_MAX and "A" in prefixes


# --- Checking in ---------------------------------------------------------------------------------

def check_in(store, places, at):
    return store.ledger("check_in", places, [len(places), 1, "abcdef", 3], at, DATE)


def check_in_package(store):
    """check_in: a package of 40 steps arrives whole, by whichever step it is named"""
    places = book_package(store)
    begins = MIDNIGHT + FIRST * 1800
    store.refuses("again", check_in, store, places[1:], begins)
    reply = check_in(store, places, begins)
    assert [reply.outcome, reply.details[0]] == ["ok", "Q0/t1"]
    assert [status_of(store, place, 1) for place in places] == ["c"] * PARTS_MAX
    store.refuses("missing", store.ledger, "check_in", places, [1, 2, "abcdef", 3], begins, DATE)


def check_in_in_time(store):
    """check_in: from half an hour before to the grace behind its half hour, to the second"""
    opens, lapses = MIDNIGHT + (SLOT - 1) * 1800, MIDNIGHT + (SLOT + 1) * 1800 + 30 * 60
    store.open(QUEUE, 1)
    store.book(QUEUE, 1)
    store.refuses(f"E{opens}", check_in, store, [QUEUE], opens - 1)
    store.refuses("B", check_in, store, [QUEUE], lapses + 1)
    assert check_in(store, [QUEUE], lapses).outcome == "ok"
    store.empty()
    store.open(QUEUE, 1)
    store.book(QUEUE, 1)
    assert check_in(store, [QUEUE], opens).outcome == "ok"
    again = check_in(store, [QUEUE], lapses + 1)
    assert [again.outcome, again.told] == ["ok", []], "who has arrived has arrived"


TESTS = [call_put_back, call_from_many, call_nobody, refuse_calls, send_many, close_on_many,
         issue_as_many, issue_of_many, check_in_package, check_in_in_time]
