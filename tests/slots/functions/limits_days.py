# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Functions that walk over what a day has left, at their limits."""
import collections

from limits_store import (DATE, DAY, EVENING, HALL, MIDNIGHT, NOON, SERVICE, SLOT, YESTERDAY, Place,
                          key, person, walk)

QUEUE, CALLS_MAX = Place(), 1000


def walk_cursor(call):
    """Calls with the cursor that it gave until that is '0'; how often."""
    cursor, calls = "0", 0
    while cursor != "0" or not calls:
        cursor = call(cursor)
        calls += 1
        assert calls < CALLS_MAX, f"still {cursor} after {calls} calls"
    return calls


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
        told = [value.split()[2:4] for _, kind, value in store.stream() if kind == "ticket"]
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
    store.refuses("again", store.ledger, "end_day", [QUEUE], [""], EVENING, DATE)


def open_floors_in_parts(store):
    """open_floors: 5,000 tickets of three halls are looked at in parts"""
    halls = [Place(hall=f"410400-0{number}") for number in (1, 2, 3)]
    store.is_small = False
    for place in halls:
        store.send(("HSET", key("tickets", DATE), place.field(f"t{number}"), "d w w - tax A")
                   for number in range(1, 1667))
    store.call("HSET", key("tickets", DATE), halls[1].field("t1700"), "w w w - tax A")
    store.call("HSET", key("windows", DATE), f"{halls[2].hall} 1", f"o A - {NOON * 1000}",
               f"{halls[0].hall} 1", f"c - - {NOON * 1000}")
    found = set()

    def look(cursor):
        cursor, *told = store.function("open_floors", [key("tickets", DATE), key("windows", DATE)],
                                       "0", cursor)
        found.update(told)
        return cursor
    calls = walk_cursor(look)
    assert calls >= 5, f"{calls} calls"
    assert found == {f"{place.hall} A" for place in halls} | {f"{halls[1].hall} -",
                                                              f"{halls[2].hall} -"}


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


def pardon_of_many(store):
    """pardon: one mark of a thousand goes; the reason has 255 bytes at most, and is given once"""
    marks = ",".join([f"n{DATE}"] * 1000)
    store.open(QUEUE, 2)
    store.book(QUEUE, 2, status="n")
    store.call("HSET", key("persons"), person(1), marks)
    store.fails("to 'char'", store.ledger, "pardon", [QUEUE], [1, 1, "x" * 256])
    assert store.ledger("pardon", [QUEUE], [1, 1, "x" * 255]).outcome == "ok"
    assert store.call("HGET", key("persons"), person(1)).count("n") == 999
    store.refuses("state", store.ledger, "pardon", [QUEUE], [1, 1, "again"])
    store.refuses("missing", store.ledger, "pardon", [QUEUE], [1, 3, "nobody"])


def excuse_in_time(store):
    """excuse, no_shows: from the half hour's start to the end of its grace, to the second, and then no no-show"""
    begins, lapses = MIDNIGHT + SLOT * 1800, MIDNIGHT + (SLOT + 1) * 1800 + 30 * 60

    def excuse(at, number=1):
        return store.ledger("excuse", [QUEUE], [1, number], at)
    store.open(QUEUE, 2)
    store.book(QUEUE, 2)
    store.refuses("again", excuse, begins - 1)
    store.refuses("B", excuse, lapses + 1)
    store.refuses("missing", excuse, begins, 3)
    assert excuse(begins).outcome == "ok"
    assert excuse(lapses, 2).outcome == "ok"
    assert store.ledger("no_shows", [QUEUE], [1, ""], EVENING).details == [0, ""]
    store.refuses("state", excuse, lapses)


def count_much(store):
    """count_day: 2,500 reservations are counted in three calls, units by the first"""
    store.open(QUEUE, 2500)
    store.book(QUEUE, 2500)
    rows = counted(store, [SERVICE])
    heads = [[row.split()[0] for row in reply] for reply in rows]
    assert heads == [["n", "c", "r", "l"], ["n", "r", "l"], ["r", "l"]], heads
    booked = [int(row.split()[3]) for reply in rows for row in reply if row[0] == "r"]
    assert booked == [1000, 1000, 500], booked


def counted(store, services):
    """The replies of all calls."""
    replies, where = [], "1"
    while where:
        reply = store.function("count_day", [key("units", DATE), key("reservations", DATE)],
                               QUEUE.field(""), MIDNIGHT, where, *services)
        replies.append(reply)
        where = reply[0][2:] if reply[0][0] == "n" else ""
    return replies


