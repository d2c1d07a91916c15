"""Take words, places and files out of rows, so that the rows still count and say nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from bot.actions.handing import Desk
from bot.message import Card, Text
from bot.outbox.queue import from_json, owe_errand, to_json
from bot.rules.redaction import redact, title
from bot.store import word_index
from bot.store.db import Db
from bot.store.tables import (
    heard,
    joiner,
    media,
    meeting,
    outgoing,
    publication,
    rating,
    reply,
    suggestion,
    supplement,
    visit,
)

NOTHING = to_json(Text(""))
NOT_YET = ("waiting", "parked")


async def cases(desk: Desk, ids: Sequence[int], names: Sequence[str] = ()) -> int:
    """Empty these cases of what their people said and showed, and return how many files are given up."""
    db = desk.db
    values = {"subject": desk.texts("erased.subject"), "text": "", "place": ""}
    await db.run(update(suggestion).where(suggestion.c.id.in_(ids)).values(**values))
    await word_index.forget(db, ids)
    await db.run(update(joiner).where(joiner.c.suggestion_id.in_(ids)).values(text=""))
    await db.run(update(rating).where(rating.c.suggestion_id.in_(ids)).values(reason=""))
    gone = {"subject": values["subject"], "text": "", "answer": ""}
    await db.run(update(publication).where(publication.c.suggestion_id.in_(ids)).values(**gone))
    for table, column in ((reply, reply.c.text), (visit, visit.c.text), (meeting, meeting.c.note)):
        for row in await db.all(select(table.c.id, column.label("words")).where(table.c.suggestion_id.in_(ids))):
            await db.run(update(table).where(table.c.id == row.id).values({column: redact(row.words, names)}))
    shown = await db.all(select(visit.c.media_id).where(visit.c.suggestion_id.in_(ids), visit.c.media_id.is_not(None)))
    await db.run(update(visit).where(visit.c.suggestion_id.in_(ids)).values(media_id=None))
    given = await pieces(desk, supplement.c.suggestion_id.in_(ids))
    return given + await files(desk, {row.media_id for row in shown})


async def pieces(desk: Desk, which: ColumnElement[bool]) -> int:
    """Empty what was added to cases, and return how many files are given up."""
    rows = await desk.db.all(select(supplement.c.media_id).where(which, supplement.c.media_id.is_not(None)))
    await desk.db.run(update(supplement).where(which).values(text="", media_id=None, latitude=None, longitude=None))
    return await files(desk, {row.media_id for row in rows})


async def files(desk: Desk, ids: Iterable[int]) -> int:
    """Give files up: their rows name nothing any more, and whoever runs errands takes them from the disk."""
    rows = await desk.db.all(select(media).where(media.c.id.in_(set(ids)), media.c.state != "erased"))
    for row in rows:
        values = {"state": "erased", "media_id": "", "url_sealed": None, "sha256": ""}
        await desk.db.run(update(media).where(media.c.id == row.id).values(**values))
        if row.sha256:
            facts = {"sha256": row.sha256}
            await owe_errand(desk.db, key=f"shred:{row.id}", errand="shred", facts=facts, now=desk.now)
    return len(rows)


async def pushes(db: Db, which: ColumnElement[bool]) -> None:
    """Empty messages of the outbox; what had not been sent is not sent any more. A card keeps its buttons' codes."""
    rows = await db.all(
        select(outgoing.c.id, outgoing.c.content, outgoing.c.state).where(which, outgoing.c.kind == "push")
    )
    for row in rows:
        values: dict[str, Any] = {"content": _emptied(row.content)}
        if row.state in NOT_YET:
            values["state"] = "cancelled"
        await db.run(update(outgoing).where(outgoing.c.id == row.id).values(**values))


async def pushes_of(desk: Desk, case: Any, name: str) -> None:
    """Empty what was owed about a case; what others are still to be told goes out without the case's own words."""
    still = outgoing.c.key.startswith("tell:") & outgoing.c.state.in_(NOT_YET) & (outgoing.c.person_id != case.voter_id)
    # Answers to others, and lists they asked for, name a case by its number and say what it is about.
    mine = (outgoing.c.suggestion_id == case.id) | outgoing.c.content.contains(case.number, autoescape=True)
    answered = heard.c.answer.contains(case.number, autoescape=True)
    await desk.db.run(update(heard).where(answered).values(answer=""))
    await pushes(desk.db, mine & ~still)
    for row in await desk.db.all(select(outgoing.c.id, outgoing.c.content).where(mine, still)):
        given = from_json(row.content)
        if isinstance(given, Text):
            words = given.text.replace(title(case), desk.texts("erased.subject"))
            content = to_json(Text(redact(words, [name])))
            await desk.db.run(update(outgoing).where(outgoing.c.id == row.id).values(content=content))


async def messages(db: Db, which: ColumnElement[bool]) -> int:
    """Empty what was heard, and return how many messages that were; their keys stay, so a repeat is still known."""
    return await db.run(update(heard).where(which, or_(heard.c.body_sealed != b"", heard.c.answer != "")).values(
        body_sealed=b"", answer=""))  # fmt: skip


def _emptied(content: str) -> str:
    """Return a message without its words."""
    given = from_json(content)
    if not isinstance(given, Card):
        return NOTHING
    return to_json(replace(given, title="", text="", facts=(), url="", notice={}))
