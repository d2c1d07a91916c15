"""Leave a line for everything that somebody who only looks has opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from bot.store.db import Db
from bot.store.tables import opened, suggestion


async def note(db: Db, person_id: int, what: str, number: str, now: datetime) -> None:
    """Note that a person opens a page, and of which case; what was searched for there is nobody's business."""
    case = await db.one(select(suggestion.c.id).where(suggestion.c.number == number)) if number else None
    facts = {"person_id": person_id, "what": what[:300], "suggestion_id": case.id if case else None, "at": now}
    await db.run(insert(opened).values(**facts))
