"""Bring the same matter together: offer, join, merge by a link that can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, literal_column, select, update

from bot.actions.cases import SERVICE, Actor, Moved, fresh, living, move, role_for
from bot.errors import Refused
from bot.rules.lifecycle import MOVES, Role, State
from bot.rules.similar import similar
from bot.store import reads
from bot.store.db import Db, Prepared
from bot.store.tables import event, joiner, merge, suggestion

LOOKS_BACK = timedelta(days=90)  # [A] older cases are no longer offered
OFFER = "offer"  # the line of history in which the service named cases like this one
UNDO_WITHIN = timedelta(days=1)  # a voter may take a link of theirs back so long; later the desk does
MOST_COMPARED = 500
OPEN_STATES = ("received", "admitted", "assigned", "accepted", "handling", "replied", "rehandling")

# 500 rows are read and compared in about 2 ms, so this never runs while a voter waits (linking.offer_alike).
_OPEN = Prepared(
    select(
        suggestion.c.id, suggestion.c.number, suggestion.c.subject, suggestion.c.text, suggestion.c.place,
        suggestion.c.category_id,
    )
    .where(
        suggestion.c.station_id == bindparam("station"),
        suggestion.c.id != bindparam("case"),
        suggestion.c.state.in_([literal_column(f"'{state}'") for state in OPEN_STATES]),
        suggestion.c.merged_into_id.is_(None),
        suggestion.c.confidential.is_(False),
        suggestion.c.created_at > bindparam("since"),
    )
    .order_by(suggestion.c.id.desc())
    .limit(literal_column(str(MOST_COMPARED)))
)  # fmt: skip


async def alike(db: Db, case: Any, now: datetime) -> list[Any]:
    """Return up to three open cases of the same station that are probably the same matter, most alike first."""
    facts = {"station": case.station_id, "case": case.id, "since": now - LOOKS_BACK}
    found = similar(case.text, case.place, case.category_id, await db.all(_OPEN, facts))
    return [await fresh(db, matter.id) for matter, _ in found]


async def to_offer(db: Db, suggestion_id: int, now: datetime) -> list[Any]:
    """Return the open cases of others that the voter of a new case is to be asked about."""
    case = await fresh(db, suggestion_id)
    if case is None or case.state != "received" or case.merged_into_id is not None or case.confidential:
        return []
    return [each for each in await alike(db, case, now) if each.voter_id != case.voter_id]


async def offered(db: Db, person_id: int) -> tuple[Any, list[str]] | None:
    """Return a voter's latest case for which others were offered, and their numbers in that order."""
    row = await db.one(
        select(event.c.suggestion_id, event.c.reason)
        .join(suggestion, suggestion.c.id == event.c.suggestion_id)
        .where(suggestion.c.voter_id == person_id, event.c.move == OFFER)
        .order_by(event.c.id.desc())
        .limit(1)
    )
    return (await fresh(db, row.suggestion_id), row.reason.split()) if row else None


async def linked_lately(db: Db, person_id: int, now: datetime) -> Any:
    """Return the case a voter linked themselves within the day, or None."""
    return await db.one(
        select(suggestion)
        .join(merge, merge.c.suggestion_id == suggestion.c.id)
        .where(
            suggestion.c.voter_id == person_id,
            suggestion.c.merged_into_id.is_not(None),
            merge.c.by_id == person_id,
            merge.c.undone_at.is_(None),
            merge.c.at > now - UNDO_WITHIN,
        )
        .order_by(merge.c.id.desc())
        .limit(1)
    )


async def linked_of(db: Db, person_id: int) -> Any:
    """Return a voter's latest case that is handled with another, and whether they linked it `by_themselves`."""
    return await db.one(
        select(suggestion.c.number, (merge.c.by_id == person_id).label("by_themselves"))
        .join(merge, merge.c.suggestion_id == suggestion.c.id)
        .where(
            suggestion.c.voter_id == person_id, suggestion.c.merged_into_id.is_not(None), merge.c.undone_at.is_(None)
        )
        .order_by(merge.c.id.desc())
        .limit(1)
    )


