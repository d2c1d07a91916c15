"""Hold a reception day at its desk: whose session it is, when it has begun, which representatives attend."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions.bookings import day_by_id
from bot.actions.handing import Desk
from bot.actions.reception import OPEN, spoken
from bot.clock import local_date
from bot.errors import Refused
from bot.store.db import Db
from bot.store.tables import (
    attendance,
    clerk,
    duty,
    group,
    membership,
    person,
    reception_day,
    representative,
    station,
)

AT_THE_DESK = (*OPEN, "closed")
LOOK_BACK = timedelta(days=14)  # a register that was left open is still the one that is meant
SEATED = ("seated", "attended", "absent")  # of duty: whose seat it is


async def current(db: Db, person_id: int, now: Any, on: date | None = None) -> Any:
    """Return the session a clerk or representative means: of that day, of today, else their last that is not closed.

    Raises Refused: there is none, or none that is theirs.
    """
    today = local_date(now)
    wanted = on or today
    serves = _served_by(person_id)
    row = await _first(db, serves, reception_day.c.date == wanted.isoformat())
    if row is None and on is None:
        behind = reception_day.c.date.between((today - LOOK_BACK).isoformat(), today.isoformat())
        row = await _first(db, serves, behind & (reception_day.c.state != "closed"), newest=True)
    if row is None:
        raise Refused("no_session", day=spoken(wanted.isoformat()))
    return await day_by_id(db, row.id)


async def serve(db: Db, day_id: int, person_id: int) -> Any:
    """Return the session if it is this person's to work at; raises Refused."""
    if await _first(db, _served_by(person_id), reception_day.c.id == day_id) is None:
        raise Refused("not_your_session")
    return await day_by_id(db, day_id)


async def begin(db: Db, day: Any) -> None:
    """Note that a session has begun; raises Refused for one that is closed or cancelled."""
    if day.state not in OPEN:
        raise Refused("session_closed", day=spoken(day.date))
    await db.run(
        update(reception_day)
        .where(reception_day.c.id == day.id, reception_day.c.state.in_(("planned", "provisional")))
        .values(state="held")
    )


async def sign_in(desk: Desk, day: Any, person_id: int, by: int) -> bool:
    """Note that a representative attends; False if it was noted already. Raises Refused before the day."""
    if day.date > local_date(desk.now).isoformat():
        raise Refused("session_not_yet", day=spoken(day.date))
    await begin(desk.db, day)
    values = {"day_id": day.id, "person_id": person_id, "by_id": by, "at": desk.now}
    new = await desk.db.run(postgres_insert(attendance).on_conflict_do_nothing(), values)
    seat = (duty.c.day_id == day.id) & (duty.c.person_id == person_id) & duty.c.state.in_(SEATED)
    await desk.db.run(update(duty).where(seat).values(state="attended"))
    return new == 1


async def sign_out(desk: Desk, day: Any, person_id: int) -> None:
    """Take an attendance back that was noted by mistake; raises Refused."""
    await begin(desk.db, day)
    stands = (attendance.c.day_id == day.id) & (attendance.c.person_id == person_id) & attendance.c.undone_at.is_(None)
    if not await desk.db.run(update(attendance).where(stands).values(undone_at=desk.now)):
        raise Refused("not_signed_in")
    seat = (duty.c.day_id == day.id) & (duty.c.person_id == person_id) & (duty.c.state == "attended")
    await desk.db.run(update(duty).where(seat).values(state="seated"))


async def attending(db: Db, day_id: int) -> list[Any]:
    """Return the representatives who attend a session (id, name, level, at), in the order they came."""
    return await db.all(
        select(person.c.id, person.c.name, representative.c.level, representative.c.title, attendance.c.at)
        .join(attendance, attendance.c.person_id == person.c.id)
        .join(representative, representative.c.person_id == person.c.id)
        .where(attendance.c.day_id == day_id, attendance.c.undone_at.is_(None))
        .order_by(attendance.c.at, attendance.c.id)
    )


async def absent(db: Db, day_id: int) -> list[str]:
    """Return the names of those who have a seat on the rota and have not signed in."""
    signed = exists().where(
        attendance.c.day_id == day_id, attendance.c.person_id == duty.c.person_id, attendance.c.undone_at.is_(None)
    )
    rows = await db.all(
        select(person.c.name)
        .join(duty, duty.c.person_id == person.c.id)
        .where(duty.c.day_id == day_id, duty.c.state.in_(SEATED), ~signed)
        .order_by(person.c.id)
    )
    return [row.name for row in rows]


async def representative_at(db: Db, day: Any, person_id: int, name: str) -> Any:
    """Return the representative who is meant: the speaker, or the one of that name at the station; raises Refused."""
    of_groups = (
        select(membership.c.person_id)
        .join(group, group.c.id == membership.c.group_id)
        .where(group.c.station_id == day.station_id, membership.c.role == "representative")
    )
    on_duty = select(duty.c.person_id).where(duty.c.day_id == day.id)
    here = or_(representative.c.station_id == day.station_id, person.c.id.in_(of_groups), person.c.id.in_(on_duty))
    who = person.c.name == name if name else person.c.id == person_id
    rows = await db.all(
        select(person.c.id, person.c.name)
        .join(representative, representative.c.person_id == person.c.id)
        .where(here, who)
        .order_by(person.c.id)
    )
    if not rows:
        raise Refused("no_representative_here" if name else "who_signs_in", name=name)
    if len(rows) > 1:
        raise Refused("several_of_that_name", name=name)
    return rows[0]


def _served_by(person_id: int) -> Any:
    """Return the condition that a session is one the person works at: the desk's, the station's, the rota's."""
    my_stations = [
        select(clerk.c.station_id).where(clerk.c.person_id == person_id),
        select(representative.c.station_id).where(representative.c.person_id == person_id),
        select(group.c.station_id)
        .join(membership, membership.c.group_id == group.c.id)
        .where(membership.c.person_id == person_id, membership.c.role == "representative"),
    ]
    seat = exists().where(duty.c.day_id == reception_day.c.id, duty.c.person_id == person_id)
    return or_(*(reception_day.c.station_id.in_(mine) for mine in my_stations), seat)


async def _first(db: Db, *which: Any, newest: bool = False) -> Any:
    order = reception_day.c.date.desc() if newest else reception_day.c.date
    return await db.one(
        select(reception_day.c.id)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(and_(*which), reception_day.c.state.in_(AT_THE_DESK))
        .order_by(order, reception_day.c.starts, reception_day.c.id)
        .limit(1)
    )
