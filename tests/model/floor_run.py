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
from run import CLIENTS, COMPARE_EVERY, REPLAYED_AT_ONCE, TTL_CHECKS, Failed, Run


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
    """`count` operations by several clients. Returns how often which outcome was reached; raises
    Failed."""
    run = FloorRun(store)
    scene = FloorScene(seed, run.model, count)
    generator = FloorGenerator(scene)
    compared = 0
    try:
        while len(run.done) < count:
            scene.advance()
            asked = [generator.next() for _ in range(scene.random.randint(1, CLIENTS))]
            for op, reply in store.at_once(asked[:count - len(run.done)], clients):
                run.take(op, reply)
            if scene.chance(TTL_CHECKS):
                compare.check_ttls(store.clients[0])
            if len(run.done) - compared >= COMPARE_EVERY:
                compared = len(run.done)
                run.check()
        run.check_end()
    except Mismatch as mismatch:
        raise Failed(str(mismatch), run.done, run.is_answered) from mismatch
    return run.reached


def replay(store, noted):
    """Does operations (floor_following.py) one by one. Returns them as they were written, and
    the message of what failed or None."""
    run = FloorRun(store)
    try:
        for first in range(0, len(noted), REPLAYED_AT_ONCE):
            asked, expected = [], []
            for one in noted[first:first + REPLAYED_AT_ONCE]:
                asked.append(floor_following.write_anew(one, run.model))
                expected.append(run.predict(asked[-1]))
            for op, wanted, reply in zip(asked, expected, store.one_by_one(asked)):
                run.judge(op, wanted, reply)
        run.check_end()
    except Mismatch as mismatch:
        return run.done, str(mismatch)
    except Misused:
        pass
    return run.done, None