async def joined_by(db: Db, person_id: int, states: Sequence[str]) -> Any:
    """Return the case in one of these states that somebody joined last, or None."""
    return await db.one(
        select(suggestion)
        .join(joiner, joiner.c.suggestion_id == suggestion.c.id)
        .where(joiner.c.person_id == person_id, suggestion.c.state.in_(states))
        .order_by(joiner.c.id.desc())
        .limit(1)
    )


async def join(db: Db, case: Any, person_id: int, identity_id: int | None, text: str, now: datetime) -> Moved:
    """Note that somebody else has the same trouble; they are told of every outward step; raises Refused."""
    case = await living(db, case)
    if case.voter_id == person_id:
        raise Refused("own_case", number=case.number)
    known = await db.one(select(joiner.c.id).where(joiner.c.suggestion_id == case.id, joiner.c.person_id == person_id))
    if known is not None:
        raise Refused("joined_already", number=case.number)
    values = {"suggestion_id": case.id, "person_id": person_id, "identity_id": identity_id, "text": text, "at": now}
    await db.run(insert(joiner).values(**values))
    moved = await move(db, case, Actor(person_id, frozenset({Role.JOINER})), "join", now)
    await supervise_if_many(db, case.id, now)
    return moved


async def bring_together(db: Db, case: Any, into: Any, actor: Actor, now: datetime) -> Moved:
    """Link a case to the one it is handled with; each keeps its number and is answered; raises Refused.

    A voter may link their own case; everybody else needs the desk.
    """
    into = await living(db, into)
    if into.id == case.id or case.merged_into_id is not None:
        raise Refused("merged_already", number=case.number)
    if State(into.state) not in MOVES["join"].before:
        raise Refused("merge_into_over", number=case.number, into=into.number)
    moved = await move(db, case, actor, "merge", now, reason=into.number, merged_into_id=into.id)
    values = {"suggestion_id": case.id, "into_id": into.id, "by_id": actor.person_id, "at": now}
    await db.run(insert(merge).values(**values))
    await supervise_if_many(db, into.id, now)
    return moved


async def take_apart(db: Db, case: Any, actor: Actor, reason: str, now: datetime) -> Moved:
    """Take a link back; raises Refused. A voter may do so with their own link, within the day."""
    role_for(case, actor, "unmerge")
    if case.merged_into_id is None:
        raise Refused("not_merged", number=case.number)
    if not actor.roles & {Role.CLERK, Role.OFFICE}:
        mine = await linked_lately(db, actor.person_id or 0, now)
        if mine is None or mine.id != case.id:
            raise Refused("too_late_to_unmerge", number=case.number)
    return await let_go(db, case, actor, reason, now)


async def linked_to(db: Db, suggestion_id: int) -> list[Any]:
    """Return the cases that are handled with this one."""
    return await db.all(
        select(suggestion).where(suggestion.c.merged_into_id == suggestion_id).order_by(suggestion.c.id)
    )


async def let_go(db: Db, case: Any, actor: Actor, reason: str, now: datetime) -> Moved:
    """Take a case's link away, for the one it was handled with is no longer handled."""
    moved = await move(db, case, actor, "unmerge", now, reason=reason, merged_into_id=None)
    await db.run(
        update(merge).where(merge.c.suggestion_id == case.id, merge.c.undone_at.is_(None)).values(undone_at=now)
    )
    return moved


async def supervise_if_many(db: Db, suggestion_id: int, now: datetime) -> None:
    """Put a matter on the supervision list when as many people brought it, within as many days, as the office says."""
    since = now - timedelta(days=await reads.limit_value(db, "same-complaints-within", 30))
    enough = await reads.limit_value(db, "same-complaints", 3)
    merged = and_(suggestion.c.merged_into_id == suggestion_id, suggestion.c.created_at > since)
    links = await db.one(select(func.count().label("n")).select_from(suggestion).where(merged))
    joined = and_(joiner.c.suggestion_id == suggestion_id, joiner.c.at > since)
    others = await db.one(select(func.count().label("n")).select_from(joiner).where(joined))
    case = await fresh(db, suggestion_id)
    if 1 + links.n + others.n >= enough and case.supervised_at is None:
        if State(case.state) in (State.WITHDRAWN, State.DECLINED):
            return
        await move(db, case, SERVICE, "supervise", now, reason="three_alike", supervised_at=now)
