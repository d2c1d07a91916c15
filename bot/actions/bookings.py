"""Give voters places at a reception day, and take them back; the database decides who gets the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions.handing import Desk
from bot.actions.reception import OPEN, spoken
from bot.clock import at_local, local_date
from bot.errors import Refused
from bot.rules.slots import free_seat, slots
from bot.store.db import Db
from bot.store.reads import limit_value
from bot.store.tables import booking, group, reception_day, reception_rule, station

LIVE = ("booked", "waiting", "came")
SEATED = ("booked", "came")
MOST_DAYS = 3  # offered at once
SLOT_MINUTES, SLOT_PLACES, BOOK_AHEAD, MOST_BOOKINGS, WITHIN_DAYS = 20, 2, 62, 4, 30  # unless the office says otherwise


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a day: when it begins, and how many of its places are free."""

    at: str
    free: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Open:
    """A day that can be booked, and its slots that have not begun."""

    day: Any
    slots: tuple[Slot, ...]

    @property
    def free(self) -> int:
        """Return how many places are free all day."""
        return sum(slot.free for slot in self.slots)


async def open_days(db: Db, group_id: int | None, now: datetime, *, most: int = MOST_DAYS) -> list[Open]:
    """Return the next days that can be booked at a group's station (at any, for people from nowhere)."""
    last = local_date(now) + timedelta(days=await limit_value(db, "booking-ahead", BOOK_AHEAD))
    within = reception_day.c.date.between(local_date(now).isoformat(), last.isoformat())
    query = _days(within & reception_day.c.state.in_(OPEN)).limit(most + 1)  # today's may be over
    rows: list[Any] = []
    if group_id is not None:
        home = select(group.c.station_id).where(group.c.id == group_id).scalar_subquery()
        rows = await db.all(query.where(reception_day.c.station_id == home))
    found = [await open_day(db, row, now) for row in rows or await db.all(query)]
    return [each for each in found if each.slots][:most]


async def open_day(db: Db, day: Any, now: datetime) -> Open:
    """Return a day with the slots that have not begun yet."""
    minutes, places = await _measures(db, day)
    held = await db.all(
        select(booking.c.slot, booking.c.seat, booking.c.state).where(
            booking.c.day_id == day.id, booking.c.state.in_(LIVE)
        )
    )
    found = []
    for at in slots(day.starts, day.ends, minutes):
        if begins(day.date, at) <= now:
            continue
        taken = sum(row.slot == at and row.seat is not None for row in held)
        waiting = sum(row.slot == at and row.state == "waiting" for row in held)
        found.append(Slot(at, max(0, places - taken) if not waiting else 0, waiting))
    return Open(day, tuple(found))


async def day_by_id(db: Db, day_id: int) -> Any:
    """Return a reception day with its station's name and code; raises Refused."""
    row = await db.one(_days(reception_day.c.id == day_id))
    if row is None:
        raise Refused("no_such_day")
    return row


async def day_on(db: Db, group_id: int | None, on: date | None, now: datetime) -> Open:
    """Return the day that can be booked on a date; raises Refused, naming the ones that can."""
    found = await open_days(db, group_id, now, most=20)
    for each in found:
        if on is not None and each.day.date == on.isoformat():
            return each
    days = "、".join(spoken(each.day.date) for each in found[:MOST_DAYS])
    if days:
        raise Refused("not_that_day", days=days)
    raise Refused("no_day_to_book")


async def book(desk: Desk, person_id: int, day_id: int, slot: str, origin: str) -> Any:
    """Give a voter a place in a slot, or the next in its waiting list, and return the booking; raises Refused.

    Asking again for the slot one has changes nothing. Whoever books the same day waits here until the other is done,
    and the unique key on day, slot and seat holds even so.
    """
    db, day = desk.db, await _locked(desk.db, day_id)
    mine = await live_on(db, person_id, day_id)
    if mine is not None and mine.slot == slot:
        return mine
    if mine is not None:
        raise Refused("booked_already", day=spoken(day.date), slot=mine.slot)
    chosen = next((each for each in (await open_day(db, day, desk.now)).slots if each.at == slot), None)
    if chosen is None or day.state not in OPEN:
        raise Refused("no_such_slot", day=spoken(day.date), slot=slot)
    await _not_too_often(db, person_id, desk.now)
    _, places = await _measures(db, day)
    seat = free_seat(await _taken(db, day_id, slot), places) if not chosen.waiting else None
    values = {"person_id": person_id, "slot": slot, "origin": origin, "told_date": day.date, "booked_at": desk.now}
    written = await add(db, day_id, {**values, "seat": seat, "state": "waiting" if seat is None else "booked"})
    if written is None:  # only where somebody wrote past our lock: the key held
        written = await add(db, day_id, {**values, "seat": None, "state": "waiting"})
    if written is None:
        raise Refused("booked_already", day=spoken(day.date), slot=slot)
    return written


async def cancel(desk: Desk, booking_id: int, person_id: int) -> Any:
    """Give one's place back and return the booking as it was; what is over already stays as it is. Raises Refused."""
    row = await desk.db.one(select(booking).where(booking.c.id == booking_id, booking.c.person_id == person_id))
    if row is None:
        raise Refused("no_booking")
    await _locked(desk.db, row.day_id)
    given_back = await desk.db.run(
        update(booking)
        .where(booking.c.id == booking_id, booking.c.state.in_(("booked", "waiting")))
        .values(state="cancelled", seat=None, over_at=desk.now)
    )
    if not given_back and row.state == "came":
        raise Refused("came_already")
    return row


