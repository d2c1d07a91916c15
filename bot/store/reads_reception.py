"""Read what the numbers of reception days count: each query returns the very rows, so that a number opens them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.store.db import Db
from bot.store.tables import (
    attendance,
    booking,
    category,
    group,
    notice,
    person,
    reception_day,
    reception_entry,
    representative,
    station,
    suggestion,
)

BEGAN = ("held", "closed")


async def sessions(db: Db, stations: Collection[int], first: date, last: date) -> list[Any]:
    """Return the sessions that were held: station, day, place, whether the register is closed."""
    return await db.all(
        select(station.c.name.label("station"), reception_day.c.date, reception_day.c.place, reception_day.c.state)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(_between(stations, first, last), reception_day.c.state.in_(BEGAN))
        .order_by(reception_day.c.date, reception_day.c.id)
    )


async def representatives(db: Db, stations: Collection[int], first: date, last: date) -> list[Any]:
    """Return every representative in scope – of these stations – with how many sessions they attended, wherever."""
    counted = (
        select(attendance.c.person_id, func.count().label("attended"))
        .join(reception_day, reception_day.c.id == attendance.c.day_id)
        .where(reception_day.c.date.between(first.isoformat(), last.isoformat()), attendance.c.undone_at.is_(None))
        .group_by(attendance.c.person_id)
        .subquery()
    )
    return await db.all(
        select(
            station.c.name.label("station"),
            person.c.id.label("person_id"),
            person.c.name,
            representative.c.level,
            func.coalesce(counted.c.attended, 0).label("attended"),
        )
        .join(person, person.c.id == representative.c.person_id)
        .join(station, station.c.id == representative.c.station_id)
        .outerjoin(counted, counted.c.person_id == representative.c.person_id)
        .where(representative.c.station_id.in_(stations))
        .order_by(station.c.id, person.c.id)
    )


async def visits(db: Db, stations: Collection[int], first: date, last: date) -> list[Any]:
    """Return every visit: one row is one 人次; `visitor` is the same for the same person, and names nobody."""
    return await db.all(
        select(
            station.c.name.label("station"),
            reception_day.c.date,
            booking.c.number,
            booking.c.slot,
            booking.c.origin,
            booking.c.person_id.label("visitor"),
        )
        .join(reception_day, reception_day.c.id == booking.c.day_id)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(_between(stations, first, last), booking.c.state == "came")
        .order_by(reception_day.c.date, booking.c.day_id, booking.c.number)
    )


async def entries(db: Db, stations: Collection[int], first: date, last: date) -> list[Any]:
    """Return every entry of the registers that is not struck out, with what became of it; without names and words."""
    return await db.all(
        select(
            station.c.name.label("station"),
            reception_day.c.date,
            reception_entry.c.number,
            category.c.name.label("category"),
            reception_entry.c.disposition,
            reception_entry.c.archive_number,
            suggestion.c.number.label("suggestion"),
            booking.c.number.label("visit"),
            booking.c.person_id.label("visitor"),
        )
        .join(reception_day, reception_day.c.id == reception_entry.c.day_id)
        .join(station, station.c.id == reception_day.c.station_id)
        .join(booking, booking.c.id == reception_entry.c.booking_id)
        .outerjoin(category, category.c.id == reception_entry.c.category_id)
        .outerjoin(suggestion, suggestion.c.id == reception_entry.c.suggestion_id)
        .where(_between(stations, first, last), reception_entry.c.void_at.is_(None))
        .order_by(reception_day.c.date, reception_entry.c.day_id, reception_entry.c.number)
    )


async def notices(db: Db, stations: Collection[int], first: date, last: date) -> list[Any]:
    """Return every notice that was due of days in this span, with when it was proven; what was withdrawn is none."""
    return await db.all(
        select(
            station.c.name.label("station"),
            reception_day.c.date,
            group.c.name.label("group_name"),
            notice.c.state,
            notice.c.due_at,
            notice.c.proven_at,
        )
        .join(reception_day, reception_day.c.id == notice.c.day_id)
        .join(station, station.c.id == reception_day.c.station_id)
        .join(group, group.c.id == notice.c.group_id)
        .where(_between(stations, first, last), notice.c.state != "withdrawn")
        .order_by(reception_day.c.date, notice.c.id)
    )


def _between(stations: Collection[int], first: date, last: date) -> ColumnElement[bool]:
    return reception_day.c.station_id.in_(stations) & reception_day.c.date.between(first.isoformat(), last.isoformat())
