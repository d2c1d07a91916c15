"""See what a unit's people have to do: what they hold, the nearest day first, and what they settled lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select

from bot.store.db import Db
from bot.store.reads_cases import next_due, rows_of
from bot.store.reads_desk import AT_WORK
from bot.store.tables import assignment, event, meeting, suggestion

FIRST = 12  # cases of a pile that the desk shows
MOST = 50  # cases of a pile on a page of its own
SETTLED = ("replied", "returned")
MOST_SETTLED = 10
BEFOREHAND = ("before", "during")  # meetings with the representative that a lead unit's reply is to follow


#        what is next  the assignments it is next of
_NEXT = {
    "sign":    assignment.c.state == "assigned",
    "answer":  (assignment.c.state == "accepted") & (assignment.c.role != "assisting_unit"),
    "opinion": (assignment.c.state == "accepted") & (assignment.c.role == "assisting_unit"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A case a unit holds: which meetings it lacks before an answer, whether time was asked for."""

    case: Any
    lacks: tuple[str, ...]
    asked: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """The cases with the same next step: how many there are, how many of them are late, and a page of them."""

    count: int
    late: int
    rows: list[Held]


async def pile(db: Db, units: Collection[int], name: str, today: str, start: int = 0, most: int = FIRST) -> Pile:
    """Return what these units are to sign for, to answer or to give an opinion on, the nearest day first."""
    ours = _pile(units, _NEXT[name])
    late = func.coalesce(cast(ours.c.due_on < today, Integer), 0)
    counted = (ours.c.id, func.count().over().label("n"), func.sum(late).over().label("late"))
    in_order = select(*counted).order_by(func.coalesce(ours.c.due_on, "9999"), ours.c.id)
    ids = await db.all(in_order.limit(most).offset(start))
    place = {row.id: number for number, row in enumerate(ids)}
    met, asked = await _met(db, place), await _asked(db, place)
    rows = sorted(await rows_of(db, place), key=lambda row: place[row.id])
    wanted = BEFOREHAND if name == "answer" else ()
    found = [
        Held(row, tuple(stage for stage in wanted if (row.id, row.round, stage) not in met), row.id in asked)
        for row in rows
    ]
    return Pile(int(ids[0].n), int(ids[0].late), found) if ids else Pile(0, 0, [])


def _pile(units: Collection[int], which: ColumnElement[bool]) -> Any:
    """Return the cases of a pile, each once, with the day it is due."""
    return (
        select(suggestion.c.id, next_due().label("due_on"))
        .join(assignment, assignment.c.suggestion_id == suggestion.c.id)
        .where(
            assignment.c.unit_id.in_(units),
            which,
            suggestion.c.state.in_(AT_WORK),
            suggestion.c.merged_into_id.is_(None),
        )
        .group_by(suggestion.c.id)
        .subquery()
    )


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
