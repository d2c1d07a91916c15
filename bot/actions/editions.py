"""Keep every edition of what the console changes: the number a form names, the history, what an undo puts back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bot.errors import Refused
from bot.store.db import Db
from bot.store.tables import edition, person

GONE = ""  # the content of what was not there


def new_batch() -> str:
    """Return a name for changes that are made, and undone, in one go."""
    return uuid4().hex


async def latest(db: Db, kind: str, codes: Collection[str]) -> Mapping[str, int]:
    """Return the number of the newest edition of each of these, 0 for what was never changed here."""
    numbers = select(edition.c.code, func.max(edition.c.number).label("n")).where(edition.c.kind == kind)
    found: dict[str, int] = dict.fromkeys(codes, 0)
    wanted = list(codes)
    for start in range(0, len(wanted), 500):  # neither database takes any number of values
        some = numbers.where(edition.c.code.in_(wanted[start : start + 500])).group_by(edition.c.code)
        found |= {row.code: int(row.n) for row in await db.all(some)}
    return found


async def keep(
    db: Db, kind: str, code: str, before: str, after: str, *, batch: str, by: int, now: datetime, number: int
) -> None:
    """Keep a new edition after the one of that number; raises Refused if there is a newer one already."""
    rows = [] if number else [{"number": 1, "content": before, "by_id": None}]
    rows.append({"number": (number or 1) + 1, "content": after, "by_id": by})
    for row in rows:
        values = {**row, "batch": batch, "kind": kind, "code": code, "at": now}
        if not await db.run(insert(edition).on_conflict_do_nothing(), values):
            raise Refused("edition_changed_meanwhile")


async def history(db: Db, kind: str, code: str, most: int = 20) -> list[Any]:
    """Return the editions of one thing, the newest first."""
    return await db.all(
        select(edition, person.c.name.label("who"))
        .outerjoin(person, person.c.id == edition.c.by_id)
        .where(edition.c.kind == kind, edition.c.code == code)
        .order_by(edition.c.number.desc())
        .limit(most)
    )


async def of_batch(db: Db, kind: str, batch: str) -> list[tuple[str, int, str]]:
    """Return what a batch changed: each code, its newest number, and the content to put back.

    Raises Refused if there is nothing of that name, or if something of it was changed again since.
    """
    made = edition.c.by_id.is_not(None) & (edition.c.kind == kind) & (edition.c.batch == batch)
    rows = await db.all(select(edition.c.code, edition.c.number).where(made).order_by(edition.c.id))
    now = await latest(db, kind, [row.code for row in rows])
    if not rows or any(now[row.code] != row.number for row in rows):
        raise Refused("edition_too_late")
    found = []
    for row in rows:
        same = (edition.c.kind == kind) & (edition.c.code == row.code) & (edition.c.number == row.number - 1)
        before = await db.one(select(edition.c.content).where(same))
        found.append((str(row.code), int(row.number), str(before.content)))
    return found
