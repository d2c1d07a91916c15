"""Show people what we hold of them, and erase it on their word; what is counted stays counted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from bot.actions import publishing, register_privacy, retracting, scrubbing
from bot.actions.cases import fresh
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.lifecycle import MOVES, State
from bot.store import reads
from bot.store.db import Db
from bot.store.tables import (
    faq_asked,
    faq_miss,
    group,
    heard,
    identity,
    joiner,
    outgoing,
    person,
    rating,
    suggestion,
    supplement,
    telling,
)

OVER = ("closed", "declined", "withdrawn")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What we hold of a person."""

    since: datetime
    named: bool
    phone: bool
    channels: tuple[str, ...]
    group: str
    cases: int
    open: int
    pieces: int
    files: int
    joined: int
    ratings: int
    messages: int
    places: int
    entries: int


async def holdings(db: Db, person_id: int) -> Holdings:
    """Return what we hold of a person, in numbers."""
    who = await db.one(
        select(person, group.c.name.label("area"))
        .outerjoin(group, group.c.id == person.c.group_id)
        .where(person.c.id == person_id)
    )
    own = select(suggestion.c.id).where(suggestion.c.voter_id == person_id)
    ways = await db.all(select(identity.c.channel).where(identity.c.person_id == person_id).order_by(identity.c.id))
    given = _given(person_id)
    places, entries = await register_privacy.held_of(db, person_id)
    return Holdings(
        since=who.created_at,
        named=bool(who.name),
        phone=who.phone_sealed is not None,
        channels=tuple(dict.fromkeys(row.channel for row in ways)),
        group=who.area or "",
        cases=await _count(db, suggestion, suggestion.c.voter_id == person_id),
        open=await _count(db, suggestion, suggestion.c.id.in_(own) & suggestion.c.state.not_in(OVER)),
        pieces=await _count(db, supplement, given),
        files=await _count(db, supplement, given & supplement.c.media_id.is_not(None)),
        joined=await _count(db, joiner, joiner.c.person_id == person_id),
        ratings=await _count(db, rating, rating.c.person_id == person_id),
        messages=await _count(db, heard, (heard.c.person_id == person_id) & (heard.c.body_sealed != b"")),
        places=places,
        entries=entries,
    )


async def erase(desk: Desk, person_id: int) -> int:
    """Erase a person, their words and files, and return how many cases were theirs; raises Refused for staff.

    What nobody has answered yet is taken back; what was answered goes its way to the end without them.
    """
    db = desk.db
    if await reads.serves(db, person_id):
        raise Refused("office_keeps_staff")
    who = await db.one(select(person.c.name).where(person.c.id == person_id))
    own = await db.all(select(suggestion).where(suggestion.c.voter_id == person_id).order_by(suggestion.c.id))
    ids = [case.id for case in own]
    await scrubbing.pushes(db, outgoing.c.person_id == person_id)
    for case in own:
        await scrubbing.pushes_of(desk, case, who.name)
    await scrubbing.pushes(db, outgoing.c.id.in_(await _quoted_to_the_desk(db, person_id)))
    await scrubbing.cases(desk, ids, [who.name])
    await scrubbing.pieces(desk, _given(person_id))
    await db.run(update(faq_miss).where(faq_miss.c.person_id == person_id).values(text=""))
    await db.run(delete(faq_asked).where(faq_asked.c.person_id == person_id))
    await db.run(update(joiner).where(joiner.c.person_id == person_id).values(text=""))
    await db.run(update(rating).where(rating.c.person_id == person_id).values(reason=""))
    for case in own:
        await publishing.no_longer_true(desk, case.id, "erased")
        if State(case.state) in MOVES["erase"].before:
            await retracting.take_back(desk, await fresh(db, case.id), person_id, "erase")
    await register_privacy.erase(desk, person_id)
    await scrubbing.messages(db, heard.c.person_id == person_id)
    await _forget_person(desk, person_id)
    return len(own)


async def _forget_person(desk: Desk, person_id: int) -> None:
    """Let nothing lead to the person any more; who writes again is somebody new.

    The sealed address lives a little longer: the word that all is erased must still reach them (forgetting.forget).
    """
    nobody: dict[str, Any] = {"name": "", "phone_sealed": None, "phone_hash": None, "group_id": None, "step": "",
                              "step_facts": "{}", "step_until": None, "erased_at": desk.now}  # fmt: skip
    await desk.db.run(update(person).where(person.c.id == person_id).values(**nobody))
    for row in await desk.db.all(select(identity.c.id).where(identity.c.person_id == person_id)):
        unknown = {"external_hash": os.urandom(32), "union_hash": None}
        await desk.db.run(update(identity).where(identity.c.id == row.id).values(**unknown))
    await desk.db.run(
        update(telling)
        .where(telling.c.person_id == person_id, telling.c.untold_reason == "")
        .values(untold_reason="erased")
    )


async def _quoted_to_the_desk(db: Db, person_id: int) -> list[int]:
    """Return the cards by which clerks were called with a person's words: their keys name what was heard."""
    mine = {str(row.id) for row in await db.all(select(heard.c.id).where(heard.c.person_id == person_id))}
    rows = await db.all(select(outgoing.c.id, outgoing.c.key).where(outgoing.c.key.like("desk:%")))
    return [row.id for row in rows if row.key.split(":")[1].rpartition("-")[2] in mine]


def _given(person_id: int) -> Any:
    """Return the condition that a piece was said in a case of theirs, or by them in somebody else's."""
    own = select(suggestion.c.id).where(suggestion.c.voter_id == person_id)
    said = select(heard.c.id).where(heard.c.person_id == person_id)
    return or_(supplement.c.suggestion_id.in_(own), supplement.c.heard_id.in_(said))


async def _count(db: Db, table: Any, which: Any) -> int:
    return int((await db.one(select(func.count().label("n")).select_from(table).where(which))).n)
