"""Bring imported questions and answers into the store; the office's own are never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.actions.office_faq import DESK, ask, forget, wordings
from bot.actions.office_faq import ORIGIN as OFFICE
from bot.actions.upsert import Tally, bring
from bot.store.db import Db
from bot.store.tables import faq

ORIGIN = "imported"  # faq.origin of what came from a file


@dataclass(frozen=True, slots=True)
class Line:
    """One good row of a file: an answer and the ways people ask for it."""

    number: int  # in the file, to name it by
    code: str
    question: str
    answer: str
    similar: tuple[str, ...] = ()
    source: str = ""
    category: str = ""
    valid_from: str = ""  # ISO days; empty: always
    valid_until: str = ""
    office: str = ""  # empty: everywhere
    station: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing did; `clashes` are rows whose id belongs to the office."""

    tally: Tally
    clashes: tuple[Line, ...]


async def import_faqs(
    db: Db, lines: Sequence[Line], now: datetime, keep_only: frozenset[str] | None, *, at_desk: bool = False
) -> Imported:
    """Add or change these entries; imported ones that `keep_only` does not name are removed (None removes nothing).

    The office's own are nobody else's to overwrite, except at the desk: what changes there is the desk's from then on.
    """
    stored = {row.code: row for row in await db.all(select(faq))}
    offices = () if at_desk else [code for code, row in stored.items() if row.origin == OFFICE]
    clashes = tuple(line for line in lines if line.code in offices)
    good = [line for line in lines if line not in clashes]
    tally, moved = Tally(), {"changed_at": now}
    rows = [values_of(line) | {"origin": _origin(stored.get(line.code))} for line in good]
    await bring(db, faq, ["code"], rows, tally, on_add=moved, on_change=moved)
    asked = await wordings(db)
    ids = {row.code: row for row in await db.all(select(faq))}
    for line in good:
        row, wanted = ids[line.code], list(dict.fromkeys((line.question, *line.similar)))
        if asked.get(row.id, []) != wanted:
            await ask(db, row.id, wanted, now)
            if row.changed_at != now:  # only the wordings differ
                tally.changed, tally.unchanged = tally.changed + 1, tally.unchanged - 1
    if keep_only is not None:
        gone = [row for row in stored.values() if row.origin not in (OFFICE, DESK) and row.code not in keep_only]
        await forget(db, gone, tally)
    return Imported(tally, clashes)


def _origin(stored: Any) -> str:
    """Return whose an imported answer is: what the desk wrote stays the desk's, and load leaves it alone."""
    return DESK if stored is not None and stored.origin in (DESK, OFFICE) else ORIGIN


def values_of(line: Line) -> dict[str, str]:
    """Return an answer as the columns of its row, all but whose it is."""
    return {
        "code": line.code,
        "answer": line.answer,
        "source": line.source,
        "category": line.category,
        "office_code": line.office,
        "station_code": line.station,
        "valid_from": line.valid_from,
        "valid_until": line.valid_until,
    }
