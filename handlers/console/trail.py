"""What those who only look have opened, for the office that let them."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.store import reads_staff
from bot.store.reads_staff import MOST_OPENED
from handlers.console.visit import Visit, number_in


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of the trail, the newest first."""
    before = number_in(visit.request.query.get("before", ""))
    async with visit.deps.store.read() as db:
        rows = await reads_staff.opened_under(db, visit.me.offices, before)
    more = urlencode({"before": rows[MOST_OPENED - 1].id}) if len(rows) > MOST_OPENED else ""
    return visit.page("trail.html", rows=rows[:MOST_OPENED], more=more)
