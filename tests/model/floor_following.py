# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Lets a part of a run of the floor be run again (following.py): the ticket that a clerk names
is known by its salt."""
import dataclasses
import typing

import following
from floor_model import FloorModel
from floor_operations import AtWindow


class FloorNoted(typing.NamedTuple):
    """`salt`: of the ticket that the operation's argument names."""
    op: AtWindow
    salt: str


def note_all(done):
    """A following.Noted or, when a ticket is named, a FloorNoted for each operation of a run."""
    model, noted = FloorModel(), []
    for one in following.note_all(done, FloorModel()):
        ticket = _named(one.op, model)
        noted.append(FloorNoted(one.op, ticket.salt) if ticket else one)
        model.apply(one.op)
    return noted


def _named(op, model):
    if not isinstance(op, AtWindow):
        return None
    return model.floor(op.hall, op.date).tickets.get(op.argument)


def write_anew(one, model):
    """The operation with the numbers of this model."""
    if not isinstance(one, FloorNoted):
        return following.write_anew(one, model.city)
    op = one.op
    for key, ticket in model.floor(op.hall, op.date).tickets.items():
        if ticket.salt == one.salt:
            return dataclasses.replace(op, argument=key)
    return op
