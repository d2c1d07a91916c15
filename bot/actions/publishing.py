"""Make an answered case public: what the clerk approved, without personal data; the originals stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, update

from bot.actions import replies
from bot.actions.cases import SERVICE, Actor, Moved, fresh, move, role_for
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.lifecycle import MOVES, State
from bot.rules.redaction import redact
from bot.store.db import Db
from bot.store.tables import person, publication


@dataclass(frozen=True, slots=True)
class Draft:
    """What of a case would be public: its subject, what was asked for, what was answered, and the answer's class."""

    subject: str
    text: str
    answer: str
    grade: str

    def without(self, names: Sequence[str]) -> Draft:
        """Return the same without personal data, and without these people."""
        text, answer = redact(self.text, names), redact(self.answer, names)
        return replace(self, subject=redact(self.subject, names), text=text, answer=answer)


async def draft(db: Db, case: Any) -> Draft:
    """Return what the clerk is to approve; raises Refused where nothing of the case may be public."""
    await _may(case)
    given = await replies.latest(db, case.id)
    whole = Draft(case.subject, case.text, given.text, given.grade)
    return whole.without(await _names(db, case))


async def publish(desk: Desk, case: Any, actor: Actor, approved: Draft) -> Moved:
    """Make a case public in the words the clerk approved; raises Refused."""
    role_for(case, actor, "publish")
    await _may(case)
    moved = await move(desk.db, case, actor, "publish", desk.now, published_at=desk.now)
    given = approved.without(await _names(desk.db, case))  # whatever a clerk wrote into it
    values = {"suggestion_id": case.id, "subject": given.subject, "text": given.text, "answer": given.answer,
              "class": given.grade, "by_id": actor.person_id, "at": desk.now}  # fmt: skip
    await desk.db.run(insert(publication).values(values))
    return moved


async def take_down(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Take what is public of a case down, with a reason; raises Refused."""
    role_for(case, actor, "unpublish")
    if case.published_at is None:
        raise Refused("not_published", number=case.number)
    moved = await move(desk.db, case, actor, "unpublish", desk.now, reason=reason, published_at=None)
    shown = (publication.c.suggestion_id == case.id) & publication.c.withdrawn_at.is_(None)
    await desk.db.run(update(publication).where(shown).values(withdrawn_at=desk.now))
    return moved


async def no_longer_true(desk: Desk, suggestion_id: int, reason: str) -> None:
    """Take down what stopped being so – handled anew, confidential, erased – if it is public at all."""
    case = await fresh(desk.db, suggestion_id)
    if case.published_at is not None:
        await take_down(desk, case, SERVICE, reason)


async def _may(case: Any) -> None:
    """Raise Refused where a case must not be public, or is already."""
    if case.confidential:
        raise Refused("confidential_stays_unpublished", number=case.number)
    if case.published_at is not None:
        raise Refused("published_already", number=case.number)
    if State(case.state) not in MOVES["publish"].before:
        raise Refused("too_early_to_publish", number=case.number)


async def _names(db: Db, case: Any) -> list[str]:
    row = await db.one(select(person.c.name).where(person.c.id == case.voter_id))
    return [row.name]
