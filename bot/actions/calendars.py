"""Read the reception days that a subscribed calendar shows: a station's, a group's, or one representative's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update

from bot.clock import local_date
from bot.store.db import Db
from bot.store.tables import duty, group, person, reception_day, representative, station

LOOK_BACK = timedelta(days=60)  # [A] what is longer over is history, not a calendar
SEATED = ("seated", "attended")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar's name, its days, and who sits on each (by day id)."""

    name: str
    days: list[Any]
    sitting: dict[int, list[str]]
    own: bool = False  # one representative's: a seat given away is a day called off


async def of_station(db: Db, code: str, now: datetime) -> Calendar | None:
    """Return a station's calendar, or None if there is no such station."""
    place = await db.one(select(station.c.id, station.c.name).where(station.c.code == code))
    return None if place is None else await _calendar(db, place.name, place.id, now)


async def of_group(db: Db, code: str, now: datetime) -> Calendar | None:
    """Return a group's calendar: the days of its station."""
    found = await db.one(select(group.c.name, group.c.station_id).where(group.c.code == code))
    return None if found is None else await _calendar(db, found.name, found.station_id, now)


async def of_representative(db: Db, person_id: int, edition: int, now: datetime) -> Calendar | None:
    """Return the days somebody sits or should have sat; None if the address was changed or the seat is gone."""
    who = await db.one(
        select(person.c.name)
        .join(representative, representative.c.person_id == person.c.id)
        .where(person.c.id == person_id, person.c.feed_version == edition)
    )
    if who is None:
        return None
    query = _days(now).add_columns(duty.c.state.label("seat"), duty.c.at.label("seat_at"))
    days = await db.all(query.join(duty, duty.c.day_id == reception_day.c.id).where(duty.c.person_id == person_id))
    return Calendar(who.name, days, await sitting(db, [day.id for day in days]), own=True)


async def edition_of(db: Db, person_id: int) -> int | None:
    """Return which edition of a representative's address is good now, None for anybody else."""
    row = await db.one(
        select(person.c.feed_version)
        .join(representative, representative.c.person_id == person.c.id)
        .where(person.c.id == person_id)
    )
    return None if row is None else int(row.feed_version)


async def end_edition(db: Db, person_id: int) -> None:
    """Let a representative's old address lead nowhere from now on."""
    await db.run(update(person).where(person.c.id == person_id).values(feed_version=person.c.feed_version + 1))


async def group_code(db: Db, group_id: int) -> str:
    """Return the code by which a group's calendar and page are found."""
    return str((await db.one(select(group.c.code).where(group.c.id == group_id))).code)


async def sitting(db: Db, days: Collection[int]) -> dict[int, list[str]]:
    """Return the names of who sits on each day."""
    rows = await db.all(
        select(duty.c.day_id, person.c.name)
        .join(person, person.c.id == duty.c.person_id)
        .where(duty.c.day_id.in_(days), duty.c.state.in_(SEATED))
        .order_by(duty.c.id)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        names[row.day_id].append(row.name)
    return names


async def _calendar(db: Db, name: str, station_id: int, now: datetime) -> Calendar:
    days = await db.all(_days(now).where(reception_day.c.station_id == station_id))
    return Calendar(name, days, await sitting(db, [day.id for day in days]))


def _days(now: datetime) -> Select[Any]:
    first = (local_date(now) - LOOK_BACK).isoformat()
    return (
        select(
            reception_day,
            station.c.name.label("station"),
            station.c.code.label("station_code"),
            station.c.address,
            station.c.phone,
        )
        .join(station, station.c.id == reception_day.c.station_id)
        .where(reception_day.c.date >= first)
        .order_by(reception_day.c.date, reception_day.c.starts, reception_day.c.id)
    )
