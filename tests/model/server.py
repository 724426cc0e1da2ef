# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""A redis-server of the test's own: on a unix socket in a temporary directory, nothing on disk."""
import os
import shutil
import subprocess
import tempfile
import time

import resp

START_SECONDS_MAX = 20


class Server:
    """Runs from its making to `stop()`, or until the test ends in any other way; ends only the
    process that it started."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="jiaohao-model-")
        self.path = os.path.join(self.directory, "redis.sock")
        self.log = os.path.join(self.directory, "redis.log")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", "0",
             "--unixsocket", self.path, "--dir", self.directory, "--logfile", self.log,
             "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._await_start()
        except BaseException:
            self.stop()
            raise

    def _await_start(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                connection = resp.Connection(self.path)
                connection.call("PING")
                connection.close()
                return
            except (OSError, resp.RedisError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"redis-server did not start: {self._log_tail()}") from None
                time.sleep(0.01)

    def _log_tail(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-5:])
        except OSError:
            return "it left no log"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
