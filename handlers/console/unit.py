"""A unit's desk: what was handed to it, the nearest day first, each with its one next step."""

from __future__ import annotations

from aiohttp import web

from bot.clock import local_date
from bot.store import reads_units
from handlers.console.visit import Visit

#        what is next  the deed whose form the link opens
STEPS = {"sign": "accept", "answer": "reply", "opinion": "opinion"}


async def show(visit: Visit) -> web.StreamResponse:
    """Show what waits for my unit, and what it settled lately."""
    today = local_date(visit.now).isoformat()
    async with visit.deps.store.read() as db:
        held = await reads_units.held(db, visit.me.units)
        settled = await reads_units.settled(db, visit.me.units)
    piles = {name: [each for each in held if each.next == name] for name in STEPS}
    late = sum(bool(each.case.due_on) and each.case.due_on < today for each in held)
    names = "、".join(each.place for each in visit.me.grants if each.role == "unit")
    return visit.page(
        "unit.html", piles=piles, steps=STEPS, settled=settled, late=late, names=names, today=today, live=""
    )
