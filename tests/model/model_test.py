#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Random operations of every kind against the Functions in a real Redis and against the reference model, as TAP."""
import argparse
import collections
import multiprocessing
import random
import sys
import typing

import batch
import following
import run
import server
import shrink

FIXED_SEEDS = (1, 2, 3, 4)
SHOWN_MAX = 100


class Kind(typing.NamedTuple):
    """What is run: operations by several clients, operations one by one, those in the form for that, and what makes
    fewer of them."""
    run_random: typing.Callable
    replay: typing.Callable
    note_all: typing.Callable
    first_tries: tuple


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, help="the Functions, as Redis loads them")
    parser.add_argument("--audit", help="the service's program; its audit must find nothing after each run")
    parser.add_argument("--seed", type=int, help="run this one only")
    parser.add_argument("--seeds", type=int, default=20, help="how many runs")
    parser.add_argument("--base-seed", type=int, help="the seed of the seeds that are not fixed")
    parser.add_argument("--operations", type=int, default=10000, help="of each run")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--shrink-seconds", type=int, default=90, help="time to shrink a failing run; 0: not at all")
    return parser.parse_args()


def choose_seeds(arguments):
    if arguments.seed is not None:
        return [arguments.seed]
    base = arguments.base_seed
    if base is None:
        base = random.SystemRandom().randrange(1 << 31)
    print(f"# base seed {base}")
    draw = random.Random(base)
    return [*FIXED_SEEDS, *(draw.randrange(1 << 31) for _ in range(arguments.seeds))][:arguments.seeds]


def run_seed(job):
    """(seed, outcomes reached, None) or (seed, {}, what to say of the failure)."""
    kind, arguments, seed = job
    redis = server.Server()
    try:
        with open(arguments.library, encoding="utf-8") as library:
            store = run.Store(redis, library.read(), arguments.audit)
        try:
            return seed, kind.run_random(store, seed, arguments.operations), None
        except run.Failed as failed:
            return seed, {}, explain(kind, store, failed, arguments.shrink_seconds)
    finally:
        redis.stop()


def explain(kind, store, failed, seconds):
    """The failure, and the fewest operations that lead to one when they are done one by one."""
    lines = [f"after {len(failed.done)} operations:", failed.message]
    noted = kind.note_all(failed.done)
    if seconds and kind.replay(store, noted)[1]:
        noted = shrink.shrink(noted, lambda part: kind.replay(store, part)[1], seconds, kind.first_tries)
        done, message = kind.replay(store, noted)
        lines.append(f"{len(done)} operations are enough, one by one:")
        lines += ["…"] * (len(done) > SHOWN_MAX) + [str(op) for op in done[-SHOWN_MAX:]] + [message]
    elif seconds:
        lines.append("it does not fail when the operations are done one by one")
    return "\n".join(lines)


def related(noted):
    """Those about the same inventories as the last, and those that are about none."""
    places = set(noted[-1].op.touched)
    return [one for one in noted if not one.op.touched or places & set(one.op.touched)]


def related_by_day(noted):
    days = {place.date for place in noted[-1].op.touched}
    return [one for one in noted if not one.op.touched or days & {place.date for place in one.op.touched}]


def split(noted):
    """Batches as single bookings."""
    return [one._replace(op=part) for one in noted
            for part in (one.op.parts() if isinstance(one.op, batch.Reserve) else [one.op])]


RESERVATIONS = Kind(run.run_random, run.replay, following.note_all, (related, related_by_day, split))


def say_reached(reached):
    by_function = collections.defaultdict(list)
    for (function, outcome), count in sorted(reached.items()):
        by_function[function].append(f"{outcome} {count}")
    for function, outcomes in by_function.items():
        print(f"# {function}: {', '.join(outcomes)}")


def main(kind=RESERVATIONS):
    arguments = read_arguments()
    seeds = choose_seeds(arguments)
    reached, failures = collections.Counter(), 0
    print(f"1..{len(seeds)}", flush=True)
    with multiprocessing.Pool(min(arguments.jobs, len(seeds))) as pool:
        results = pool.imap(run_seed, [(kind, arguments, seed) for seed in seeds])
        for number, (seed, outcomes, failure) in enumerate(results, 1):
            reached.update(outcomes)
            failures += failure is not None
            print(f"{'not ok' if failure else 'ok'} {number} - {arguments.operations} operations, seed {seed}")
            for line in (failure or "").splitlines():
                print(f"  {line}")
            sys.stdout.flush()
    say_reached(reached)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
