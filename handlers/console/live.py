"""Tell an open page that something of its cases has changed; the page asks for itself again."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from bot.actions import logins
from bot.app import STOPPING
from bot.store import reads_desk
from handlers.console.visit import Visit, number_in
from handlers.pages.page import HEADERS

EVERY_S = 2.0
LASTS_S = 300.0  # then the browser comes again, and is asked again who it is


async def listen(visit: Visit) -> web.StreamResponse:
    """Send an event whenever a case of theirs moves or a push about it is settled, for as long as they may know."""
    case = number_in(visit.request.query.get("case", ""))
    stream = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await stream.prepare(visit.request)
    with suppress(ConnectionResetError):  # they left the page
        await _tell(visit, case, stream)
    return stream


async def _tell(visit: Visit, case: int, stream: web.StreamResponse) -> None:
    seen = await _mark(visit, case)
    await stream.write(b"retry: 5000\n\n")
    for _ in range(int(LASTS_S / EVERY_S)):
        if await _stopped(visit.request.app[STOPPING]) or seen is None:
            break
        now = await _mark(visit, case)
        if now != seen:
            await stream.write(b"event: change\ndata: 1\n\n" if now else b"event: over\ndata: 1\n\n")
        seen = now


async def _mark(visit: Visit, case: int) -> tuple[int, int] | None:
    """Return what differs once something has changed; None once the visitor's session is over."""
    async with visit.deps.store.read() as db:
        login = await logins.by_id(db, visit.login.id)
        if login is None or login.epoch != visit.login.epoch:
            return None
        return await reads_desk.newest(db, visit.me.scope, case)


async def _stopped(stopping: asyncio.Event) -> bool:
    """Wait a moment; whether the service is told to stop meanwhile."""
    try:
        await asyncio.wait_for(stopping.wait(), EVERY_S)
    except TimeoutError:
        return False
    return True
