"""Show a voter their own cases, and those they joined, as the page tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from bot.actions import clocks, replies
from bot.rules.lifecycle import OUTWARD
from bot.store.db import Db
from bot.store.tables import event, joiner, person, station, suggestion, supplement
from config.texts import Texts

MOST = 50
STORY = ("submit", *sorted(OUTWARD), "accept", "visit", "rate")  # what a voter sees of a case's way


@dataclass(frozen=True, slots=True)
class OwnView:
    """One case as its voter sees it."""

    case: Any  # with the station's name and phone
    joined: bool  # another proposed it: their words are not shown
    more: tuple[str, ...]
    answers: tuple[Any, ...]
    due: tuple[clocks.Explained, ...]
    story: tuple[Any, ...]


async def visitor(db: Db, person_id: int) -> Any:
    """Return whoever holds a pass, or None if they had their data erased meanwhile."""
    return await db.one(select(person.c.id).where(person.c.id == person_id, person.c.erased_at.is_(None)))


async def all_of(db: Db, person_id: int) -> list[Any]:
    """Return the cases of a person, the newest first, each knowing whether it is only joined."""
    return await db.all(
        select(suggestion, (suggestion.c.voter_id != person_id).label("joined"))
        .where(_theirs(person_id))
        .order_by(suggestion.c.created_at.desc(), suggestion.c.id.desc())
        .limit(MOST)
    )


async def one_of(db: Db, person_id: int, number: str, texts: Texts) -> OwnView | None:
    """Return one case of a person; None for what is not theirs, as for what does not exist."""
    case = await db.one(
        select(suggestion, station.c.name.label("station"), station.c.phone)
        .join(station, station.c.id == suggestion.c.station_id)
        .where(_theirs(person_id), func.lower(suggestion.c.number) == number.lower())
    )
    if case is None:
        return None
    joined = case.voter_id != person_id
    words = select(supplement.c.text).where(
        supplement.c.suggestion_id == case.id, supplement.c.text != "", supplement.c.kind.in_(("text", "voice"))
    )
    story = select(event.c.move, event.c.role, event.c.at).where(
        event.c.suggestion_id == case.id, event.c.move.in_(STORY)
    )
    return OwnView(
        case=case,
        joined=joined,
        more=() if joined else tuple(row.text for row in await db.all(words.order_by(supplement.c.id))),
        # an answer may name who asked for it, and whoever joined a confidential case must not learn that
        answers=() if joined and case.confidential else tuple(await replies.replies_of(db, case.id)),
        due=tuple(each for each in await clocks.explained(db, case.id, texts) if each.on),
        story=tuple(await db.all(story.order_by(event.c.seq))),
    )


def _theirs(person_id: int) -> ColumnElement[bool]:
    joined = select(joiner.c.suggestion_id).where(joiner.c.person_id == person_id)
    return or_(suggestion.c.voter_id == person_id, suggestion.c.id.in_(joined))
