# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Runs operations of a floor against Redis and the model, as run.py does those of reservations."""
import compare
import floor_check
import floor_following
import floor_invariants
import resp
from check import Mismatch
from floor_generate import FloorGenerator
from floor_lease import CityOperation
from floor_model import FloorModel, Misused
from floor_operations import AtWindow, FloorOperation
from floor_scene import FloorScene
from run import CLIENTS, Run, drive, repeat


class FloorRun(Run):
    comes_without_ticket = False

    def __init__(self, store):
        super().__init__(store)
        self.model = FloorModel()

    def predict(self, op):
        if not isinstance(op, FloorOperation):
            return super().predict(op)
        self.done.append(op)
        expected = self.model.apply(op)
        name = op.function
        if isinstance(op, AtWindow) and expected.outcome[0] not in "RM":
            name = f"{name} {op.operation}"
        self.reached[name, _outcome_name(expected)] += 1
        return expected

    def judge(self, op, expected, reply):
        if not isinstance(op, (FloorOperation, CityOperation)):
            super().judge(op, expected, reply)
            return
        if isinstance(reply, resp.RedisError):
            raise Mismatch(f"{op}\n  failed: {reply}")
        if isinstance(op, CityOperation):
            op.check(expected, reply)
            return
        event = floor_check.check_answer(op, expected, reply)
        if event:
            self.events.append(event)

    def check(self):
        super().check()
        floor_check.compare(self.store.clients[0], self.model)

    def check_end(self):
        super().check_end()
        floor_invariants.check(self.store.clients[0])


def _outcome_name(expected):
    """Of a call also by which rule it was made."""
    outcome = expected.outcome
    if outcome != "ok":
        return outcome if outcome.islower() else outcome[:2] if outcome[0] == "H" else outcome[0]
    reason = expected.details[-1]
    return reason["rule"] if isinstance(reason, dict) else "ok"


def run_random(store, seed, count, clients=CLIENTS):
    run = FloorRun(store)
    scene = FloorScene(seed, run.model, count)
    return drive(run, scene, FloorGenerator(scene), count, clients)


def replay(store, noted):
    """Of operations noted by floor_following.py; where one makes no sense without those left out the rest is none."""
    run = FloorRun(store)
    try:
        return repeat(run, noted, lambda one: floor_following.write_anew(one, run.model))
    except Misused:
        return run.done, None
