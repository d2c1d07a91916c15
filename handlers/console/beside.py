"""Two cases side by side: is it one and the same matter? Joined from here by one press, and parted again."""

from __future__ import annotations

from aiohttp import web

from bot.actions import by_desk
from bot.actions.by_desk import View
from handlers.console.visit import Visit


async def show(visit: Visit) -> web.StreamResponse:
    """Show a case beside another one; both must be mine to see."""
    named = visit.request.match_info
    left, right = await _look(visit, named["number"]), await _look(visit, named["other"])
    if left.case.id == right.case.id:
        raise web.HTTPNotFound
    return visit.page("beside.html", left=left, right=right)


async def _look(visit: Visit, number: str) -> View:
    async with visit.deps.store.read() as db:
        view = await by_desk.look(db, visit.me, number, visit.deps.texts, visit.now)
    if view is None:
        raise web.HTTPNotFound
    return view
