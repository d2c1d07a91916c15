"""Load the office's own questions and answers; what was imported from elsewhere is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.actions.upsert import Tally, bring
from bot.store.db import Db
from bot.store.tables import faq, faq_question
from config.office_models import Faq

ORIGIN = "office"  # faq.origin of what the office files hold
DESK = "desk"  # … and of what was written or changed at the desk: loading and importing leave it the desk's


async def load_faqs(db: Db, faqs: Sequence[Faq], now: datetime, tally: Tally) -> None:
    """Bring the answers, then the wordings of each."""
    moved = {"changed_at": now}
    at_desk = {row.code for row in await db.all(select(faq.c.code).where(faq.c.origin == DESK))}
    faqs = [each for each in faqs if each.code not in at_desk]  # changed at the console: the files are not asked
    stored = await bring(db, faq, ["code"], [_values(each) for each in faqs], tally, on_add=moved, on_change=moved)
    asked = await wordings(db)
    ids = {row.code: row for row in await db.all(select(faq))}
    for each in faqs:
        row, wanted = ids[each.code], list(dict.fromkeys((each.question, *each.similar)))
        if asked.get(row.id, []) != wanted:
            await ask(db, row.id, wanted, now)
            if row.changed_at != now:  # only the wordings differ
                tally.changed += 1
                tally.unchanged -= 1
    kept = {each.code for each in faqs}
    await forget(db, [row for (code,), row in stored.items() if row.origin == ORIGIN and code not in kept], tally)


def _values(each: Faq) -> dict[str, Any]:
    return {
        "code": each.code,
        "answer": each.answer,
        "source": each.source,
        "category": each.category,
        "office_code": each.office or "",
        "station_code": each.station or "",
        "valid_from": each.valid_from.isoformat() if each.valid_from else "",
        "valid_until": each.valid_until.isoformat() if each.valid_until else "",
        "origin": ORIGIN,
    }


async def wordings(db: Db) -> dict[int, list[str]]:
    """Return the wordings of every answer, in order, without those the desk added."""
    wordings: dict[int, list[str]] = {}
    query = select(faq_question.c.faq_id, faq_question.c.text).where(faq_question.c.origin == "")
    for row in await db.all(query.order_by(faq_question.c.id)):
        wordings.setdefault(row.faq_id, []).append(row.text)
    return wordings


async def ask(db: Db, faq_id: int, texts: Sequence[str], now: datetime) -> None:
    """Write the wordings anew and let readers notice; those the desk added stay, once."""
    await db.run(delete(faq_question).where(faq_question.c.faq_id == faq_id, faq_question.c.origin == ""))
    same = (faq_question.c.faq_id == faq_id) & faq_question.c.text.in_(texts[:500])
    await db.run(delete(faq_question).where(same))
    await db.run(insert(faq_question), [{"faq_id": faq_id, "text": text} for text in texts])
    await db.run(update(faq).where(faq.c.id == faq_id).values(changed_at=now))


async def forget(db: Db, rows: Iterable[Any], tally: Tally) -> None:
    """An answer nobody vouches for is not given any more."""
    for row in sorted(rows, key=lambda row: str(row.code)):
        await db.run(delete(faq_question).where(faq_question.c.faq_id == row.id))
        await db.run(delete(faq).where(faq.c.id == row.id))
        tally.gone.append(row.code)
