"""List cases: by what is looked for, a page at a time, only what is theirs to see."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.clock import local_date
from bot.rules.lifecycle import OPEN, State
from bot.store import reads_cases, reads_desk
from bot.store.reads_cases import MOST, Wanted
from handlers.console.visit import Visit, number_in

MARKS = ("late", "supervised", "merged", "confidential", "published")
GROUPS = {"open": tuple(sorted(OPEN)), "over": ("closed", "declined", "withdrawn")}


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of cases."""
    query = visit.request.query
    wanted = _wanted(visit)
    async with visit.deps.store.read() as db:
        rows = await reads_cases.page(db, visit.me.scope, wanted)
        stations = await reads_cases.stations(db, visit.me.sees)
        categories = await reads_cases.categories(db)
    more = urlencode({**query, "before": rows[MOST - 1].id}) if len(rows) > MOST else ""
    return visit.page(
        "cases.html", rows=rows[:MOST], more=more, query=query, stations=stations, categories=categories,
        states=[*GROUPS, *State], marks=MARKS, today=wanted.today,
        pile=query["pile"] if wanted.pile is not None else "",
    )  # fmt: skip


def _wanted(visit: Visit) -> Wanted:
    query, today = visit.request.query, local_date(visit.now).isoformat()
    state = query.get("state", "")
    return Wanted(
        words=query.get("q", "").strip()[:80],
        states=GROUPS.get(state) or ((state,) if state in set(State) else ()),
        station_id=number_in(query.get("station", "")),
        category_id=number_in(query.get("category", "")),
        mark=query.get("mark", "") if query.get("mark", "") in MARKS else "",
        today=today,
        pile=reads_desk.pile_of(query.get("pile", ""), visit.me.desk, today),
        before=number_in(query.get("before", "")),
    )
