# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The Redis protocol (RESP2) over a unix socket. Texts are bytes, one character a byte
(latin-1), in both directions, so that records keep their binary fields."""
import socket


class RedisError(Exception):
    """An error reply. Inside of an EXEC's reply it stands as a value."""


def command(args):
    """The bytes of one command; integers are written in decimal."""
    parts = [f"*{len(args)}\r\n"]
    for arg in args:
        text = arg if isinstance(arg, str) else str(arg)
        parts.append(f"${len(text)}\r\n{text}\r\n")
    return "".join(parts).encode("latin-1")


class Connection:
    """One connection; replies come in the order of the commands."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.replies = self.socket.makefile("rb", buffering=1 << 16)

    def send(self, *commands):
        self.socket.sendall(b"".join(map(command, commands)))

    def receive(self):
        reply = self._read()
        if isinstance(reply, RedisError):
            raise reply
        return reply

    def call(self, *args):
        self.send(args)
        return self.receive()

    def close(self):
        self.replies.close()
        self.socket.close()

    def _read(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[0:1], line[1:-2]
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self.replies.read(length + 2)[:-2].decode("latin-1")
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return None if rest == b"-1" else [self._read() for _ in range(int(rest))]
        if kind == b"+":
            return rest.decode("latin-1")
        return RedisError(rest.decode("latin-1"))