async def move_up(desk: Desk, day_id: int) -> list[Any]:
    """Give every free place of a day to whoever waits longest for its slot, and return who moved up."""
    db, day = desk.db, await _locked(desk.db, day_id)
    _, places = await _measures(db, day)
    moved = []
    for row in await waiting_on(db, day_id):
        seat = free_seat(await _taken(db, day_id, row.slot), places)
        if seat is not None and begins(day.date, row.slot) > desk.now:
            await db.run(update(booking).where(booking.c.id == row.id).values(state="booked", seat=seat))
            moved.append(row)
    return moved


async def mine(db: Db, person_id: int, now: datetime) -> list[Any]:
    """Return a voter's places that are to come, with day and station, the nearest first."""
    today = local_date(now).isoformat()
    return await db.all(
        select(*booking_columns())
        .join(reception_day, reception_day.c.id == booking.c.day_id)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(booking.c.person_id == person_id, booking.c.state.in_(LIVE), reception_day.c.date >= today)
        .order_by(reception_day.c.date, booking.c.slot)
    )


async def edition(db: Db, person_id: int) -> str:
    """Return a word that changes whenever a voter takes a place or gives one back."""
    row = await db.one(
        select(func.count(booking.c.id).label("taken"), func.count(booking.c.over_at).label("over")).where(
            booking.c.person_id == person_id
        )
    )
    return f"{row.taken}.{row.over}"


async def place_in_line(db: Db, row: Any) -> int:
    """Return the how-manieth somebody is who waits: 1 moves up next."""
    before = await db.one(
        select(func.count().label("n")).where(
            booking.c.day_id == row.day_id,
            booking.c.slot == row.slot,
            booking.c.state == "waiting",
            booking.c.number <= row.number,
        )
    )
    return int(before.n)


async def live_on(db: Db, person_id: int, day_id: int) -> Any:
    """Return a voter's live place on a day, or None."""
    return await db.one(
        select(booking).where(booking.c.day_id == day_id, booking.c.person_id == person_id, booking.c.state.in_(LIVE))
    )


async def add(db: Db, day_id: int, values: dict[str, Any]) -> Any:
    """Write a place under the day's next number; None if the database says that it is taken."""
    last = await db.one(
        select(func.coalesce(func.max(booking.c.number), 0).label("n")).where(booking.c.day_id == day_id)
    )
    values = {**values, "day_id": day_id, "number": last.n + 1}
    written = await db.run(postgres_insert(booking).on_conflict_do_nothing(), values)
    if not written:
        return None
    return await db.one(select(booking).where(booking.c.day_id == day_id, booking.c.number == values["number"]))


async def waiting_on(db: Db, day_id: int) -> list[Any]:
    """Return who waits for a place on a day, the longest first."""
    return await db.all(
        select(booking).where(booking.c.day_id == day_id, booking.c.state == "waiting").order_by(booking.c.number)
    )


def booking_columns() -> tuple[ColumnElement[Any], ...]:
    """Return a booking's columns with what people call its day and station."""
    day = (reception_day.c.date, reception_day.c.starts, reception_day.c.ends, reception_day.c.place)
    return (*booking.c, *day, reception_day.c.station_id, station.c.name.label("station"))


def _days(where: ColumnElement[bool]) -> Any:
    return (
        select(
            reception_day,
            station.c.name.label("station"),
            station.c.code.label("station_code"),
            reception_rule.c.slot_minutes,
            reception_rule.c.slot_places,
        )
        .join(station, station.c.id == reception_day.c.station_id)
        .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
        .where(where)
        .order_by(reception_day.c.date, reception_day.c.starts, reception_day.c.id)
    )


async def _locked(db: Db, day_id: int) -> Any:
    """Return the day, ours until the commit; SQLite has one writer anyway."""
    await db.one(select(reception_day.c.id).where(reception_day.c.id == day_id).with_for_update())
    return await day_by_id(db, day_id)


async def _measures(db: Db, day: Any) -> tuple[int, int]:
    """Return how many minutes a slot has and how many places: the rule's numbers, else the office's."""
    minutes = day.slot_minutes or await limit_value(db, "booking-slot", SLOT_MINUTES)
    return minutes, day.slot_places or await limit_value(db, "booking-places", SLOT_PLACES)


async def _taken(db: Db, day_id: int, slot: str) -> set[int]:
    there = (booking.c.day_id == day_id) & (booking.c.slot == slot) & booking.c.seat.is_not(None)
    return {row.seat for row in await db.all(select(booking.c.seat).where(there))}


async def _not_too_often(db: Db, person_id: int, now: datetime) -> None:
    most = await limit_value(db, "booking-most", MOST_BOOKINGS)
    days = await limit_value(db, "booking-most-within", WITHIN_DAYS)
    recent = await db.one(
        select(func.count().label("n")).where(
            booking.c.person_id == person_id,
            booking.c.state.in_(LIVE),
            booking.c.booked_at > now - timedelta(days=days),
        )
    )
    if recent.n >= most:
        raise Refused("booked_too_often", days=days, most=most)


def begins(day: str, slot: str) -> datetime:
    """Return the moment a slot begins, UTC."""
    hour, minute = slot.split(":")
    return at_local(date.fromisoformat(day), int(hour), int(minute))
