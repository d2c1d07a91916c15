"""Receive whoever comes to a reception day: by their code, by their number, or without a place."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from bot.actions import bookings, sessions
from bot.actions.handing import Desk
from bot.actions.reception import spoken
from bot.clock import local, local_date
from bot.errors import Refused
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import booking, person


async def arrive(desk: Desk, booking_id: int, by: int | None = None) -> Any:
    """Check a voter in, once, and return their place; raises Refused: another day, given up, or here already."""
    row = await desk.db.one(select(booking).where(booking.c.id == booking_id))
    if row is None:
        raise Refused("no_booking")
    day = await bookings.day_by_id(desk.db, row.day_id)
    if row.state not in bookings.LIVE:
        raise Refused("booking_over")
    if day.date != local_date(desk.now).isoformat():
        raise Refused("arrival_another_day", day=spoken(day.date))
    await sessions.begin(desk.db, day)
    first = await desk.db.run(
        update(booking)
        .where(booking.c.id == booking_id, booking.c.state.in_(("booked", "waiting")))
        .values(state="came", came_at=desk.now, checked_by_id=by)
    )
    if not first:
        now = await desk.db.one(select(booking.c.came_at).where(booking.c.id == booking_id))
        raise Refused("arrived_already", number=row.number, at=f"{local(now.came_at or desk.now):%H:%M}")
    return row


async def arrive_by_number(desk: Desk, day: Any, number: int, by: int) -> Any:
    """Check the voter with that number in at the desk; raises Refused."""
    return await arrive(desk, (await by_number(desk.db, day, number)).id, by)


async def by_number(db: Db, day: Any, number: int) -> Any:
    """Return the place with that number of a day; raises Refused."""
    row = await db.one(select(booking).where(booking.c.day_id == day.id, booking.c.number == number))
    if row is None:
        raise Refused("no_such_visit", number=number)
    return row


async def walk_in(desk: Desk, day: Any, by: int, sealer: Sealer, *, name: str = "", phone: str = "") -> Any:
    """Note a visitor who booked nothing and return their place; who has a place today is checked in by it instead."""
    if day.date > local_date(desk.now).isoformat():
        raise Refused("session_not_yet", day=spoken(day.date))
    await sessions.begin(desk.db, day)
    person_id = await person_by_phone(desk, phone, sealer) if phone else None
    known = await bookings.live_on(desk.db, person_id, day.id) if person_id else None
    if known is not None:
        return known if known.state == "came" else await arrive(desk, known.id, by)
    return await bookings.add(
        desk.db,
        day.id,
        {"person_id": person_id, "name_sealed": sealer.seal(name, "visitor") if name else None,
         "slot": f"{local(desk.now):%H:%M}", "seat": None, "state": "came", "origin": "walk_in",
         "told_date": day.date, "booked_at": desk.now, "came_at": desk.now, "checked_by_id": by},
    )  # fmt: skip


async def person_by_phone(desk: Desk, phone: str, sealer: Sealer) -> int:
    """Return whoever has that phone, a new person if nobody has: who comes twice is one person."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    marks = sealer.marks(digits, "phone")
    theirs = person.c.phone_hash.in_(marks) & person.c.erased_at.is_(None)
    known = await desk.db.one(select(person.c.id).where(theirs).order_by(person.c.id).limit(1))
    if known is not None:
        return int(known.id)
    values = {"name": "", "phone_sealed": sealer.seal(digits, "phone"), "phone_hash": marks[0], "created_at": desk.now}
    return await desk.db.add(insert(person), values)


async def visitors(db: Db, day_id: int) -> list[Any]:
    """Return everybody with a place at a day, in the order of their slots."""
    return await db.all(
        select(booking)
        .where(booking.c.day_id == day_id, booking.c.state.in_(bookings.LIVE))
        .order_by(booking.c.slot, booking.c.number)
    )
