"""Be one process of the service as `run.py` is, but with pauses and leases within the patience of a test.

The environment of a test may say more: TEST_CLOCK_AHEAD_S, TEST_CLOCK_FILE (seconds ahead, read at every look),
TEST_PATIENCE_S (with a platform that does not answer), TEST_LEASE_S.
"""

import ctypes
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

import bot.app
import bot.clock
import handlers
import handlers.webhooks
import run
from bot.channels.api import Api
from bot.embedded_redis import PR_SET_PDEATHSIG
from bot.outbox import rows, worker

__all__ = ["bot", "handlers", "serve", "uvloop"]  # imported before the fork, so that a start takes a moment


def serve(env, log, words):
    """Carry out one command of run.py in this process, with that environment and log."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    os.environ.clear()
    os.environ.update(env)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    rows.LEASE = timedelta(seconds=float(env.get("TEST_LEASE_S", 2)))
    worker.FIRST_BACKOFF_S = 0.3
    if patience := float(env.get("TEST_PATIENCE_S", 0)):
        Api.__init__.__kwdefaults__["total_s"] = patience
    if file := env.get("TEST_CLOCK_FILE"):
        jumps = Path(file)
        bot.clock.SystemClock.now = lambda _self: datetime.now(UTC) + timedelta(seconds=float(jumps.read_text() or 0))
    elif ahead := float(env.get("TEST_CLOCK_AHEAD_S", 0)):
        bot.clock.SystemClock.now = lambda _self: datetime.now(UTC) + timedelta(seconds=ahead)
    sys.exit(run.main(list(words)))
