# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The record of a reservation as it stands in Redis (docs/keys.md): written and read by this
file, independently of the service and its Functions."""
import dataclasses

PERSON_BYTES, SALT_BYTES, HAS_EXTRAS = 14, 6, 0x80
# Tags that may stand several times, in an order that matters.
REPEATED = "s"
# Units are held by these; these are a person's live reservations.
HOLDS, LIVE = frozenset("bclsoy"), frozenset("bcls")


@dataclasses.dataclass(repr=False)
class Record:
    """`extras` maps a tag to its value, a repeated tag to the list of its values."""
    status: str
    evidence: str
    slot: int
    span: int
    units: int
    person: str
    salt: str
    service: str
    channel: str
    creator: int
    created_ms: int
    extras: dict
    sealed: str

    def copy(self, **changes):
        copied = dataclasses.replace(self, **changes)
        copied.extras = {tag: list(value) if tag in REPEATED else value
                         for tag, value in copied.extras.items()}
        return copied

    def __repr__(self):
        extras = " ".join(f"{tag}:{value!r}" for tag, value in sorted(self.extras.items()))
        return (f"<{self.status}{self.evidence} {self.salt} {self.service} {self.person} "
                f"slot {self.slot} span {self.span} units {self.units} {extras}>")

    @property
    def slots(self):
        return range(self.slot, self.slot + self.span)


def number(value, size):
    return value.to_bytes(size, "big").decode("latin-1")


def short(text):
    return number(len(text), 1) + text


def half_hours(slot, span):
    """What an entry in the index of persons says of a reservation's half hours."""
    return f"+{chr(64 + slot)}{chr(64 + slot + span - 1)}"


def write(record):
    extras = "".join(tag + short(value) for tag, values in record.extras.items()
                     for value in (values if tag in REPEATED else [values]))
    creator = record.creator | (HAS_EXTRAS if extras else 0)
    return (record.status + record.evidence
            + number(record.slot, 1) + number(record.span, 1) + number(record.units, 1)
            + record.person + record.salt + short(record.service) + short(record.channel)
            + number(creator, 1) + number(record.created_ms, 6)
            + (number(len(extras), 2) + extras if extras else "") + record.sealed)


class Reader:
    """Takes parts from the front of a text; what is not there is an error."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, length):
        part = self.text[self.at:self.at + length]
        if len(part) != length:
            raise ValueError(f"a record ends early: {self.text!r}")
        self.at += length
        return part

    def number(self, size):
        return int.from_bytes(self.take(size).encode("latin-1"), "big")

    def short(self):
        return self.take(self.number(1))


def read_extras(text):
    reader, extras = Reader(text), {}
    while reader.at < len(text):
        tag = reader.take(1)
        value = reader.short()
        if tag in REPEATED:
            extras.setdefault(tag, []).append(value)
        elif tag in extras:
            raise ValueError(f"the tag {tag} stands twice: {text!r}")
        else:
            extras[tag] = value
    return extras


def read(text):
    reader = Reader(text)
    status, evidence = reader.take(1), reader.take(1)
    slot, span, units = reader.number(1), reader.number(1), reader.number(1)
    person, salt = reader.take(PERSON_BYTES), reader.take(SALT_BYTES)
    service, channel = reader.short(), reader.short()
    creator, created_ms, extras = reader.number(1), reader.number(6), {}
    if creator & HAS_EXTRAS:
        extras = read_extras(reader.take(reader.number(2)))
    return Record(status, evidence, slot, span, units, person, salt, service, channel,
                  creator & ~HAS_EXTRAS, created_ms, extras, reader.text[reader.at:])
