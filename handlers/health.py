"""Say how the service is: alive, ready, and its numbers."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.metrics import REGISTRY
from handlers import spool
from handlers.webhooks import DEPS

STALE_HEARTBEAT = timedelta(minutes=3)  # the timetable ticks every minute
OLD_MESSAGE_S = 900.0  # a due message this old means that nobody delivers


async def alive(_request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether every part works: database, Redis, outbox, timetable; 503 if we cannot keep what we hear."""
    deps = request.app[DEPS]
    parts = {"database": await deps.store.alive(), "redis": await deps.memory.alive()}
    facts: dict[str, object] = {"spool": spool.waiting(deps), "writes_waiting": deps.store.depth}
    if parts["database"]:
        async with deps.store.read() as db:
            depth, age = await deps.outbox.measure(db)
        facts |= {"outbox": dict(depth), "oldest_unsent_s": round(age, 1)}
        parts["outbox"] = age < OLD_MESSAGE_S
    beat = await deps.memory.last_beat("timetable")
    parts["timetable"] = beat is not None and deps.clock.now() - beat < STALE_HEARTBEAT
    facts["timetable_beat"] = beat.isoformat() if beat else None
    ok = parts["database"]  # without Redis we still hear, store and answer (design §3.5)
    return web.json_response({"ready": ok, "parts": parts, **facts}, status=200 if ok else 503)


async def metrics(request: web.Request) -> web.Response:
    """Return the numbers for Prometheus."""
    deps = request.app[DEPS]
    if await deps.store.alive():
        async with deps.store.read() as db:
            await deps.outbox.measure(db)
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
