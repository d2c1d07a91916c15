"""Bring a table in line with a list of rows: add what is new, change what differs, leave the rest alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, insert, select, update

from bot.store.db import Db

Key = tuple[Any, ...]
Values = Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What became of one kind of row."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)  # in the store, no longer in the files


async def bring(
    db: Db,
    table: Table,
    keys: Sequence[str],
    rows: Iterable[Values],
    tally: Tally,
    *,
    among: ColumnElement[bool] | None = None,
    on_add: Values | None = None,
    on_change: Values | None = None,
    unwatched: frozenset[str] = frozenset(),
) -> dict[Key, Any]:
    """Make the store hold those rows and return each one's stored row as it was before, by key.

    `among` says which stored rows can be meant (the files speak of dozens, the store may hold every voter).
    `on_add` and `on_change` are written with a new or a changed row but make no difference by themselves;
    neither do the `unwatched` columns (ciphertext is never the same twice).
    """
    query = select(table) if among is None else select(table).where(among)
    stored = {tuple(getattr(row, key) for key in keys): row for row in await db.all(query)}
    new: list[Values] = []
    for row in rows:
        key = tuple(row[name] for name in keys)
        before = stored.get(key)
        if before is None:
            new.append({**row, **(on_add or {})})
        elif any(getattr(before, name) != value for name, value in row.items() if name not in unwatched):
            same = and_(*(table.c[name] == value for name, value in zip(keys, key, strict=True)))
            await db.run(update(table).where(same).values(**row, **(on_change or {})))
            tally.changed += 1
        else:
            tally.unchanged += 1
    if new:
        await db.run(insert(table), new)
        tally.added += len(new)
    return stored


async def ids_by(db: Db, table: Table, column: str) -> dict[Any, int]:
    """Return the id of every row by one of its columns, where it is filled."""
    query = select(table.c[column], table.c.id).where(table.c[column].is_not(None))
    return {row[0]: row[1] for row in await db.all(query)}
