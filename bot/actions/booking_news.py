"""Tell voters what became of their places: moved up, the day before, a day that moved or fell away; each once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.actions import bookings
from bot.actions.handing import Desk
from bot.actions.reception import OPEN, spoken, where
from bot.clock import at_local, local_date
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.store.reads import limit_value
from bot.store.tables import booking, reception_day, station

EVE_HOUR = 18  # of the day before, unless the office says otherwise
NEAR = timedelta(days=1)


async def follow(desk: Desk) -> int:
    """Bring every place in line with its day and its slot, tell whom it concerns, and return how many were told.

    It looks at rows only, so it finds what anybody changed: the plan, a clerk, a voter. Twice changes nothing.
    """
    told = 0
    for row in await _live(desk):
        told += await _with_its_day(desk, row)
    for day_id in {row.day_id for row in await _live(desk) if row.state == "waiting"}:
        told += await fill(desk, day_id)
    return told + await remind(desk)


async def fill(desk: Desk, day_id: int) -> int:
    """Let whoever waits for a day move up into its free places and tell them."""
    return sum([await tell(desk, await one(desk, row.id), "up") for row in await bookings.move_up(desk, day_id)])


async def remind(desk: Desk) -> int:
    """Owe everybody who has a place tomorrow the reminder of the evening before."""
    hour = await limit_value(desk.db, "booking-remind", EVE_HOUR)
    tomorrow = local_date(desk.now) + NEAR
    if desk.now < at_local(tomorrow - NEAR, hour):
        return 0
    rows = await desk.db.all(_query(booking.c.state == "booked", reception_day.c.date == tomorrow.isoformat()))
    midnight = at_local(tomorrow, 0)  # then tomorrow is today
    return sum([await tell(desk, row, "eve", expires_at=midnight) for row in rows])


async def tell(desk: Desk, row: Any, what: str, *, expires_at: datetime | None = None, instead: str = "") -> bool:
    """Owe a voter one piece of news of their place (texts `place.{what}`); once for each day it is said of."""
    if row.person_id is None:
        return False
    words = desk.texts(f"place.{what}", number=row.number, day=spoken(row.date), was=spoken(row.told_date),
                       slot=row.slot, where=where(row), instead=instead)  # fmt: skip
    notice = {"number": str(row.number), "subject": desk.texts("place.subject"), "words": words}
    return await owe(
        desk.db,
        key=f"place:{row.id}:{what}:{row.date}",
        way=await way_to(desk.db, row.person_id),
        content=Text(words, notice=notice),
        now=desk.now,
        expires_at=expires_at,
        person_id=row.person_id,
    )


async def one(desk: Desk, booking_id: int) -> Any:
    """Return a place with its day and station."""
    return await desk.db.one(_query(booking.c.id == booking_id))


async def _with_its_day(desk: Desk, row: Any) -> int:
    """Follow a place's day: fallen away, with other hours, or moved."""
    if row.day_state == "cancelled":
        return await _drop(desk, row, "dropped", await _instead(desk, row))
    if not row.starts <= row.slot < row.ends:
        return await _drop(desk, row, "hours", await _instead(desk, row))
    if row.date == row.told_date:
        return 0
    moved = await tell(desk, row, "moved")
    await desk.db.run(update(booking).where(booking.c.id == row.id).values(told_date=row.date))
    return moved


async def _drop(desk: Desk, row: Any, what: str, instead: str) -> int:
    told = await tell(desk, row, what, instead=instead)
    await desk.db.run(
        update(booking).where(booking.c.id == row.id).values(state="dropped", seat=None, over_at=desk.now)
    )
    return told


async def _instead(desk: Desk, row: Any) -> str:
    """Return the offer of the same station's next day, in the words to send for it."""
    later = [reception_day.c.station_id == row.station_id, reception_day.c.date >= local_date(desk.now).isoformat(),
             reception_day.c.id != row.day_id, reception_day.c.state.in_(OPEN)]  # fmt: skip
    day = await desk.db.one(select(reception_day.c.date).where(*later).order_by(reception_day.c.date).limit(1))
    if day is None:
        return desk.texts("place.no_instead")
    on = date.fromisoformat(day.date)
    return desk.texts("place.instead", day=spoken(day.date), short=f"{on.month}-{on.day}")


async def _live(desk: Desk) -> list[Any]:
    """Return every place that is still to come, whatever became of its day."""
    today = local_date(desk.now).isoformat()
    ahead = (reception_day.c.date >= today) | (booking.c.told_date >= today)
    return await desk.db.all(_query(booking.c.state.in_(("booked", "waiting")), ahead))


def _query(*which: Any) -> Any:
    return (
        select(*bookings.booking_columns(), reception_day.c.state.label("day_state"))
        .join(reception_day, reception_day.c.id == booking.c.day_id)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(*which)
        .order_by(booking.c.id)
    )
