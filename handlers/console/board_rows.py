"""Open a number of the board: the cases (or sessions) it counts, a page at a time, and what it means."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.actions import board, figures
from bot.actions.board import RECEPTION
from bot.rules.waiting import SPREAD
from bot.store import reads_cases, reads_figures, reads_holders
from bot.store.db import Db
from bot.store.reads_figures import FIGURES, Narrow
from bot.store.reads_holders import COUNTED, HOLDER_FIGURES, WHO
from handlers.console.board import BOARD, RATES, Asked, asked, known_of, period_name
from handlers.console.visit import Visit, number_in
from handlers.register_files import said_of

MOST = 50  # rows a page
PARTS = ("counted", "of", "rest")
KINDS = ("station", *WHO)
LINES = 30  # of a wide table, a page
SESSIONS = "attended"  # the figure of a representative whose rows are sessions
#           kind              its columns
COLUMNS = {"station": (), "representative": (*HOLDER_FIGURES, SESSIONS), "unit": tuple(COUNTED)}


async def show(visit: Visit) -> web.StreamResponse:
    """Show the rows of one figure."""
    query, mine = visit.request.query, asked(visit)
    code, who = query.get("figure", ""), number_in(query.get("who", ""))
    async with visit.deps.store.read() as db:
        if code in RECEPTION:
            return await _reception(visit, db, mine, code)
        if who and query.get("kind") in WHO:
            return await _of_holder(visit, db, mine, query["kind"], who, code)
        if code not in FIGURES:
            raise web.HTTPNotFound
        narrow = _narrow(visit)
        ids = await reads_figures.opened(db, mine.span, FIGURES[code], narrow, MOST)
        return await _cases(visit, db, mine, ids, code, part=narrow.part or "counted")


async def by(visit: Visit) -> web.StreamResponse:
    """Show the figures of every station, representative or unit, a page at a time."""
    kind, mine = visit.request.match_info["kind"], asked(visit)
    if kind not in KINDS:
        raise web.HTTPNotFound
    async with visit.deps.store.read() as db:
        rows: list[Any]
        if kind == "station":
            rows = await board.stations(db, mine.span, (await known_of(visit, db, mine.span)).parts)
        else:
            rows = await board.holders(db, mine.span, kind)
    start = number_in(visit.request.query.get("from", ""))
    more = mine.to(f"{BOARD}/by/{kind}", **{"from": start + LINES}) if len(rows) > start + LINES else ""
    return visit.page(
        "board_by.html", asked=mine, kind=kind, rows=rows[start : start + LINES], more=more, codes=COLUMNS[kind],
        rates=RATES, name=period_name(visit, mine.period), place=await _place(visit, mine),
    )  # fmt: skip


async def _cases(visit: Visit, db: Db, mine: Asked, ids: list[int], code: str, **facts: Any) -> web.Response:
    query = visit.request.query
    rows = await reads_cases.rows_of(db, ids[:MOST])
    more = urlencode({**query, "before": ids[MOST - 1]}) if len(ids) > MOST else ""
    return visit.page(
        "board_rows.html", asked=mine, code=code, rows=rows, more=more, parts=PARTS,
        today=mine.span.today.isoformat(), name=period_name(visit, mine.period), share=_is_share(code),
        place=await _place(visit, mine), **({"who": "", "kind": ""} | facts),
    )  # fmt: skip


async def _of_holder(visit: Visit, db: Db, mine: Asked, kind: str, who: int, code: str) -> web.Response:
    named = (await reads_holders.names(db, kind, [who])).get(who)
    if named is None or code not in (*HOLDER_FIGURES, SESSIONS):
        raise web.HTTPNotFound
    if code == SESSIONS:
        if named.station_id not in visit.me.sees:
            raise web.HTTPNotFound
        rows = await reads_holders.attended(db, who, mine.span.first, mine.span.last)
        return await _lines(visit, mine, code, rows, who=named.name)
    before = number_in(visit.request.query.get("before", ""))
    ids = await reads_holders.opened(db, mine.span, kind, who, code, before, MOST)
    return await _cases(visit, db, mine, ids, code, who=named.name, kind=kind, part="")


async def _reception(visit: Visit, db: Db, mine: Asked, code: str) -> web.Response:
    found = await figures.of_month(db, mine.span.stations, mine.span.first, mine.span.last)
    return await _lines(visit, mine, code, next(each.rows for each in found if each.code == code))


async def _lines(visit: Visit, mine: Asked, code: str, rows: Any, who: str = "") -> web.Response:
    """Show rows that are no cases, a page at a time."""
    start = number_in(visit.request.query.get("from", ""))
    more = urlencode({**visit.request.query, "from": start + MOST}) if len(rows) > start + MOST else ""
    said = [(row.station, getattr(row, "date", ""), *said_of(row, visit.deps.texts)) for row in rows]
    return visit.page(
        "board_lines.html", asked=mine, code=code, rows=said[start : start + MOST], more=more, count=len(rows), who=who,
        name=period_name(visit, mine.period), place=await _place(visit, mine),
    )  # fmt: skip


async def _place(visit: Visit, mine: Asked) -> str:
    if not mine.station:
        return ""
    async with visit.deps.store.read() as db:
        return str((await reads_cases.stations(db, [mine.station]))[0].name)


def _narrow(visit: Visit) -> Narrow:
    query = visit.request.query
    waited = next(((low, high) for name, low, high in SPREAD if name == query.get("waited")), None)
    category = -1 if query.get("category") == "none" else number_in(query.get("category", ""))
    part = query.get("part", "")
    before = number_in(query.get("before", ""))
    return Narrow(part if part in PARTS else "", category, waited, before)


def _is_share(code: str) -> bool:
    return code in FIGURES and FIGURES[code].of is not None
