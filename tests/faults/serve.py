"""Be one process of the service as `run.py` is, but let a dead worker's lease run out within the patience of a test."""

import ctypes
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import uvloop

import bot.app
import bot.clock
import handlers
import handlers.webhooks
import run
from bot.embedded_redis import PR_SET_PDEATHSIG
from bot.outbox import rows

__all__ = ["bot", "handlers", "serve", "uvloop"]  # imported before the fork, so that a start takes a moment


def serve(env, log, words):
    """Carry out one command of run.py in this process, with that environment and log."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    os.environ.clear()
    os.environ.update(env)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    rows.LEASE = timedelta(seconds=2)
    if ahead := float(env.get("TEST_CLOCK_AHEAD_S", 0)):
        bot.clock.SystemClock.now = lambda _self: datetime.now(UTC) + timedelta(seconds=ahead)
    sys.exit(run.main(list(words)))
