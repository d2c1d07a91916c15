"""The numbers of reception days: a month of my stations, each number with the rows it counts, all of it as a file."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from bot.actions import figures
from bot.actions.figures import Figure
from bot.clock import local_date
from bot.paper.figures_sheet import figures_csv, figures_xlsx
from bot.store import reads_cases
from handlers import register_files
from handlers.console.register import TYPES, attached
from handlers.console.visit import Visit, number_in

MOST = 100  # rows on the page; the file has them all


async def show(visit: Visit) -> web.StreamResponse:
    """Show a month's numbers, and the rows of the one that is opened."""
    first, last = _month(visit)
    found, stations, chosen = await _figures(visit, first, last)
    opened = next((each for each in found if each.code == visit.request.query.get("open")), None)
    _, rows = register_files.table_of([opened], visit.deps.texts) if opened else ([], [])
    said = [(each, register_files.figure_in_words(each, visit.deps.texts)) for each in found]
    return visit.page(
        "figures.html", figures=said, opened=opened, rows=rows[1 : MOST + 1], most=MOST, first=first, stations=stations,
        chosen=chosen, month=f"{first:%Y-%m}",
    )  # fmt: skip


async def export_csv(visit: Visit) -> web.StreamResponse:
    """Send a month's numbers with all their rows as CSV."""
    name, head, rows = await _table(visit)
    return attached(figures_csv(head, rows), f"{name}.csv", "text/csv")


async def export_xlsx(visit: Visit) -> web.StreamResponse:
    """Send a month's numbers with all their rows as an Excel workbook."""
    name, head, rows = await _table(visit)
    body = await asyncio.to_thread(figures_xlsx, visit.deps.texts("figures.sheet"), head, rows)
    return attached(body, f"{name}.xlsx", TYPES["xlsx"])


async def _table(visit: Visit) -> tuple[str, list[str], list[list[str | int]]]:
    """Return a name for the file of a month's numbers, its head and its rows."""
    first, last = _month(visit)
    found, _, _ = await _figures(visit, first, last)
    return f"{visit.deps.texts('figures.sheet')}-{first:%Y-%m}", *register_files.table_of(found, visit.deps.texts)


async def _figures(visit: Visit, first: date, last: date) -> tuple[list[Figure], list[Any], int]:
    """Return the numbers, the stations one may choose from, and the one that was chosen (0: all of them)."""
    chosen = number_in(visit.request.query.get("station", ""))
    async with visit.deps.store.read() as db:
        wanted = visit.me.sees & {chosen} if chosen else visit.me.sees
        found = await figures.of_month(db, wanted, first, last)
        return found, await reads_cases.stations(db, visit.me.sees), chosen


def _month(visit: Visit) -> tuple[date, date]:
    """Return the first and the last day of the month that is asked for, by default of this one."""
    try:
        first = date.fromisoformat(f"{visit.request.query.get('month', '')}-01")
    except ValueError:
        first = local_date(visit.now).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
