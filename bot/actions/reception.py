"""Read the calendar and the coming reception days, and say a day and a place as people say them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from bot.clock import SHANGHAI, local, local_date
from bot.rules.calendar import WorkingDays
from bot.store.db import Db
from bot.store.tables import calendar_day, clerk, group, reception_day, station

AHEAD = ("planned", "provisional")  # the states of a day that is to come
OPEN = (*AHEAD, "held")  # neither cancelled nor closed: it is to come, or voters are being received
WEEKDAYS = "一二三四五六日"


async def working_days(db: Db) -> WorkingDays:
    """Return the calendar staff keep."""
    rows = [(date.fromisoformat(row.date), row) for row in await db.all(select(calendar_day))]
    return WorkingDays.of({day: row.kind for day, row in rows}, {day: row.name for day, row in rows})


_DAYS = select(reception_day, station.c.name.label("station")).join(station, station.c.id == reception_day.c.station_id)


async def upcoming(db: Db, group_id: int | None, now: datetime, *, most: int = 2) -> list[Any]:
    """Return the next reception days of a group's station (of every station without one), soonest first.

    The day that is being held is among them until its hours are over.
    """
    query = (
        _DAYS.where(not_over(now), reception_day.c.state.in_(OPEN))
        .order_by(reception_day.c.date, reception_day.c.starts)
        .limit(most)
    )
    if group_id is not None:
        home = select(group.c.station_id).where(group.c.id == group_id).scalar_subquery()
        mine = await db.all(query.where(reception_day.c.station_id == home))
        if mine:
            return mine
    return await db.all(query)


def not_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a day's hours are not over."""
    today, clock = local_date(now).isoformat(), f"{local(now):%H:%M}"
    return or_(reception_day.c.date > today, and_(reception_day.c.date == today, reception_day.c.ends > clock))


async def day_of(db: Db, day_id: int) -> Any:
    """Return a reception day with its station's name."""
    return await db.one(_DAYS.where(reception_day.c.id == day_id))


async def clerks_of(db: Db, station_id: int) -> list[int]:
    """Return the clerks of a station."""
    rows = await db.all(select(clerk.c.person_id).where(clerk.c.station_id == station_id).order_by(clerk.c.id))
    return [row.person_id for row in rows]


def begun(day: Any, now: datetime) -> bool:
    """Whether a day's hours have begun."""
    return _moment(day.date, day.starts) <= now


def ends_at(day: Any, on: str) -> datetime:
    """Return the moment a day's hours end, if it is held on that date."""
    return _moment(on, day.ends)


def _moment(day: str, clock: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), SHANGHAI)


def spoken(day: str) -> str:
    """Return a stored day as people say it: 12月10日（星期四）."""
    value = date.fromisoformat(day)
    return f"{value.month}月{value.day}日（星期{WEEKDAYS[value.weekday()]}）"


def where(day: Any) -> str:
    """Return where a day is held, naming the station once."""
    return str(day.place) if day.place.startswith(day.station) else f"{day.station}，{day.place}"
