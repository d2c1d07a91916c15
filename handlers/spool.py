"""Keep verified callbacks in a file while the database is away, and hear them again when it is back."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from bot.channels.base import Call
from bot.deps import Deps
from bot.errors import Forged, Malformed
from bot.router import Router
from bot.rules.privacy import Unsealable
from handlers import door

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200  # files heard again in one go
UNHEARD = ".unheard"  # the name of a file that a person must look at ends so
UNHEARABLE = (Unsealable, Forged, Malformed, LookupError, ValueError)  # no later try would end otherwise


async def keep(deps: Deps, channel: str, account: str, call: Call) -> Path:
    """Write one call to a file of its own, sealed and fsynced, and return it; raises OSError if the disk refuses."""
    return await _keep(deps, ".call", channel=channel, account=account, query=dict(call.query), body=call.body)


async def set_aside(deps: Deps, channel: str, account: str, body: bytes) -> Path:
    """Keep the body of a message that cannot be stored, for a person to find."""
    return await _keep(deps, UNHEARD, channel=channel, account=account, body=body)


async def _keep(deps: Deps, suffix: str, *, body: bytes, **facts: Any) -> Path:
    facts |= {"body": body.decode("latin-1"), "at": deps.clock.now().isoformat()}
    blob = deps.sealer.seal(json.dumps(facts), "spool")
    return await asyncio.get_running_loop().run_in_executor(None, _write, deps.spool, suffix, blob)


async def replay(deps: Deps, router: Router) -> int:
    """Hear again what waits, oldest first; returns how many were heard.

    A call that nobody can hear again is set aside as `.unheard`, where a person finds it, and keeps no other waiting.
    """
    heard = 0
    for path in sorted(deps.spool.glob("*.call"))[:MOST_AT_ONCE]:
        try:
            await _again(deps, router, path)
        except FileNotFoundError:  # another process has just heard it
            continue
        except UNHEARABLE:
            log.exception("spool_unhearable", waiting=path.name)
            path.rename(path.with_suffix(UNHEARD))
        except Exception:  # most likely the database: what waits goes on waiting, nothing is thrown away
            log.exception("spool_waits", waiting=path.name)
            if not await deps.store.alive():
                break
        else:
            path.unlink(missing_ok=True)
            heard += 1
    return heard


def waiting(deps: Deps) -> int:
    """Return how many calls wait in the spool, those set aside included."""
    return len(list(deps.spool.glob("*.call"))) + len(list(deps.spool.glob(f"*{UNHEARD}")))


async def _again(deps: Deps, router: Router, path: Path) -> None:
    """Hear one kept call; its answer goes by push, since the call itself was answered long ago."""
    blob = await asyncio.to_thread(path.read_bytes)
    facts = json.loads(deps.sealer.open(blob, "spool"))
    channel, account = deps.channels[facts["channel"]], deps.settings.account(facts["channel"], facts["account"])
    if account is None:
        raise LookupError(f"account {facts['channel']}/{facts['account']} is gone")
    call = Call(facts["query"], facts["body"].encode("latin-1"))
    await door.hear_and_push(deps, router, channel.hear(call, account, datetime.fromisoformat(facts["at"])))


def _write(folder: Path, suffix: str, blob: bytes) -> Path:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)
    path = folder / f"{datetime.now(UTC).timestamp():.6f}-{uuid.uuid4().hex}{suffix}"
    write_over(path, blob)
    return path


def write_over(path: Path, blob: bytes) -> None:
    """Let a file hold this, for good, or what it held before; raises OSError."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync(path.parent)  # the name must survive a power cut too
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
