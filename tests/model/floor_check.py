# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Redis' answers and keys of the floor against the model's."""
import json

import record
from check import ask_equal, parse_event
from compare import compare_keys, read_hash, read_sorted_set
from floor_operations import EndDay
from operations import key

FLOOR_KINDS = ("ticket", "window")


def check_answer(op, expected, reply):
    """Raises Mismatch. Returns (id, kinds and values) of the event that the reply tells, or
    None."""
    event_id, pairs, outcome, *details = reply
    told = list(zip(pairs[::2], pairs[1::2]))
    on_floor = [one for one in told if one[0] in FLOOR_KINDS]
    others = [parse_event(*one) for one in told if one[0] not in FLOOR_KINDS]
    ask_equal(op, "outcome", expected.outcome, outcome)
    ask_equal(op, "details", expected.details, _read_details(details, expected.details))
    if isinstance(op, EndDay):  # all at once: in any order
        ask_equal(op, "events of the floor", sorted(expected.told), sorted(on_floor))
    else:
        ask_equal(op, "events of the floor", expected.told, on_floor)
    ask_equal(op, "events", _sorted(expected.events), _sorted(others))
    ask_equal(op, "an event's id", bool(pairs), bool(event_id))
    return (event_id, pairs) if pairs else None


def _sorted(events):
    return sorted(events, key=lambda event: (event.kind, event.place))


def _read_details(details, expected):
    """A record and a reason as what they say."""
    read = []
    for i, detail in enumerate(details):
        wanted = expected[i] if i < len(expected) else None
        if isinstance(wanted, record.Record):
            detail = _read_or_text(record.read, detail)
        elif isinstance(wanted, dict):
            detail = _read_or_text(json.loads, detail)
        read.append(detail)
    return read


def _read_or_text(read, text):
    """What is not what it is to be is told as it is."""
    try:
        return read(text)
    except (TypeError, ValueError):
        return text


# --- The keys ---------------------------------------------------------------------------------

def compare(connection, model):
    compare_keys(read_floors(connection), _expect_floors(model))


def read_floors(connection):
    prefix, floors = key(""), {}
    for name in connection.call("KEYS", f"{prefix}*"):
        reader = READERS.get(name[len(prefix):].split(":")[0])
        if reader:
            floors[name[len(prefix):]] = reader(connection, name)
    return floors


def _read_calls(connection, name):
    return dict(enumerate(map(_read_call, connection.call("LRANGE", name, 0, -1))))


def _read_call(line):
    words = line.split(" ", 6)
    if words[1] == "called":
        return (*words[:6], _read_or_text(json.loads, words[6]))
    return tuple(line.split(" "))


def _read_string(connection, name):
    return {"": connection.call("GET", name)}


READERS = {"tickets": read_hash, "windows": read_hash, "line": read_sorted_set,
           "calls": _read_calls, "lease": _read_string, "lease_token": _read_string, "passes": read_hash}


def _member(name, queue, klass, score):
    issuer, number = name.split("/t")
    return f"{queue} {klass} {score:014d} {issuer} {int(number):06d}"


def _expect_floors(model):
    expected, lease = {"passes": dict(model.passes)}, model.lease
    if "token" in lease:
        expected["lease"] = {"": f"{lease['token']} {lease['worker']}"}
    if "last" in lease:
        expected["lease_token"] = {"": str(lease["last"])}
    for floor in model.floors.values():
        tickets = expected.setdefault(f"tickets:{floor.date}", {})
        tickets |= {_field(floor, name.replace("/", " ")): ticket.text()
                    for name, ticket in floor.tickets.items()}
        tickets |= {_field(floor, name): str(count) for name, count in floor.numbers.items()}
        people = dict.fromkeys(ticket.person for ticket in floor.tickets.values())
        tickets |= {_field(floor, f"~{person}"): " ".join(floor.tickets_of(person))
                    for person in people if person != "-"}
        if floor.prefixes:
            tickets[_field(floor, "prefixes")] = " ".join(
                f"{queue}={prefix}" for queue, prefix in floor.prefixes.items())
        expected.setdefault(f"windows:{floor.date}", {}).update(
            {_field(floor, name): window.text() for name, window in floor.windows.items()})
        expected[f"line:{floor.date}:{floor.hall}"] = {
            _member(name, *stand): 0 for name, ticket in floor.tickets.items()
            for stand in ticket.stands()}
        expected[f"calls:{floor.date}:{floor.hall}"] = {
            number: _expect_call(call) for number, call in floor.calls.items()}
    return expected


def _field(floor, rest):
    return f"{floor.hall} {rest}"


def _expect_call(call):
    words = []
    for word in call:
        words += [word] if isinstance(word, dict) else str(word).split(" ")
    return tuple(words)
