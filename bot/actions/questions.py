"""Keep the questions we could not answer, for a person to answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from bot.actions.people import Sender
from bot.store.db import Db, Prepared
from bot.store.tables import faq_miss

_MISS = Prepared(
    insert(faq_miss),
    ["heard_id", "person_id", "group_id", "text", "best_code", "score", "state", "created_at"],
)


async def miss(db: Db, sender: Sender, heard_id: int, text: str, best_code: str, score: float, now: datetime) -> int:
    """Note a question without a sure answer and return its id."""
    return await db.add(
        _MISS,
        {
            "heard_id": heard_id,
            "person_id": sender.person_id,
            "group_id": sender.group_id,
            "text": text,
            "best_code": best_code,
            "score": score,
            "state": "open",
            "created_at": now,
        },
    )
