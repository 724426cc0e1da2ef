# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Redis' answers against the model's."""
import re

import batch
import operations
import record
from model import LEDGER, Event

SLOT_WORD = re.compile(r"^(k?\d+)=(.+)$")


class Mismatch(Exception):
    """What Redis did is not what the rules say."""


def check_answer(op, expected, reply):
    """Raises Mismatch. Returns id, and kinds and values, of the event that is told, or None."""
    if type(op) in LEDGER:
        return _check_ledger(op, expected, reply)
    if isinstance(op, batch.Reserve):
        return _check_batch(op, expected, reply)
    if isinstance(op, operations.CountDay):
        ask_equal(op, "rows", expected, sorted(reply))
    elif isinstance(op, operations.Prove):
        ask_equal(op, "tags", expected, reply[1:])
    elif not isinstance(op, operations.PushHealth):
        ask_equal(op, "answer", expected, reply)
    return None


def ask_equal(op, what, expected, actual):
    if expected != actual:
        blank = " " * len(what)
        raise Mismatch(f"{op}\n  {what} must be {expected!r}\n  {blank}  but is {actual!r}")


def _check_ledger(op, expected, reply):
    event_id, pairs, outcome, *details = reply
    details = _read_details(details, expected.details)
    events = [parse_event(kind, value) for kind, value in zip(pairs[::2], pairs[1::2])]
    ask_equal(op, "outcome", expected.outcome, outcome)
    ask_equal(op, "details", expected.details, details)
    ask_equal(op, "events", _sorted(expected.events), _sorted(events))
    return _event_told(op, event_id, pairs)


def _event_told(op, event_id, pairs):
    ask_equal(op, "an event's id", bool(pairs), bool(event_id))
    return (event_id, pairs) if pairs else None


def _check_batch(op, expected, reply):
    outcomes, events = expected
    event_id, count = reply[:2]
    told = reply[2:2 + count]
    ask_equal(op, "outcomes", outcomes, reply[2 + count:])
    ask_equal(op, "events", _sorted(events), _sorted([parse_event("booked", value) for value in told]))
    return _event_told(op, event_id, [word for value in told for word in ("booked", value)])


def parse_event(kind, value):
    if kind == "plan":
        return Event(kind, value, {}, [])
    words = value.split(" ")
    slots = dict(match.groups() for match in map(SLOT_WORD.match, words[3:]) if match)
    rest = [word for word in words[3:] if not SLOT_WORD.match(word)]
    return Event(kind, " ".join(words[:3]), slots, rest)


def _sorted(events):
    return sorted(events, key=lambda event: (event.kind, event.place))


def _read_details(details, expected):
    """Where a record is expected, what stands there is read as one."""
    read = []
    for i, detail in enumerate(details):
        wanted = expected[i] if i < len(expected) else None
        if isinstance(wanted, list) and isinstance(detail, list):
            detail = _read_details(detail, wanted)
        elif isinstance(wanted, record.Record) and isinstance(detail, str) and detail:
            detail = record.read(detail)
        read.append(detail)
    return read
