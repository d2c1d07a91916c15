"""A unit's desk: what was handed to it, the nearest day first, each with its one next step."""

from __future__ import annotations

from aiohttp import web

from bot.clock import local_date
from bot.store import reads_units
from handlers.console.visit import Visit, number_in

#        what is next  the deed whose form the link opens
STEPS = {"sign": "accept", "answer": "reply", "opinion": "opinion"}


async def show(visit: Visit) -> web.StreamResponse:
    """Show the first of what waits for my unit, or a page of one pile; and what it settled lately."""
    today, chosen, start = local_date(visit.now).isoformat(), visit.request.query.get("pile", ""), _start(visit)
    most = reads_units.MOST if chosen in STEPS else reads_units.FIRST
    async with visit.deps.store.read() as db:
        piles = {
            name: await reads_units.pile(db, visit.me.units, name, today, start * (name == chosen), most)
            for name in STEPS
            if chosen in (name, "") or chosen not in STEPS
        }
        settled = await reads_units.settled(db, visit.me.units) if chosen not in STEPS else []
    names = "、".join(each.place for each in visit.me.grants if each.role == "unit")
    return visit.page(
        "unit.html", piles=piles, steps=STEPS, settled=settled, late=sum(each.late for each in piles.values()),
        names=names, today=today, live="", chosen=chosen if chosen in STEPS else "", beyond=start + most,
    )  # fmt: skip


def _start(visit: Visit) -> int:
    return number_in(visit.request.query.get("from", ""))
