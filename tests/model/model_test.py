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

import batch
import following
import outcomes
import run
import server
import shrink

FIXED_SEEDS = (1, 2, 3, 4)
SHOWN_MAX = 100


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
    arguments, seed = job
    redis = server.Server()
    try:
        store = run.Store(redis, arguments.library.read_text(encoding="utf-8"), arguments.audit)
        try:
            return seed, run.run_random(store, seed, arguments.operations, arguments.clients), None
        except run.Failed as failed:
            return seed, {}, explain(store, seed, failed, arguments.shrink_seconds)
    finally:
        redis.stop()


def explain(store, seed, failed, seconds):
    """The failure, and the fewest operations that lead to one when they are done one by one."""
    lines = [f"after {len(failed.done)} operations:", failed.message]
    noted = following.note_all(failed.done)
    if seconds and run.replay(store, noted)[1]:
        noted = shrink.shrink(noted, lambda part: run.replay(store, part)[1], seconds, FIRST_TRIES)
        done, message = run.replay(store, noted)
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


def replay(arguments):
    """The operations of a file, one by one."""
    redis = server.Server()
    try:
        store = run.Store(redis, arguments.library.read_text(encoding="utf-8"), arguments.audit)
        done, message = run.replay(store, pickle.loads(arguments.replay.read_bytes()))
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
    return [following.Noted(part, one.notes) for one in noted
            for part in (one.op.parts() if isinstance(one.op, batch.Reserve) else [one.op])]


FIRST_TRIES = (related, related_by_day, split)


def say(is_good, number, what, lines=()):
    print(f"{'ok' if is_good else 'not ok'} {number} - {what}")
    for line in lines:
        print(f"  {line}")
    sys.stdout.flush()


def main():
    arguments = read_arguments()
    if arguments.replay:
        return replay(arguments)
    seeds = choose_seeds(arguments)
    is_enough = len(seeds) * arguments.operations >= outcomes.ENOUGH_OPERATIONS
    reached, failures = collections.Counter(), 0
    print(f"1..{len(seeds) + is_enough}", flush=True)
    with multiprocessing.Pool(min(arguments.jobs, len(seeds))) as pool:
        results = pool.imap(run_seed, [(arguments, seed) for seed in seeds])
        for number, (seed, reached_there, failure) in enumerate(results, 1):
            reached.update(reached_there)
            failures += failure is not None
            say(not failure, number, f"{arguments.operations} operations, seed {seed}",
                (failure or "").splitlines())
    for line in outcomes.table(reached):
        print(f"# {line}")
    if is_enough and not failures:
        missing = outcomes.missing(reached)
        say(not missing, len(seeds) + 1, "every outcome of every function was reached", missing)
        failures += bool(missing)
    elif is_enough:
        say(True, len(seeds) + 1, "every outcome was reached # SKIP a run failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
