"""Look up what a contact station can say of itself to whoever asks: where it is, who works there, what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.clock import at_local, local_date
from bot.store.db import Db
from bot.store.tables import (
    clerk,
    duty,
    group,
    limit_,
    office,
    person,
    reception_day,
    reception_rule,
    station,
    suggestion,
    unit,
)

MOST_NAMED = 12
SEATED = ("seated", "attended")


async def home_of(db: Db, group_id: int | None) -> Any:
    """Return the station of a group with the group's own facts and the office above; None without a group."""
    if group_id is None:
        return None
    return await db.one(
        select(
            station,
            group.c.name.label("group_name"),
            group.c.area,
            group.c.daily_cap,
            group.c.quiet_from,
            group.c.quiet_until,
            office.c.name.label("office_name"),
        )
        .join(group, group.c.station_id == station.c.id)
        .join(office, office.c.id == station.c.office_id)
        .where(group.c.id == group_id)
    )


async def places_of(db: Db, group_id: int | None) -> frozenset[str]:
    """Return the codes of a group's station and of every office above it; none without a group."""
    home = await home_of(db, group_id)
    if home is None:
        return frozenset()
    return await _with_offices(db, str(home.code), home.office_id)


async def first_group(db: Db, station_id: int) -> int | None:
    """Return the first group of a station that is in use, None if it has none."""
    mine = (group.c.station_id == station_id, group.c.off_at.is_(None))
    row = await db.one(select(group.c.id).where(*mine).order_by(group.c.id).limit(1))
    return int(row.id) if row is not None else None


async def places_above(db: Db, station_id: int) -> frozenset[str]:
    """Return the codes of a station and of every office above it."""
    row = await db.one(select(station.c.code, station.c.office_id).where(station.c.id == station_id))
    return await _with_offices(db, row.code, row.office_id) if row is not None else frozenset()


async def _with_offices(db: Db, code: str, office_id: int) -> frozenset[str]:
    offices = {row.id: row for row in await db.all(select(office.c.id, office.c.parent_id, office.c.code))}
    places, above = {code}, offices.get(office_id)
    while above is not None and above.code not in places:
        places.add(above.code)
        above = offices.get(above.parent_id)
    return frozenset(places)


async def below(db: Db, station_id: int) -> list[Any]:
    """Return the points and grids that lead up to a station (name, address), those nearest to it first."""
    columns = (station.c.id, station.c.parent_id, station.c.name, station.c.address)
    rows = await db.all(select(*columns).where(station.c.off_at.is_(None)))
    found: list[Any] = []
    storey = {station_id}
    while storey:
        found += (children := [row for row in rows if row.parent_id in storey])
        storey = {row.id for row in children}
    return found


async def others(db: Db, station_id: int, office_id: int) -> list[Any]:
    """Return the other stations of an office (name, address)."""
    return await db.all(
        select(station.c.name, station.c.address)
        .where(
            station.c.office_id == office_id,
            station.c.id != station_id,
            station.c.off_at.is_(None),
            station.c.kind.in_(("station", "enterprise")),
        )
        .order_by(station.c.id)
    )


async def clerks_of(db: Db, station_id: int) -> list[str]:
    """Return the names of who works at a station's desk."""
    rows = await db.all(
        select(person.c.name)
        .join(clerk, clerk.c.person_id == person.c.id)
        .where(clerk.c.station_id == station_id)
        .order_by(clerk.c.id)
    )
    return [row.name for row in rows]


async def rules_of(db: Db, station_id: int) -> list[Any]:
    """Return the rules by which a station receives."""
    return await db.all(
        select(reception_rule)
        .where(reception_rule.c.station_id == station_id, reception_rule.c.active)
        .order_by(reception_rule.c.id)
    )


@dataclass(frozen=True, slots=True)
class Seated:
    """Who sits at a station on its next reception day."""

    day: str  # ISO
    names: tuple[str, ...]


async def seated_next(db: Db, station_id: int, now: datetime) -> Seated | None:
    """Return who sits on the next reception day for which somebody is named, or None."""
    rows = await db.all(
        select(reception_day.c.date, person.c.name)
        .join(duty, duty.c.day_id == reception_day.c.id)
        .join(person, person.c.id == duty.c.person_id)
        .where(
            reception_day.c.station_id == station_id,
            reception_day.c.date >= local_date(now).isoformat(),
            reception_day.c.state != "cancelled",
            duty.c.state.in_(SEATED),
        )
        .order_by(reception_day.c.date, duty.c.id)
        .limit(MOST_NAMED)
    )
    return Seated(rows[0].date, tuple(row.name for row in rows if row.date == rows[0].date)) if rows else None


async def units_of(db: Db, office_id: int) -> list[str]:
    """Return the names of the units an office hands cases to."""
    mine = (unit.c.office_id == office_id, unit.c.off_at.is_(None))
    rows = await db.all(select(unit.c.name).where(*mine).order_by(unit.c.id).limit(MOST_NAMED))
    return [row.name for row in rows]


async def done_this_year(db: Db, station_id: int, now: datetime) -> tuple[int, int]:
    """Return how many cases a station logged this year, and how many of them are over."""
    first = at_local(local_date(now).replace(month=1, day=1), 0)
    mine = (suggestion.c.station_id == station_id) & (suggestion.c.created_at >= first)
    logged = await db.one(select(func.count().label("n")).select_from(suggestion).where(mine))
    closed = await db.one(
        select(func.count().label("n")).select_from(suggestion).where(mine, suggestion.c.state == "closed")
    )
    return int(logged.n), int(closed.n)


async def limit_of(db: Db, code: str) -> Any:
    """Return one number of the office with its unit, or None."""
    return await db.one(select(limit_.c.value, limit_.c.unit).where(limit_.c.code == code))
