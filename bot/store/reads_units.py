"""See what a unit's people have to do: what they hold, the nearest day first, and what they settled lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from bot.store.db import Db
from bot.store.reads_cases import rows_of
from bot.store.reads_desk import AT_WORK
from bot.store.tables import assignment, event, meeting, suggestion

HELD = ("assigned", "accepted")
MOST = 100  # cases a page shows
SETTLED = ("replied", "returned")
MOST_SETTLED = 10
BEFOREHAND = ("before", "during")  # meetings with the representative that a lead unit's reply is to follow


@dataclass(frozen=True, slots=True)
class Held:
    """A case a unit holds: what is next (texts `unit`), which meetings it lacks, whether time was asked for."""

    case: Any
    next: str
    lacks: tuple[str, ...]
    asked: bool


async def held(db: Db, units: Collection[int], most: int = MOST) -> list[Held]:
    """Return what these units are to sign for, to answer or to give an opinion on, the nearest day first."""
    mine = await db.all(
        select(assignment.c.suggestion_id, assignment.c.state, assignment.c.role)
        .join(suggestion, suggestion.c.id == assignment.c.suggestion_id)
        .where(
            assignment.c.unit_id.in_(units),
            assignment.c.state.in_(HELD),
            suggestion.c.state.in_(AT_WORK),
            suggestion.c.merged_into_id.is_(None),
        )
        .order_by(assignment.c.id)
        .limit(most)
    )
    by_case = {row.suggestion_id: row for row in mine}
    met, asked = await _met(db, by_case), await _asked(db, by_case)
    rows = sorted(await rows_of(db, list(by_case)), key=lambda row: (row.due_on or "9999", row.id))
    found = []
    for row in rows:
        next_ = _next(by_case[row.id])
        lacks = tuple(stage for stage in BEFOREHAND if (row.id, row.round, stage) not in met)
        found.append(Held(row, next_, lacks if next_ == "answer" else (), row.id in asked))
    return found


async def settled(db: Db, units: Collection[int]) -> list[Any]:
    """Return the cases these units answered or returned last, the newest first."""
    rows = await db.all(
        select(assignment.c.suggestion_id, func.max(assignment.c.settled_at).label("at"))
        .where(assignment.c.unit_id.in_(units), assignment.c.state.in_(SETTLED))
        .group_by(assignment.c.suggestion_id)
        .order_by(func.max(assignment.c.settled_at).desc())
        .limit(MOST_SETTLED)
    )
    at = {row.suggestion_id: row.at for row in rows}
    return sorted(await rows_of(db, list(at)), key=lambda row: at[row.id], reverse=True)


def _next(mine: Any) -> str:
    if mine.state == "assigned":
        return "sign"
    return "opinion" if mine.role == "assisting_unit" else "answer"


async def _met(db: Db, ids: Collection[int]) -> set[tuple[int, int, str]]:
    rows = await db.all(
        select(meeting.c.suggestion_id, meeting.c.round, meeting.c.stage).where(meeting.c.suggestion_id.in_(ids))
    )
    return {(row.suggestion_id, row.round, row.stage) for row in rows}


async def _asked(db: Db, ids: Collection[int]) -> set[int]:
    """Return the cases for which more time was asked and not answered: nothing but asking came last."""
    last = (
        select(event.c.suggestion_id, func.max(event.c.seq).label("seq"))
        .where(event.c.suggestion_id.in_(ids), event.c.move.in_(("ask_time", "extend", "pause", "assign", "reply")))
        .group_by(event.c.suggestion_id)
        .subquery()
    )
    rows = await db.all(
        select(event.c.suggestion_id)
        .join(last, (last.c.suggestion_id == event.c.suggestion_id) & (last.c.seq == event.c.seq))
        .where(event.c.move == "ask_time")
    )
    return {row.suggestion_id for row in rows}
