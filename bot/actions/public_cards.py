"""Read what anybody may know of a representative: who they are, what they pledged, and their record in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, func, select

from bot.actions.echo import PUBLIC, taken_on_by
from bot.rules.lifecycle import OVER
from bot.store.db import Db
from bot.store.tables import duty, group, membership, person, representative, station, suggestion, visit


@dataclass(frozen=True, slots=True)
class Record:
    """A representative's record; what is over and what is not make up what they took on."""

    cases: int
    over: int
    public: int  # of them, to be read on the echo wall
    attended: int  # reception days they sat through …
    seated: int  # … of those that are over and were theirs
    visits: int

    @property
    def open(self) -> int:
        """Return how many they are still at."""
        return self.cases - self.over


@dataclass(frozen=True, slots=True)
class CardView:
    """A representative as their card shows them."""

    who: Any  # name, level, title, pledge, station
    groups: list[Any]
    record: Record


async def look(db: Db, code: str) -> CardView | None:
    """Return a representative's card, or None for whoever is none (any more)."""
    who = await db.one(
        select(
            person.c.id,
            person.c.code,
            person.c.name,
            representative.c.level,
            representative.c.title,
            representative.c.pledge,
            station.c.name.label("station"),
            station.c.code.label("station_code"),
        )
        .join(representative, representative.c.person_id == person.c.id)
        .join(station, station.c.id == representative.c.station_id)
        .where(person.c.code == code)
    )
    if who is None:
        return None
    groups = await db.all(
        select(group.c.code, group.c.name)
        .join(membership, membership.c.group_id == group.c.id)
        .where(membership.c.person_id == who.id, membership.c.role == "representative")
        .order_by(group.c.id)
    )
    return CardView(who, groups, await record(db, who.id))


async def record(db: Db, person_id: int) -> Record:
    """Count a representative's record; each case once, however often it came to them."""
    cases = await db.one(
        select(
            func.count(distinct(suggestion.c.id)).label("all"),
            _counted(suggestion.c.state.in_(OVER)).label("over"),
            _counted(PUBLIC).label("public"),
        )
        .select_from(suggestion)
        .where(taken_on_by(person_id))
    )
    seats = await db.one(
        select(
            func.count().label("all"),
            func.coalesce(func.sum(case((duty.c.state == "attended", 1), else_=0)), 0).label("attended"),
        ).where(duty.c.person_id == person_id, duty.c.state.in_(("attended", "absent")))
    )
    visits = await db.one(select(func.count().label("n")).where(visit.c.person_id == person_id))
    return Record(cases.all, cases.over, cases.public, int(seats.attended), seats.all, visits.n)


def _counted(condition: ColumnElement[bool]) -> Any:
    """Return how many cases meet a condition, each once."""
    return func.count(distinct(case((condition, suggestion.c.id))))
