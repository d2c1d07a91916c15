"""Hear how satisfied people are, voter and representative apart; a bad word with a reason starts the case anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select

from bot.actions.cases import SERVICE, Actor, Moved, fresh, living, move
from bot.errors import Refused
from bot.rules.lifecycle import Role
from bot.store import reads
from bot.store.db import Db
from bot.store.tables import event, rating, suggestion

SATISFIED, MOSTLY, DISSATISFIED = "satisfied", "mostly", "dissatisfied"
VALUES = (SATISFIED, MOSTLY, DISSATISFIED)
MOST_LOOKED_AT = 20  # answered cases of one voter
RATABLE = ("replied", "told", "rated", "closed")


# the rating because of which a case was handled anew, as the condition of a join
GIVEN_WITH = and_(
    event.c.move == "rehandle",
    rating.c.suggestion_id == event.c.suggestion_id,
    rating.c.person_id == event.c.actor_id,
    rating.c.at == event.c.at,
)


async def to_rate(db: Db, person_id: int) -> Any:
    """Return the case of theirs that a voter's rating word is about: the latest answered one they have not rated.

    A case that is handled with another is answered when that one is.
    """
    rows = await db.all(
        select(suggestion)
        .where(
            suggestion.c.voter_id == person_id,
            or_(suggestion.c.state.in_(RATABLE), suggestion.c.merged_into_id.is_not(None)),
        )
        .order_by(suggestion.c.changed_at.desc(), suggestion.c.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    waiting = [(row, alive) for row in rows if await _waits((alive := await living(db, row)), db, person_id)]
    return max(waiting, key=lambda pair: (pair[1].changed_at, pair[0].id))[0] if waiting else None


async def _waits(case: Any, db: Db, person_id: int) -> bool:
    """Whether a case is answered and this person has not rated the answer."""
    if case.state not in RATABLE:
        return False
    known = await db.one(
        select(rating.c.id).where(
            rating.c.suggestion_id == case.id, rating.c.person_id == person_id, rating.c.round == case.round
        )
    )
    return known is None


async def rate(db: Db, case: Any, actor: Actor, value: str, reason: str, now: datetime) -> Moved:
    """Take a rating; dissatisfied needs a reason and starts the case anew; raises Refused."""
    if value not in VALUES:
        raise Refused("unknown_rating", number=case.number)
    if value == DISSATISFIED and not reason.strip():
        raise Refused("needs_reason", number=case.number)
    if Role.VOTER not in actor.roles and Role.REPRESENTATIVE in actor.roles:
        moved = await move(db, case, actor, "rate_unit", now, reason=value)
        await _keep(db, case, actor, "representative", value, reason, now)
        return moved
    moved = await move(db, case, actor, "rate", now, reason=value)
    await _keep(db, case, actor, "voter", value, reason, now)
    if value != DISSATISFIED:
        return moved
    case = await fresh(db, case.id)
    moved = await move(db, case, actor, "rehandle", now, reason=DISSATISFIED, round=case.round + 1)
    if await _bad_words(db, case.id) >= await reads.limit_value(db, "dissatisfied-times", 2):
        case = await fresh(db, case.id)
        await move(db, case, SERVICE, "supervise", now, reason="dissatisfied_again", supervised_at=now)
    return moved


async def answered_before(db: Db, day: datetime) -> list[Any]:
    """Return the living cases that were told or rated by then and stand there still."""
    return await db.all(
        select(suggestion)
        .where(
            suggestion.c.state.in_(("told", "rated")),
            suggestion.c.changed_at <= day,
            suggestion.c.merged_into_id.is_(None),
        )
        .order_by(suggestion.c.id)
    )


async def raters(db: Db, case: Any) -> set[int]:
    """Return who has rated this round of a case."""
    mine = and_(rating.c.suggestion_id == case.id, rating.c.round == case.round)
    return {row.person_id for row in await db.all(select(rating.c.person_id).where(mine, rating.c.side == "voter"))}


async def _bad_words(db: Db, suggestion_id: int) -> int:
    row = await db.one(
        select(func.count().label("n"))
        .select_from(rating)
        .where(rating.c.suggestion_id == suggestion_id, rating.c.side == "voter", rating.c.value == DISSATISFIED)
    )
    return int(row.n)


async def _keep(db: Db, case: Any, actor: Actor, side: str, value: str, reason: str, now: datetime) -> None:
    known = await db.one(
        select(rating.c.id).where(
            rating.c.suggestion_id == case.id, rating.c.person_id == actor.person_id, rating.c.round == case.round
        )
    )
    if known is not None:
        raise Refused("rated_already", number=case.number)
    values = {"suggestion_id": case.id, "person_id": actor.person_id, "side": side, "value": value, "reason": reason,
              "round": case.round, "at": now}  # fmt: skip
    await db.run(insert(rating).values(**values))
