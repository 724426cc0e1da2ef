# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Lets a part of a run be run again. When what came before an operation is left out, numbers
shift: the seventh reservation of a queue becomes its third, the plan has a lower version. So an
operation is noted with what its numbers meant, and written anew with the numbers that mean the
same."""
import dataclasses
import typing

import operations
from model import Model


class Noted(typing.NamedTuple):
    op: operations.Operation
    notes: dict


def note_all(done, model=None):
    """Of the operations of a run, in their order; `model` is one that has seen nothing yet."""
    model, noted = model or Model(), []
    for op in done:
        noted.append(Noted(op, _note(op, model.city)))
        model.apply(op)
    return noted


def _note(op, city):
    notes = {}
    if getattr(op, "version", ""):
        notes["behind"] = city.plan["version"] - int(op.version)
    if isinstance(op, operations.OfClosure):
        notes["closure"] = city.plan_fields.get(op.field, "")[1:]
        notes["affected"] = [(place, *_salt_at(city.at(place).records, number))
                             for place, number in getattr(op, "affected", ())]
    elif isinstance(op, operations.Draw):
        entries = city.at(op.place).entries
        notes["salts"] = [entries[f"d{number}"].salt for number in op.order]
        notes["more"] = op.entries - city.at(op.place).numbers.get("dseq", 0)
    elif isinstance(op, operations.Leave):
        notes["salt"] = _salt_at(city.at(op.place).entries, op.name)
    elif hasattr(op, "number"):
        notes["salt"] = _salt_at(city.at(op.place).records, op.number)
    return notes


def _salt_at(kept, name):
    """The record's salt, and which of those with this salt it is."""
    if name not in kept:
        return None
    salt = kept[name].salt
    return salt, _with_salt(kept, salt).index(name)


def _with_salt(kept, salt):
    return [name for name, record in kept.items() if record.salt == salt]


def write_anew(noted, city):
    """The operation with the numbers of this city."""
    op, notes = noted
    changes = {}
    if "behind" in notes:
        changes["version"] = str(max(0, city.plan["version"] - notes["behind"]))
    if "closure" in notes:
        changes["number"] = _closure_number(op, notes["closure"], city)
        if hasattr(op, "affected"):
            changes["affected"] = tuple(_still_there(notes["affected"], city))
    elif "salts" in notes:
        inventory = city.at(op.place)
        names = [name for salt in notes["salts"]
                 for name in _with_salt(inventory.entries, salt) if name[0] == "d"]
        changes["order"] = tuple(int(name[1:]) for name in names)
        changes["entries"] = inventory.numbers.get("dseq", 0) + notes["more"]
    elif notes.get("salt"):
        is_leave = isinstance(op, operations.Leave)
        inventory, (salt, which) = city.at(op.place), notes["salt"]
        names = _with_salt(inventory.entries if is_leave else inventory.records, salt)
        if which < len(names):
            changes["name" if is_leave else "number"] = names[which]
    return dataclasses.replace(op, **changes) if changes else op


def _still_there(affected, city):
    for place, salt, which in affected:
        numbers = _with_salt(city.at(place).records, salt)
        if which < len(numbers):
            yield place, numbers[which]


def _closure_number(op, closure, city):
    for field, value in city.plan_fields.items():
        if field.startswith(f"{op.hall} {op.date} ") and value[1:] == closure:
            return int(field.split(" ")[2])
    return op.number
