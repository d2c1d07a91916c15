"""Keep verified callbacks in a file while the database is away, and hear them again when it is back."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from datetime import datetime
from pathlib import Path

import structlog

from bot.channels.base import Call
from bot.deps import Deps
from bot.message import Kind
from bot.router import Router
from handlers import door

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200  # files heard again in one go


async def keep(deps: Deps, channel: str, account: str, call: Call) -> None:
    """Write one call to a file of its own, sealed and fsynced; raises OSError if even the disk refuses."""
    facts = {"channel": channel, "account": account, "query": dict(call.query), "body": call.body.decode("latin-1")}
    facts["at"] = deps.clock.now().isoformat()
    blob = deps.sealer.seal(json.dumps(facts), "spool")
    await asyncio.get_running_loop().run_in_executor(None, _write, deps.spool, blob)


async def replay(deps: Deps, router: Router) -> int:
    """Hear again what waits, oldest first; returns how many were heard. What still fails stays for the next time."""
    if not deps.spool.is_dir():
        return 0
    heard = 0
    for path in sorted(deps.spool.glob("*.call"))[:MOST_AT_ONCE]:
        try:
            await _again(deps, router, path)
        except Exception:
            log.exception("spool_waits", waiting=path.name)
            return heard
        path.unlink(missing_ok=True)
        heard += 1
    return heard


def waiting(deps: Deps) -> int:
    """Return how many calls wait in the spool."""
    return len(list(deps.spool.glob("*.call"))) if deps.spool.is_dir() else 0


async def _again(deps: Deps, router: Router, path: Path) -> None:
    """Hear one kept call; its answer goes by push, since the call itself was answered long ago."""
    facts = json.loads(deps.sealer.open(path.read_bytes(), "spool"))
    account = deps.settings.account(facts["channel"], facts["account"])
    if account is None:
        raise LookupError(f"account {facts['channel']}/{facts['account']} is gone")
    channel = deps.channels[facts["channel"]]
    call = Call(facts["query"], facts["body"].encode("latin-1"))
    incoming = channel.hear(call, account, datetime.fromisoformat(facts["at"]))
    if incoming.kind is Kind.PULL:
        await door.hear_pull(deps, incoming)
    else:
        await door.hear_and_push(deps, router, incoming)


def _write(folder: Path, blob: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{datetime.now().timestamp():.6f}-{uuid.uuid4().hex}"  # noqa: DTZ005 - only an order
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(blob)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / f"{name}.call")
    folder_fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_fd)  # the name must survive a power cut too
    finally:
        os.close(folder_fd)
