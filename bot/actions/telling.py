"""Tell everybody a case concerns of each outward step, once, the way they came; and know who was told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select

from bot.message import Text
from bot.outbox.queue import Way, owe, way_to
from bot.rules.redaction import title
from bot.store.db import Db
from bot.store.tables import event, identity, joiner, outgoing, person, suggestion, telling

UNREACHED = ("parked", "refused")  # how a message stands that waits for contact, or that the platform did not take
Words = Callable[["Concerned"], str]  # what this person is told


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody who must hear of a case, under the number they know it by."""

    person_id: int
    identity_id: int | None
    number: str
    subject: str
    proposer: bool
    confidential: bool


async def concerned(db: Db, case: Any) -> list[Concerned]:
    """Return the proposers and joiners of a case and of every case merged into it, each person once per number."""
    found: list[Concerned] = []
    todo, seen = [case], set()
    while todo:
        each = todo.pop(0)
        if each.id in seen or each.state == "withdrawn":
            continue
        seen.add(each.id)
        found.append(_concerned(each, each.voter_id, each.identity_id, proposer=True))
        found += [
            _concerned(each, row.person_id, row.identity_id, proposer=False)
            for row in await db.all(select(joiner).where(joiner.c.suggestion_id == each.id))
        ]
        todo += await db.all(select(suggestion).where(suggestion.c.merged_into_id == each.id))
    people = {each.person_id for each in found}
    erased = select(person.c.id).where(person.c.id.in_(people), person.c.erased_at.is_not(None))
    gone = {row.id for row in await db.all(erased)}
    return [each for each in found if each.person_id not in gone]


def _concerned(case: Any, person_id: int, identity_id: int | None, *, proposer: bool) -> Concerned:
    return Concerned(person_id, identity_id, case.number, title(case), proposer, case.confidential)


async def tell(db: Db, case: Any, event_id: int, words: Words, now: datetime, *, but: int | None = None) -> int:
    """Owe everybody concerned the words of one step and return how many; nobody hears what they did themselves (`but`).

    The key is the step and the person: a step told twice is heard once, whoever of N workers tells it.
    """
    told = 0
    heard: set[int] = set()
    for each in await concerned(db, case):
        if each.person_id == but or each.person_id in heard:
            continue
        heard.add(each.person_id)
        key = f"tell:{event_id}:{each.person_id}"
        way = await _way(db, each)
        if await owe(
            db,
            key=key,
            way=way,
            content=_told(each, words(each)),
            now=now,
            person_id=each.person_id,
            suggestion_id=case.id,
        ):
            facts = {"suggestion_id": case.id, "event_id": event_id, "person_id": each.person_id}
            await db.run(insert(telling).values(**facts, outgoing_key=key, at=now))
            told += 1
    return told


def _told(each: Concerned, words: str) -> Text:
    """Return the words, and what of them fits the account's template where only that still reaches the person."""
    news = words.rpartition(f"（{each.subject}）")[2] or words  # a template has fields of their own for these two
    return Text(words, notice={"number": each.number, "subject": each.subject, "words": news})


async def untold(db: Db, suggestion_id: int) -> list[Any]:
    """Return the tellings of a case that neither reached the platform nor have a clerk's reason.

    Only the latest reply and what followed it count: an earlier step is told by the later one.
    """
    last_reply = (
        select(event.c.seq)
        .where(event.c.suggestion_id == suggestion_id, event.c.move.in_(("reply", "decline")))
        .order_by(event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return await db.all(
        select(telling.c.id, telling.c.person_id, telling.c.event_id, outgoing.c.state, outgoing.c.error)
        .join(event, event.c.id == telling.c.event_id)
        .outerjoin(outgoing, outgoing.c.key == telling.c.outgoing_key)
        .where(
            telling.c.suggestion_id == suggestion_id,
            event.c.seq >= last_reply,
            telling.c.untold_reason == "",
            or_(outgoing.c.state.is_(None), outgoing.c.state != "sent"),
        )
    )


def unreached() -> Any:
    """Return the cases of which some word did not reach somebody, as a subquery; `untold` says if it still matters."""
    return (
        select(telling.c.suggestion_id)
        .join(
            outgoing,
            (outgoing.c.suggestion_id == telling.c.suggestion_id) & (outgoing.c.key == telling.c.outgoing_key),
        )
        .where(outgoing.c.state.in_(UNREACHED), telling.c.untold_reason == "")
    )


async def _way(db: Db, each: Concerned) -> Way | None:
    """Return the identity the person came by, if it still can be reached, else any other of theirs."""
    if each.identity_id is not None:
        row = await db.one(
            select(identity.c.channel, identity.c.account).where(
                and_(
                    identity.c.id == each.identity_id,
                    identity.c.reachable.is_(True),
                    identity.c.channel != "wecom_robot",
                )
            )
        )
        if row is not None:
            return Way(row.channel, row.account, identity_id=each.identity_id, person_id=each.person_id)
    return await way_to(db, each.person_id)
