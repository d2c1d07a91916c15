"""Let auditors look on: at an office or a station, only to read, until a day – and end it before."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import structlog
from aiohttp import web

from bot.actions import grants
from bot.errors import Refused
from bot.store import reads_staff
from handlers.console.visit import Visit, number_in

log = structlog.get_logger(__name__)

GRANTS = "/console/grants"
USUAL = timedelta(days=30)


async def show(visit: Visit) -> web.StreamResponse:
    """Show who may look on, and a form to let somebody."""
    return await _page(visit)


async def give(visit: Visit) -> web.StreamResponse:
    """Let somebody look on."""
    by = (visit.me.person_id, visit.me.offices)
    name, place, until = visit.word("name"), visit.word("place"), visit.word("until")
    try:
        who = await visit.deps.store.write(
            partial(grants.give, name=name, place=place, until=until, by=by, now=visit.now)
        )
    except Refused as refusal:
        return await _page(visit, visit.refusal(refusal))
    log.info("grant_given", person=who, place=place, until=until, by=visit.me.person_id)
    return await visit.go(GRANTS, visit.deps.texts("grants.given", name=name))


async def end(visit: Visit) -> web.StreamResponse:
    """End a grant."""
    number = number_in(visit.request.match_info["grant"])
    try:
        name = await visit.deps.store.write(
            partial(grants.end, grant_id=number, offices=visit.me.offices, now=visit.now)
        )
    except Refused:
        raise web.HTTPNotFound from None
    log.info("grant_ended", grant=number, by=visit.me.person_id)
    return await visit.go(GRANTS, visit.deps.texts("grants.ended", name=name))


async def _page(visit: Visit, refusal: str = "") -> web.Response:
    async with visit.deps.store.read() as db:
        rows = await reads_staff.grants(db, visit.me.offices)
        offices, stations = await reads_staff.places(db, visit.me.offices)
    usual = (date.fromisoformat(visit.today) + USUAL).isoformat()
    return visit.page(
        "grants.html", status=400 if refusal else 200, rows=rows, offices=offices, stations=stations, usual=usual,
        refusal=refusal, today=visit.today,
    )  # fmt: skip
