#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of every kind against the Functions in a real Redis and against the
reference model, as TAP."""
import argparse
import collections
import multiprocessing
import pathlib
import pickle
import random
import sys
import tempfile
import traceback
import typing

import batch
import following
import outcomes
import run
import server
import shrink

FIXED_SEEDS = (1, 2, 3, 4)
SHOWN_MAX = 40


class Kind(typing.NamedTuple):
    """What is run: operations by several clients, operations one by one, those in the form for
    that, what makes fewer of them, and the outcomes to be reached."""
    run_random: typing.Callable
    replay: typing.Callable
    note_all: typing.Callable
    first_tries: tuple
    outcomes: dict
    enough_operations: int


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, type=pathlib.Path,
                        help="the Functions, as Redis loads them")
    parser.add_argument("--audit",
                        help="the service's program; its audit must find nothing after each run")
    parser.add_argument("--seed", type=int, help="run this one only")
    parser.add_argument("--seeds", type=int, default=20, help="how many runs")
    parser.add_argument("--base-seed", type=int, help="the seed of the seeds that are not fixed")
    parser.add_argument("--operations", type=int, default=10000, help="of each run")
    parser.add_argument("--clients", type=int, default=run.CLIENTS,
                        help="at once; one alone does the same each time")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--shrink-seconds", type=int, default=90,
                        help="time to shrink a failing run; 0: not at all")
    parser.add_argument("--replay", type=pathlib.Path, help="the file that a failed run left")
    return parser.parse_args()


def choose_seeds(arguments):
    if arguments.seed is not None:
        return [arguments.seed]
    base = arguments.base_seed
    if base is None:
        base = random.SystemRandom().randrange(1 << 31)
    print(f"# base seed {base}")
    draw = random.Random(base)
    return [*FIXED_SEEDS,
            *(draw.randrange(1 << 31) for _ in range(arguments.seeds))][:arguments.seeds]


def run_seed(job):
    """(seed, outcomes reached, None) or (seed, {}, what to say of the failure)."""
    kind, arguments, seed = job
    redis = server.Server()
    try:
        store = run.Store(redis, arguments.library.read_text(encoding="utf-8"), arguments.audit)
        try:
            reached = kind.run_random(store, seed, arguments.operations, arguments.clients)
            return seed, reached, None
        except run.Failed as failed:
            return seed, {}, explain(kind, store, seed, failed, arguments.shrink_seconds)
        except Exception:  # a fault of the test itself: it is told with its seed, too
            return seed, {}, traceback.format_exc()
    finally:
        redis.stop()


def explain(kind, store, seed, failed, seconds):
    """The failure, and the fewest operations that lead to one when they are done one by one."""
    lines = [f"after {len(failed.done)} operations:", failed.message]
    noted = kind.note_all(failed.done)

    def fails(part):
        return kind.replay(store, part)[1]

    if seconds and fails(noted):
        if not failed.is_answer:
            noted = shrink.shortest_head(noted, fails)
        noted = shrink.shrink(noted, fails, seconds, kind.first_tries)
        done, message = kind.replay(store, noted)
        lines.append(f"{len(done)} operations are enough, one by one:")
        lines += ["…"] * (len(done) > SHOWN_MAX)
        lines += [*map(str, done[-SHOWN_MAX:]), message]
        lines.append(f"--replay {keep(seed, noted)} does them again")
    elif seconds:
        lines.append("it does not fail when the operations are done one by one")
    return "\n".join(lines)


def keep(seed, noted):
    """A file for --replay."""
    path = pathlib.Path(tempfile.gettempdir()) / f"jiaohao-model-{seed}.pickle"
    path.write_bytes(pickle.dumps(noted))
    return path


def replay(kind, arguments):
    """The operations of a file, one by one."""
    redis = server.Server()
    try:
        store = run.Store(redis, arguments.library.read_text(encoding="utf-8"), arguments.audit)
        done, message = kind.replay(store, pickle.loads(arguments.replay.read_bytes()))
    finally:
        redis.stop()
    print("\n".join(map(str, done)))
    print(message or "nothing fails")
    return 1 if message else 0


def related(noted):
    """Those about the same inventories as the last, and those that are about none."""
    places = set(noted[-1].op.touched)
    return [one for one in noted if not one.op.touched or places & set(one.op.touched)]


def related_by_day(noted):
    days = {place.date for place in noted[-1].op.touched}
    return [one for one in noted if not one.op.touched
            or days & {place.date for place in one.op.touched}]


def split(noted):
    """Batches as single bookings."""
    return [one._replace(op=part) for one in noted
            for part in (one.op.parts() if isinstance(one.op, batch.Reserve) else [one.op])]


RESERVATIONS = Kind(run.run_random, run.replay, following.note_all,
                    (related, related_by_day, split), outcomes.OUTCOMES, outcomes.ENOUGH_OPERATIONS)


def say(is_good, number, what, lines=()):
    print(f"{'ok' if is_good else 'not ok'} {number} - {what}")
    for line in lines:
        print(f"  {line}")
    sys.stdout.flush()


def main(kind=RESERVATIONS):
    arguments = read_arguments()
    if arguments.replay:
        return replay(kind, arguments)
    seeds = choose_seeds(arguments)
    is_enough = len(seeds) * arguments.operations >= kind.enough_operations
    reached, failures = collections.Counter(), 0
    print(f"1..{len(seeds) + is_enough}", flush=True)
    with multiprocessing.Pool(min(arguments.jobs, len(seeds))) as pool:
        results = pool.imap(run_seed, [(kind, arguments, seed) for seed in seeds])
        for number, (seed, reached_there, failure) in enumerate(results, 1):
            reached.update(reached_there)
            failures += failure is not None
            say(not failure, number, f"{arguments.operations} operations, seed {seed}",
                (failure or "").splitlines())
    for line in outcomes.table(reached):
        print(f"# {line}")
    if is_enough and not failures:
        missing = outcomes.missing(reached, kind.outcomes)
        say(not missing, len(seeds) + 1, "every outcome of every function was reached", missing)
        failures += bool(missing)
    elif is_enough:
        say(True, len(seeds) + 1, "every outcome was reached # SKIP a run failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
