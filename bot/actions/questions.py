"""Keep what was asked: every question sealed with what it was answered with, and those a person has to answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from bot.actions.people import Sender
from bot.rules.privacy import Sealer
from bot.store.db import Db, Prepared
from bot.store.tables import faq_asked, faq_miss

ASKED = "asked"  # what a question is sealed for
MOST_ASKED_AGAIN = 2000

_MISS = Prepared(
    insert(faq_miss),
    ["heard_id", "person_id", "group_id", "text", "best_code", "score", "state", "created_at"],
)
_ASKED = Prepared(insert(faq_asked), ["person_id", "text_sealed", "code", "asked_at"])


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


async def note(db: Db, sender: Sender, text: str, code: str, sealer: Sealer, now: datetime) -> None:
    """Note what was asked and the code it was answered with outright, empty for none."""
    facts = {"person_id": sender.person_id, "text_sealed": sealer.seal(text, ASKED), "code": code, "asked_at": now}
    await db.run(_ASKED, facts)


async def past(db: Db, sealer: Sealer, most: int = MOST_ASKED_AGAIN) -> list[tuple[str, str]]:
    """Return the office's latest questions with the codes they were answered with, each question once."""
    rows = await db.all(select(faq_asked.c.text_sealed, faq_asked.c.code).order_by(faq_asked.c.id.desc()).limit(most))
    latest: dict[str, str] = {}
    for row in rows:
        latest.setdefault(sealer.open(row.text_sealed, ASKED), row.code)
    return list(latest.items())


async def accept(db: Db, sealer: Sealer, answered: dict[str, str]) -> int:
    """Take what questions are answered with now for what is right; returns how many rows that changed."""
    count = 0
    for row in await db.all(select(faq_asked.c.id, faq_asked.c.text_sealed, faq_asked.c.code)):
        code = answered.get(sealer.open(row.text_sealed, ASKED), row.code)
        if code != row.code:
            await db.run(update(faq_asked).where(faq_asked.c.id == row.id).values(code=code))
            count += 1
    return count
