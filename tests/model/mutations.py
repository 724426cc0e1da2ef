#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks each rule of the Functions in turn (breaks.py), runs the model test on what comes out, and
says which breaks it sees. Not part of the tests: it is run when the Functions or the model change.

    tests/model/mutations.py [--only TEXT] [--table tests/README.md]
"""
import argparse
import importlib.util
import multiprocessing
import pathlib
import re
import sys
import typing

import run
import server
from breaks import BREAKS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOTS = ROOT / "slots"
SEEDS, OPERATIONS = range(1, 13), 10000
TABLE = re.compile(r"(<!-- breaks -->\n).*(<!-- /breaks -->)", re.DOTALL)


class Kind(typing.NamedTuple):
    """What is broken, and which runs are to see it."""
    breaks: dict
    broken_library: typing.Callable
    run_random: typing.Callable
    seeds: typing.Iterable
    operations: int
    table: re.Pattern


def embed():
    spec = importlib.util.spec_from_file_location("embed", SLOTS / "ledger" / "embed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def library_files():
    """In the order in which meson joins them."""
    listed = (SLOTS / "meson.build").read_text(encoding="utf-8")
    return [SLOTS / path for path in re.findall(r"'([\w./]+/\w+\.lua)'", listed)]


def broken_library(name, old, new):
    """The library with a text of a file replaced."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in library_files()}
    count = texts[name].count(old)
    if count != 1:
        raise SystemExit(f"{name}: the text stands {count} times, not once: {old!r}")
    texts[name] = texts[name].replace(old, new)
    return embed().join(list(texts.values()))[1]


def try_break(job):
    """(job, what was seen) or (job, None) when every run passed."""
    kind, name, _, old, new = job
    library = kind.broken_library(name, old, new)
    redis = server.Server()
    try:
        store = run.Store(redis, library)
        operations = 0
        for seed in kind.seeds:
            try:
                kind.run_random(store, seed, kind.operations, clients=1)
            except run.Failed as failed:
                return job, (operations + len(failed.done), failed.message)
            operations += kind.operations
        return job, None
    except run.resp.RedisError as error:
        raise SystemExit(f"{job[1:]}: the broken library does not load: {error}") from error
    finally:
        redis.stop()


def say(results):
    """The table for tests/README.md."""
    lines = ["| function's file | rule that is broken | seen after operations |", "|---|---|---|"]
    for (name, rule, *_), seen in results:
        lines.append(f"| `{name}` | {rule} | {seen[0] if seen else 'not seen'} |")
    return "\n".join(lines) + "\n"


RESERVATIONS = Kind(BREAKS, broken_library, run.run_random, SEEDS, OPERATIONS, TABLE)


def main(kind=RESERVATIONS):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="files or rules that contain this")
    parser.add_argument("--table", type=pathlib.Path,
                        help="a file with the marks of the table, to be filled in")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    jobs = [(kind, name, *parts) for name, breaks in kind.breaks.items() for parts in breaks
            if arguments.only in name or arguments.only in parts[0]]
    for job in jobs:
        kind.broken_library(job[1], *job[3:])  # before any run: all texts are there
    results = []
    with multiprocessing.Pool(arguments.jobs) as pool:
        for (_, name, rule, *_), seen in pool.imap(try_break, jobs):
            results.append(((name, rule), seen))
            first = seen[1].splitlines()[-1].strip()[:150] if seen else ""
            when = f"seen after {seen[0]}" if seen else "NOT SEEN"
            print(f"{when:18} {name} {rule}: {first}", flush=True)
    if arguments.table:
        text = arguments.table.read_text(encoding="utf-8")
        arguments.table.write_text(kind.table.sub(
            lambda found: found[1] + say(results) + found[2], text), encoding="utf-8")
    missed = sum(seen is None for _, seen in results)
    print(f"{len(results) - missed} of {len(results)} breaks were seen")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
