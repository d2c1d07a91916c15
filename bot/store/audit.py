"""Check the history: every case's lines must chain without a gap or a change."""

from __future__ import annotations

from sqlalchemy import select

from bot.rules.history import Line
from bot.store.db import Db
from bot.store.tables import event, suggestion


async def broken_chains(db: Db) -> tuple[int, list[tuple[str, int]]]:
    """Return how many lines were read and, of each case whose chain breaks, its number and its first bad line."""
    rows = await db.all(
        select(event, suggestion.c.number)
        .join(suggestion, suggestion.c.id == event.c.suggestion_id)
        .order_by(event.c.suggestion_id, event.c.seq)
    )
    broken: dict[int, tuple[str, int]] = {}
    before, at = b"", (0, 0)
    for row in rows:
        before, expected = (before, at[1] + 1) if row.suggestion_id == at[0] else (b"", 1)
        line = Line(row.suggestion_id, row.seq, row.actor_id, row.role, row.move, row.state, row.reason, row.at)
        if (row.seq != expected or line.link(before) != row.hash) and row.suggestion_id not in broken:
            broken[row.suggestion_id] = (row.number, row.seq)
        before, at = row.hash, (row.suggestion_id, row.seq)
    return len(rows), list(broken.values())
