"""Turn unanswered questions into answers: list them, join one to an entry, write an entry, leave one, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from bot.actions import faq_edit
from bot.actions.office_faq import DESK
from bot.errors import Refused
from bot.rules.effect import Change
from bot.store.db import Db
from bot.store.tables import faq, faq_correction, faq_miss, faq_question, group, office, station

MOST_LISTED = 10


async def open_misses(db: Db, stations: Sequence[int], most: int = MOST_LISTED) -> list[Any]:
    """Return the questions that wait for an answer at these stations, the oldest first."""
    return await db.all(
        select(faq_miss)
        .where(_at(stations), faq_miss.c.state == "open", faq_miss.c.text != "")
        .order_by(faq_miss.c.created_at, faq_miss.c.id)
        .limit(most)
    )


async def miss_of(db: Db, stations: Sequence[int], number: int, state: str = "open") -> Any:
    """Return one question by its number; raises Refused when it is not there or settled already."""
    row = await db.one(select(faq_miss).where(_at(stations), faq_miss.c.id == number))
    if row is None:
        raise Refused("no_such_question", number=number)
    if row.state != state:
        raise Refused("question_settled" if state == "open" else "question_open", number=number)
    return row


def _at(stations: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a question came from a group of these stations, or from no group at all."""
    mine = select(group.c.id).where(group.c.station_id.in_(stations))
    return or_(faq_miss.c.group_id.is_(None), faq_miss.c.group_id.in_(mine))


async def office_of(db: Db, station_id: int) -> str:
    """Return the code of a station's office, for which a new answer of its desk holds."""
    row = await db.one(
        select(office.c.code).join(station, station.c.office_id == office.c.id).where(station.c.id == station_id)
    )
    return str(row.code) if row is not None else ""


async def correct(db: Db, miss: Any, change: Change, by: int, now: datetime) -> None:
    """Write a wording, or an entry with its first wording, and settle the question; raises Refused if it was."""
    await settle(db, miss, change.code, change.wording, "entry" if change.answer else "wording", by=by, now=now)
    row = await db.one(select(faq.c.id).where(faq.c.code == change.code))
    if not change.answer and row is None:
        raise Refused("no_such_answer")
    before = (await faq_edit.find(db, [change.code])).get(change.code)
    if change.answer and row is None:
        facts = {"code": change.code, "answer": change.answer, "office_code": change.office, "origin": DESK}
        entry_id = await db.add(insert(faq).values(**facts, changed_at=now))
    else:
        entry_id = row.id
        await db.run(update(faq).where(faq.c.id == entry_id).values(changed_at=now))
    await db.run(insert(faq_question).values(faq_id=entry_id, text=change.wording, origin=DESK))
    await faq_edit.note(db, change.code, before, by, now)


async def settle(db: Db, miss: Any, code: str, wording: str, kind: str, *, by: int, now: datetime) -> None:
    """Note that a question became part of an answer: a wording of it, or its own entry. Raises Refused if it was."""
    settled = await db.run(
        update(faq_miss).where(faq_miss.c.id == miss.id, faq_miss.c.state == "open").values(state="answered")
    )
    if not settled:  # two clerks, one question
        raise Refused("question_settled", number=miss.id)
    facts = {"miss_id": miss.id, "code": code, "wording": wording, "kind": kind}
    await db.run(insert(faq_correction).values(**facts, by_id=by, at=now))


async def drop(db: Db, miss: Any) -> None:
    """Leave a question that needs no answer of the FAQ."""
    await db.run(update(faq_miss).where(faq_miss.c.id == miss.id).values(state="dropped"))


async def reopen(db: Db, miss: Any) -> None:
    """Let a question that was left wait for an answer again."""
    await db.run(update(faq_miss).where(faq_miss.c.id == miss.id).values(state="open"))


async def undo(db: Db, miss: Any, by: int, now: datetime) -> str:
    """Take a correction back: the wording (or the whole entry) goes, the question waits again; returns the code."""
    made = await db.one(
        select(faq_correction)
        .where(faq_correction.c.miss_id == miss.id, faq_correction.c.undone_at.is_(None))
        .order_by(faq_correction.c.id.desc())
        .limit(1)
    )
    if made is None:
        raise Refused("question_open", number=miss.id)
    await db.run(update(faq_correction).where(faq_correction.c.id == made.id).values(undone_at=now))
    await db.run(update(faq_miss).where(faq_miss.c.id == miss.id).values(state="open"))
    entry = await db.one(select(faq.c.id).where(faq.c.code == made.code))
    if entry is None:
        return str(made.code)
    before = (await faq_edit.find(db, [made.code])).get(made.code)
    mine = (faq_question.c.faq_id == entry.id) & (faq_question.c.origin == DESK)
    if made.kind == "entry":
        await db.run(delete(faq_question).where(faq_question.c.faq_id == entry.id))
        await db.run(delete(faq).where(faq.c.id == entry.id))
    else:
        await db.run(delete(faq_question).where(mine, faq_question.c.text == made.wording))
        await db.run(update(faq).where(faq.c.id == entry.id).values(changed_at=now))
    await faq_edit.note(db, made.code, before, by, now)
    return str(made.code)
