"""See reception days as their desk does: a page of those to come, without a seat, with an open register, or over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, func, select, tuple_

from bot.store.db import Db
from bot.store.tables import booking, duty, person, reception_day, reception_entry, reception_rule, station

MOST = 30  # days a page
AHEAD = ("planned", "provisional")
TABS = ("ahead", "gaps", "open", "past")

_DAYS = (
    select(
        reception_day, station.c.name.label("station"), station.c.code.label("station_code"),
        reception_rule.c.code.label("rule"), reception_rule.c.seats, reception_rule.c.rota,
        person.c.name.label("decided_by"),
    )
    .join(station, station.c.id == reception_day.c.station_id)
    .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
    .outerjoin(person, person.c.id == reception_day.c.decided_by_id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days somebody looks for, as of a day (ISO); `beyond` is the last day of the page before."""

    today: str
    tab: str = "ahead"
    beyond: int = 0


async def page(db: Db, stations: Collection[int], wanted: Wanted, most: int = MOST) -> list[Any]:
    """Return days of these stations, what is over newest first and all else soonest first, one more than `most`."""
    newest_first = wanted.tab == "past"
    place = tuple_(reception_day.c.date, reception_day.c.id)
    query = _DAYS.where(reception_day.c.station_id.in_(stations), _in(wanted))
    if wanted.beyond:
        last = reception_day.alias("last")
        at = select(last.c.date, last.c.id).where(last.c.id == wanted.beyond).scalar_subquery()
        query = query.where(place < at if newest_first else place > at)
    order = (reception_day.c.date, reception_day.c.id)
    return await db.all(query.order_by(*(each.desc() if newest_first else each for each in order)).limit(most + 1))


def _in(wanted: Wanted) -> ColumnElement[bool]:
    day, state = reception_day.c.date, reception_day.c.state
    match wanted.tab:
        case "gaps":
            sits = exists().where(duty.c.day_id == reception_day.c.id, duty.c.state.in_(("seated", "attended")))
            return (day >= wanted.today) & state.in_(AHEAD) & (reception_rule.c.seats > 0) & ~sits
        case "open":
            return (day <= wanted.today) & state.in_((*AHEAD, "held"))
        case "past":
            return day < wanted.today
    return day >= wanted.today


async def one(db: Db, day_id: int, stations: Collection[int]) -> Any:
    """Return a day of these stations, whatever became of it, else None."""
    return await db.one(_DAYS.where(reception_day.c.id == day_id, reception_day.c.station_id.in_(stations)))


async def counted(db: Db, day_ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """Return how many places are taken and how many entries the register has, by day."""
    comes = booking.c.state.in_(("booked", "waiting", "came"))
    places = await _count(db, booking, booking.c.day_id.in_(day_ids) & comes)
    stands = reception_entry.c.void_at.is_(None)
    entries = await _count(db, reception_entry, reception_entry.c.day_id.in_(day_ids) & stands)
    return {each: (places.get(each, 0), entries.get(each, 0)) for each in day_ids}


async def _count(db: Db, table: Table, which: ColumnElement[bool]) -> Mapping[int, int]:
    query = select(table.c.day_id, func.count().label("n")).where(which).group_by(table.c.day_id)
    return {row.day_id: int(row.n) for row in await db.all(query)}
