"""Hand the board out on paper: a report to be printed and signed, and a workbook with every case it counts."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.actions import board, figures
from bot.actions.board import Holder
from bot.clock import local
from bot.paper.book import Table, Value, book
from bot.store import reads_cases, reads_figures
from bot.store.db import Db
from bot.store.reads_figures import FIGURES, Narrow
from config.texts import Texts
from handlers.console.board import RATES, Asked, asked, facts_of, period_name
from handlers.console.board_rows import COLUMNS
from handlers.console.register import TYPES, attached
from handlers.console.visit import Visit
from handlers.register_files import table_of

MOST_CASES = 200_000  # lines of the sheet of cases; a sheet of Excel ends at a million
AT_ONCE = 5_000  # cases that one statement reads: SQLite takes 32,766 values


async def report(visit: Visit) -> web.StreamResponse:
    """Show the report of a period: everything open, nothing to press but the printer."""
    mine = asked(visit)
    async with visit.deps.store.read() as db:
        facts = await facts_of(visit, db, mine)
        units = await board.holders(db, mine.span, "unit")
    place = facts["place"] or "、".join(each.place for each in visit.me.grants)
    return visit.page("board_report.html", **facts | {"place": place}, units=units, codes=COLUMNS["unit"])


async def table(visit: Visit) -> web.StreamResponse:
    """Send the workbook of a period."""
    mine, texts = asked(visit), visit.deps.texts
    async with visit.deps.store.read() as db:
        tables = await _figures(db, mine, texts)
        for kind in ("representative", "unit"):
            tables.append(_holders(kind, await board.holders(db, mine.span, kind), texts))
        tables.append(await _reception(db, mine, texts))
        tables.append(await _cases(db, mine, texts))
    name = texts("sheet_board.file", period=period_name(visit, mine.period))
    return attached(await asyncio.to_thread(book, tables), f"{name}.xlsx", TYPES["xlsx"])


async def _figures(db: Db, mine: Asked, texts: Texts) -> list[Table]:
    """Return the sheet of figures with how each is counted, and that of every station."""
    cases, held = await board.parts(db, mine.span), await board.reception_of(db, mine.span)
    found = await board.board(db, mine.span, cases, held)
    names = {code: texts(f"count.{code}") for code in FIGURES}
    head = [texts(f"sheet_board.{name}") for name in ("figure", "value", "of", "how")]
    lines: list[list[Value]] = [
        [names[code], each.value, "" if each.of is None else each.of, texts(f"count_why.{code}")]
        for code, each in found.totals.items()
    ]
    waits = ((texts("board.median"), found.waits.median), (texts("board.p90"), found.waits.p90))
    why = texts("board.waits_why", count=found.waits.count)
    lines += [[name, texts("board.hours", hours=hours), "", why] for name, hours in waits]
    columns = [(code, False) for code in FIGURES] + [(code, True) for code in RATES]
    heads = [texts("sheet_board.of_figure", name=names[code]) if of else names[code] for code, of in columns]
    stations = [
        [row.name, *((counts[code].of or 0) if of else counts[code].value for code, of in columns)]
        for row, counts in found.stations
    ]
    return [
        Table(texts("sheet_board.figures"), head, lines, (24, 12, 12, 80)),
        Table(texts("sheet_board.stations"), [texts("board.name"), *heads], stations, (30, *(14 for _ in heads))),
    ]


def _holders(kind: str, found: list[Holder], texts: Texts) -> Table:
    head = [texts("board.name"), texts("board.station"), *(texts(f"count.{code}") for code in COLUMNS[kind])]
    lines = [
        [each.name, each.station, *(_of(each, code) for code in COLUMNS[kind])] for each in found
    ]  # fmt: skip
    return Table(texts(f"board_kind.{kind}"), head, lines, (24, 30, *(14 for _ in COLUMNS[kind])))


def _of(holder: Holder, code: str) -> Value:
    if code in holder.figures:
        return holder.figures[code]
    return "" if holder.attended is None else holder.attended


async def _reception(db: Db, mine: Asked, texts: Texts) -> Table:
    found = await figures.of_month(db, mine.span.stations, mine.span.first, mine.span.last)
    head, lines = table_of(found, texts)
    return Table(texts("board.reception"), head, lines, (30, 10, 10, 30, 14, 26, 40))


async def _cases(db: Db, mine: Asked, texts: Texts) -> Table:
    """Return the sheet of cases: under each figure 1 where it counts the case, 0 where it is only one of which."""
    marks: dict[int, dict[str, int]] = {}
    for code, each in FIGURES.items():
        for part, mark in (("of", 0), ("counted", 1)) if each.of else (("counted", 1),):
            for case in await reads_figures.opened(db, mine.span, each, Narrow(part), MOST_CASES):
                marks.setdefault(case, {})[code] = mark
    head = [texts(f"sheet_board.{name}") for name in ("number", "place", "subject", "state", "came")]
    lines: list[list[Value]] = []
    ids = sorted(marks)
    for start in range(0, len(ids), AT_ONCE):
        rows = await reads_cases.rows_of(db, ids[start : start + AT_ONCE])
        lines += [_line(row, marks[row.id], texts) for row in reversed(rows)]
    names = [texts(f"count.{code}") for code in FIGURES]
    return Table(texts("sheet_board.cases"), [*head, *names], lines, (24, 30, 18, 12, 18, *(12 for _ in names)))


def _line(row: Any, marks: dict[str, int], texts: Texts) -> list[Value]:
    came = f"{local(row.created_at):%Y-%m-%d %H:%M}"
    known = [row.number, row.station, row.category or "", texts(f"link.state.{row.state}"), came]
    return [*known, *(marks.get(code, "") for code in FIGURES)]
