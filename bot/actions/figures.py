"""Count what reception days brought: every figure carries the rows it counts, a share also of how many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bot.clock import local_date
from bot.rules.register import DISPOSITIONS
from bot.store import reads_reception
from bot.store.db import Db
from bot.store.reads import limit_value
from bot.store.tables import clerk, office, officer, representative, station

NOTICE_AHEAD = 3  # days, unless the office says otherwise


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: its code (texts `figure.{code}`), its value, of how many where it is a share, and its rows."""

    code: str
    value: int
    rows: Sequence[Any]
    of: int | None = None

    @property
    def percent(self) -> int | None:
        """Return the share in percent; None where it is none, or none of nothing."""
        return round(100 * self.value / self.of) if self.of else None


async def of_month(db: Db, stations: Collection[int], first: date, last: date) -> list[Figure]:
    """Return every figure of these stations between two days (inclusive)."""
    scope = (db, stations, first, last)
    held, seats = await reads_reception.sessions(*scope), await reads_reception.representatives(*scope)
    came, said = await reads_reception.visits(*scope), await reads_reception.entries(*scope)
    told = await reads_reception.notices(*scope)
    ahead = await limit_value(db, "notice-ahead", NOTICE_AHEAD)
    attended = [row for row in seats if row.attended]
    lifted = [row for row in said if row.suggestion]
    return [
        Figure("sessions", len(held), held),
        Figure("participation", len(attended), seats, of=len(seats)),
        Figure("visits", len(came), came),
        Figure("visitors", people(came), came),
        Figure("entries", len(said), said),
        Figure("received", people(said), said),
        *(
            Figure(f"disposition_{code}", len(rows), rows)
            for code in DISPOSITIONS
            for rows in [[row for row in said if row.disposition == code]]
        ),
        Figure("lifted", len(lifted), lifted),
        Figure("punctual", sum(punctual(row, ahead) for row in told), told, of=len(told)),
    ]


def punctual(row: Any, days_ahead: int) -> bool:
    """Whether a group's notice is proven to have been there so many days before the reception day."""
    if row.proven_at is None:
        return False
    return local_date(row.proven_at) <= date.fromisoformat(row.date) - timedelta(days=days_ahead)


def people(rows: Sequence[Any]) -> int:
    """Return how many persons rows of visits are; who left no phone counts once for each visit."""
    return len({row.visitor or (row.station, row.date, getattr(row, "visit", row.number)) for row in rows})


async def stations_of(db: Db, person_id: int) -> set[int]:
    """Return the stations whose numbers a person may see: the desk's, the representative's, the office's and below."""
    desks = select(clerk.c.station_id.label("id")).where(clerk.c.person_id == person_id)
    seats = select(representative.c.station_id.label("id")).where(representative.c.person_id == person_id)
    found = {int(row.id) for query in (desks, seats) for row in await db.all(query)}
    offices = await _below(db, {row.office_id for row in await db.all(
        select(officer.c.office_id).where(officer.c.person_id == person_id))})  # fmt: skip
    below = await db.all(select(station.c.id).where(station.c.office_id.in_(offices)))
    return found | {int(row.id) for row in below}


async def all_stations(db: Db) -> set[int]:
    """Return every station there is."""
    return {int(row.id) for row in await db.all(select(station.c.id))}


async def _below(db: Db, offices: set[int]) -> set[int]:
    """Return these offices and all beneath them."""
    found, todo = set(offices), set(offices)
    while todo:
        rows = await db.all(select(office.c.id).where(office.c.parent_id.in_(todo)))
        todo = {int(row.id) for row in rows} - found
        found |= todo
    return found