def count_many_services(store):
    """count_day: what was intercepted of 1,000 services in 48 half hours, some half hours at a call"""
    services = [f"service-{number:04d}" for number in range(1000)]
    store.open(QUEUE, 3, range(48))
    store.book(QUEUE, 3)
    store.send(("HSET", key("units", DATE), QUEUE.field(f"h{slot} {services[slot]}"), slot + 1)
               for slot in range(48))
    replies = counted(store, services)
    rows = [row.split() for reply in replies for row in reply]
    assert len(replies) == 48, len(replies)
    assert [row[1:] for row in rows if row[0] == "c"] == [[f"{slot}", "3"] for slot in range(48)]
    told = {(int(row[1]), row[2]): int(row[7]) for row in rows if row[0] == "r" and row[2] != SERVICE}
    assert told == {(slot, services[slot]): slot + 1 for slot in range(48)}
    assert sum(int(row[3]) for row in rows if row[0] == "r") == 3


# --- Sweeps ------------------------------------------------------------------------------------

def sweep_many(store):
    """sweep: 20,000 persons, some at a call; what is of yesterday, of today or still counts stays"""
    ended, live = f"n20260101,x202511=3;tax 20261125 {HALL} A 1+RR", f";tax {YESTERDAY} {HALL} A 2+RR"
    store.is_small = False
    store.send(("HSET", key("persons"), person(number), ended) for number in range(20000))
    store.call("HSET", key("persons"), person(30000), f"n{YESTERDAY}" + live, person(30001),
               ended + live)
    calls = walk_cursor(lambda cursor: store.function(
        "sweep", [key("persons"), key("swept")], cursor, DATE, "20261028", NOON, YESTERDAY))
    assert calls >= 20, f"{calls} calls"
    kept = store.call("HGETALL", key("persons"))
    assert dict(zip(kept[::2], kept[1::2])) == {person(30000): f"n{YESTERDAY}" + live,
                                                person(30001): live}
    assert store.call("GET", key("swept")) == DATE


def sweep_codes(store):
    """expire_health: codes that ended go, those without an end get one, the others stay"""
    now, end = NOON, NOON + 30 * DAY
    codes = {"old": f"g{now}", "gone": f"r{now - 1}", "stays": f"g{now + 1}", "endless": "y"}
    store.send(("HSET", key("health"), f"{name}{number}", code)
               for name, code in codes.items() for number in range(1000))
    calls = walk_cursor(lambda cursor: store.function("expire_health", [key("health")], cursor, now,
                                                      end))
    assert calls > 4, f"{calls} calls"
    kept = store.call("HGETALL", key("health"))
    expected = {f"stays{number}": codes["stays"] for number in range(1000)}
    expected |= {f"endless{number}": f"y{end}" for number in range(1000)}
    assert dict(zip(kept[::2], kept[1::2])) == expected


# --- The lease -----------------------------------------------------------------------------------

LEASE = [key("lease"), key("lease_token")]


def lease_of_one(store):
    """lease, end_lease: one holds it at a time, each with a larger token, and ends his own alone"""
    store.call("SET", LEASE[1], 2 ** 53 - 2)
    first, left = store.function("lease", LEASE, "0", "one", 60000)
    assert [first, left] == [f"{2 ** 53 - 1}", 60000]
    assert store.function("lease", LEASE, first, "one", 70000) == [first, 70000]
    before = store.digest()
    refused, left = store.function("lease", LEASE, "0", "two", 60000)
    assert refused == "0" and 0 < left <= 70000
    assert store.function("end_lease", LEASE[:1], "1") == 0
    assert store.digest() == before
    assert store.function("end_lease", LEASE[:1], first) == 1
    assert store.function("lease", LEASE, "0", "two", 60000)[0] == f"{2 ** 53}"


def pass_of_a_minute(store):
    """begin_pass: once a job's minute, by the holder alone"""
    keys = [LEASE[0], key("passes")]
    token, _ = store.function("lease", LEASE, "0", "one", 60000)
    assert store.function("begin_pass", keys, token, "job", "7", "7") == 1
    before = store.digest()
    assert store.function("begin_pass", keys, token, "job", "7", "7") == 0
    assert store.function("begin_pass", keys, "99", "job", "8", "8") == 0
    assert store.digest() == before
    assert store.function("begin_pass", keys, token, "job", "8", "8") == 1


def fenced_walk(store):
    """fenced, end_day: under the lease all of the day ends; under another, or by another Function, nothing"""
    store.open(QUEUE, 10)
    store.issue(QUEUE, 450)
    token, _ = store.function("lease", LEASE, "0", "one", 60000)

    def end_day(behind, token=token, function="end_day"):
        return store.ledger(function, [QUEUE], [behind], EVENING, DATE, fence=token)
    store.refuses("fenced", end_day, "", token="99")
    store.fails("attempt to call", end_day, "", function="issue")
    assert [lapsed for lapsed, _ in walk(end_day)] == [200, 200, 50]


TESTS = [end_day_of(4200), end_day_of(20000), end_day_again, end_day_without, open_floors_in_parts,
         many_no_shows, no_shows_of_one_time, pardon_of_many, excuse_in_time, count_much,
         count_many_services, sweep_many, sweep_codes, lease_of_one, pass_of_a_minute, fenced_walk]
