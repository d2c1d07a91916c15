"""Reception days: what is planned, who sits, which groups know; one day moved, cancelled or restored after a look."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import day_desk, duty, notices, rehearsing
from bot.actions.handing import Desk
from bot.actions.reception import spoken
from bot.clock import local_date
from bot.errors import Refused
from bot.store import Db, reads_cases, reads_days
from bot.store.reads_days import MOST, TABS, Wanted
from handlers.console.outbox import words_of
from handlers.console.visit import Visit, number_in

log = structlog.get_logger(__name__)

RECEPTION = "/console/reception"


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of days of the stations I see."""
    query, chosen = visit.request.query, number_in(visit.request.query.get("station", ""))
    wanted = _wanted(visit)
    async with visit.deps.store.read() as db:
        rows = await reads_days.page(db, visit.me.sees & {chosen} if chosen else visit.me.sees, wanted)
        ids = [row.id for row in rows[:MOST]]
        seats, counts = await duty.seats_on(db, ids), await reads_days.counted(db, ids)
        stations = await reads_cases.stations(db, visit.me.sees)
    more = urlencode({**query, "beyond": rows[MOST - 1].id}) if len(rows) > MOST else ""
    return visit.page(
        "reception.html", rows=rows[:MOST], seats=seats, counts=counts, more=more, stations=stations, chosen=chosen,
        wanted=wanted, which=TABS,
    )  # fmt: skip


async def show_notices(visit: Visit) -> web.StreamResponse:
    """Show which groups have had the notices of the coming days, with the proof."""
    async with visit.deps.store.read() as db:
        rows = await notices.listed(db, visit.me.sees, visit.now)
    return visit.page("notices.html", rows=rows, now=visit.now, by_hand=notices.BY_HAND, mine=visit.me.desk)


async def show_day(visit: Visit) -> web.StreamResponse:
    """Show one day."""
    return await _page(visit)


async def look(visit: Visit) -> web.StreamResponse:
    """Show what a decision about a day would change, whom it tells and in which words; nothing is done yet."""
    deed, view = visit.word("deed"), await _view(visit)
    if deed not in view.deeds or deed not in day_desk.DECISIONS:
        return await _page(visit, Refused("day_changed_meanwhile", day=spoken(view.day.date)))
    try:
        found = await rehearsing.rehearse(visit.deps.store, partial(_act, visit=visit, deed=deed), view.day.station_id)
    except Refused as refusal:
        return await _page(visit, refusal, deed)
    words = next((words_of(row) for row in found), "")
    return visit.page("day_preview.html", view=view, deed=deed, told=found, given=visit.form, words=words)


async def act(visit: Visit) -> web.StreamResponse:
    """Do one deed and lead back to the day; a refusal is said on it, and what was written stays in its form."""
    deed, view = visit.request.match_info["deed"], await _view(visit)
    if deed not in day_desk.DEEDS or view.day.station_id not in visit.me.desk:
        raise web.HTTPNotFound
    try:
        await visit.deps.store.write(partial(_act, visit=visit, deed=deed))
    except Refused as refusal:
        log.info("day_refused", deed=deed, why=refusal.code)
        return await _page(visit, refusal, deed)
    visit.deps.outbox.wake.set()
    log.info("day_deed", deed=deed, day=view.day.id, by=visit.me.person_id)
    return await visit.go(address(view.day.id), visit.deps.texts(f"day.did_{deed}"))


def address(day_id: int) -> str:
    """Return where a day's page is."""
    return f"{RECEPTION}/{day_id}"


def desk_of(visit: Visit, db: Db) -> Desk:
    """Return what deeds of this visit are given."""
    return Desk(db, visit.deps.texts, visit.now, visit.deps.links, sealer=visit.deps.sealer)


async def _act(db: Db, *, visit: Visit, deed: str) -> Any:
    day = number_in(visit.request.match_info["day"])
    return await day_desk.act(desk_of(visit, db), day, deed, visit.form, visit.me.person_id, visit.me.desk)


async def _view(visit: Visit) -> day_desk.View:
    async with visit.deps.store.read() as db:
        day = number_in(visit.request.match_info["day"])
        view = await day_desk.look(desk_of(visit, db), day, visit.me.sees, visit.me.desk)
    if view is None:
        raise web.HTTPNotFound
    return view


async def _page(visit: Visit, refusal: Refused | None = None, tried: str = "") -> web.Response:
    view = await _view(visit)
    return visit.page(
        "day.html", status=409 if refusal else 200, view=view, tried=tried, given=visit.form, now=visit.now,
        refusal=visit.refusal(refusal) if refusal else "",
        by_hand=notices.BY_HAND, today=local_date(visit.now).isoformat(), longest=day_desk.LONGEST,
        runs=view.day.station_id in visit.me.desk,
    )  # fmt: skip


def _wanted(visit: Visit) -> Wanted:
    tab = visit.request.query.get("tab", "")
    return Wanted(
        local_date(visit.now).isoformat(), tab if tab in TABS else "ahead",
        number_in(visit.request.query.get("beyond", "")),
    )  # fmt: skip
