#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Turns a booking of the service into a call of its reserve function that redis-benchmark can repeat.

    bench/bare.py capture SOCKET FILE COMMAND...  runs COMMAND twice, which books two persons for one
                                                  half hour, and keeps the calls that it sees
    bench/bare.py prepare SOCKET FILE             puts the function and its keys into another Redis;
                                                  prints the arguments of redis-benchmark for bash

So it does not know the arguments of the function. What differs between the two bookings (person,
tag, code, record) becomes random digits of the same length; what is too short for that stays. A
NUL cannot be sent by redis-benchmark: where a constant argument has one, a function that sets it and
calls the service's own is put in front.
"""
import json
import re
import socket
import subprocess
import sys

UNITS = str(10**9)


class Redis:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def __call__(self, *args):
        args = [a if isinstance(a, bytes) else a.encode("latin-1") for a in args]
        self.socket.sendall(b"*%d\r\n" % len(args) +
                            b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args))
        return self.read()

    def read(self):
        line = self.file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind not in (b"+", b":"):
            raise SystemExit(f"bare.py: Redis says {line!r}")
        return rest


def words(line):
    """The quoted words of a line of MONITOR."""
    plain = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}
    for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
        yield re.sub(r"\\(x[0-9a-f]{2}|.)", lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "x" and
                     len(m[1]) == 3 else plain.get(m[1], m[1]), word)


def capture(path, file, *command):
    watch, redis = Redis(path), Redis(path)
    watch("MONITOR")
    calls = []
    for person in ("1", "2"):  # neither is 60 yet, so that the calls are alike
        subprocess.run([*command, person], check=True, stdout=subprocess.DEVNULL)
        redis("PING", "seen")
        line = ""
        while '"PING" "seen"' not in line:
            line = watch.read().decode("latin-1")
            if '"FCALL" "reserve_' in line:
                calls.append(list(words(line)))
    first, second = calls  # a call more or less is a fault
    keys = first[3:3 + int(first[2])]
    library = next(item for item in redis("FUNCTION", "LIST", "WITHCODE", "LIBRARYNAME", "jiaohao_*")
                   if first[1].encode() in str(item).encode())
    code = library[library.index(b"library_code") + 1].decode("latin-1")
    values = {key: (redis("DUMP", key) or b"").decode("latin-1")
              for key in keys if ":units:" in key}
    with open(file, "w", encoding="utf-8") as out:
        json.dump({"calls": [first, second], "keys": keys, "code": code, "values": values}, out)


def repeatable(first, second):
    """The words of one call with what differs made random, and the constants that have a NUL."""
    patches = {}
    for n, (a, b) in enumerate(zip(first, second)):
        if a != b and not a.isdigit():
            a = f"__rand_int__{'.' * (len(a) - 12)}" if len(a) >= 10 else "." * len(a)
        elif "\0" in a:
            patches[n - 3 - int(first[2])] = a
            a = "-"
        yield a
    yield patches


def load_function(redis, code, name, patches):
    """The library as it is; or with a function `bare` that sets the constants first."""
    if patches:
        sets = "".join(f"  args[{n + 1}] = '{''.join(f'{chr(92)}{ord(c):03d}' for c in value)}'\n"
                       for n, value in patches.items())
        own = "redis.register_function(versioned('reserve'), reserve)\n"
        before, after = code.split(own)  # it stands there once
        code = (f"{before}{own}redis.register_function('bare', function(keys, args)\n{sets}"
                f"  return reserve(keys, args)\nend)\n{after}")
        name = "bare"
    redis("FUNCTION", "LOAD", code)
    return name


def prepare(path, file):
    redis = Redis(path)
    with open(file, encoding="utf-8") as saved:
        captured = json.load(saved)
    *call, patches = repeatable(*captured["calls"])
    call[1] = load_function(redis, captured["code"], call[1], patches)
    for key, value in captured["values"].items():
        redis("RESTORE", key, "0", value)
        fields = [f for f in redis("HKEYS", key) if re.search(rb"(^| )\d+$", f)]
        redis("HSET", key, *(word for field in fields for word in (field, UNITS)))
    print(" ".join("$'" + "".join(c if c.isalnum() or c in "_-:{}." else f"\\x{ord(c):02x}"
                                  for c in word) + "'" for word in call))


{"capture": capture, "prepare": prepare}[sys.argv[1]](*sys.argv[2:])
