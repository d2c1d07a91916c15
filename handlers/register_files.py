"""Write registers and figures of reception days into files: for the command line, and for a page to hand out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from bot.actions import figures, register_sheet
from bot.actions.figures import Figure
from bot.clock import local
from bot.paper.figures_sheet import figures_csv, figures_xlsx
from bot.paper.form import Sheet
from bot.rules.privacy import Sealer
from bot.store import Db, Store
from config.texts import Texts

KINDS = ("docx", "xlsx")


async def printed(db: Db, day_id: int, kind: str, sealer: Sealer, texts: Texts) -> bytes:
    """Return a session's register as a file (docx or xlsx), made in a thread; raises Refused."""
    sheet = await register_sheet.sheet_of(db, day_id, sealer, texts)
    return await asyncio.to_thread(_print, kind, sheet, texts)


def _print(kind: str, sheet: Sheet, texts: Texts) -> bytes:
    """Return the sheet on paper; Word's library takes 10 MB and Excel's 15, so who never prints never has them."""
    if kind == "docx":
        from bot.paper.register_word import register_docx

        return register_docx(sheet, texts)
    from bot.paper.register_excel import register_xlsx

    return register_xlsx(sheet, texts)


async def export(
    store: Store, sealer: Sealer, texts: Texts, folder: Path, *, station: str, first: date, last: date,
    kinds: Sequence[str] = KINDS,
) -> list[Path]:  # fmt: skip
    """Write the registers of every session held in these days into a folder and return their paths."""
    written = []
    async with store.read() as db:
        for day in await register_sheet.sessions_between(db, station, first, last):
            for kind in kinds:
                path = folder / f"{texts('sheet.title')}-{day.station}-{day.date}-{day.id}.{kind}"
                await asyncio.to_thread(_write, path, await printed(db, day.id, kind, sealer, texts))
                written.append(path)
    return written


async def export_figures(store: Store, texts: Texts, path: Path, first: date, last: date) -> int:
    """Write every figure of these days with its rows as .csv or .xlsx and return how many lines that are."""
    async with store.read() as db:
        found = await figures.of_month(db, await figures.all_stations(db), first, last)
    head, rows = table_of(found, texts)
    make = partial(figures_xlsx, texts("figures.sheet")) if path.suffix == ".xlsx" else figures_csv
    await asyncio.to_thread(lambda: _write(path, make(head, rows)))
    return len(rows)


def figure_in_words(figure: Figure, texts: Texts) -> str:
    """Return a figure as people say it: a share with its two numbers, and a dash where there is nothing to share."""
    if figure.of is None:
        return str(figure.value)
    if figure.percent is None:
        return texts("figures.none")
    return texts("figures.share", value=figure.value, of=figure.of, percent=figure.percent)


def table_of(found: Sequence[Figure], texts: Texts) -> tuple[list[str], list[list[str | int]]]:
    """Return figures as a table: a line for each figure, and below it one for each row it counts."""
    head = [texts(f"figures.column_{name}") for name in ("figure", "value", "of", "station", "date", "item", "note")]
    rows: list[list[str | int]] = []
    for each in found:
        name = texts(f"figure.{each.code}")
        empty = each.of == 0  # a share of nothing is no zero
        rows.append(
            [name, texts("figures.none") if empty else each.value, "" if each.of is None else each.of, *[""] * 4]
        )
        rows += [[name, "", "", row.station, getattr(row, "date", ""), *said_of(row, texts)] for row in each.rows]
    return head, rows


def said_of(row: Any, texts: Texts) -> tuple[str, str]:
    """Return what a row is and what is to be known of it."""
    if hasattr(row, "attended"):
        return row.name, texts("figures.attended", level=texts(f"level.{row.level}"), count=row.attended)
    if hasattr(row, "disposition"):
        what = texts(f"disposition.{row.disposition}") if row.disposition else ""
        note = " ".join(part for part in (row.category, what, row.suggestion, row.archive_number) if part)
        return texts("figures.entry", number=row.number), note
    if hasattr(row, "origin"):
        return texts("sheet.visit", number=row.number, slot=row.slot), texts(f"figures.origin_{row.origin}")
    if hasattr(row, "proven_at"):
        proven = f"{local(row.proven_at):%Y-%m-%d %H:%M}" if row.proven_at else texts("figures.unproven")
        return row.group_name, proven
    return row.place, texts(f"figures.session_{row.state}")


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read: names and phones stand in it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
