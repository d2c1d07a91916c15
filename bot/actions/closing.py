"""Close a session's register once nothing is lacking, number it for the archive, and open it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions import register, sessions
from bot.actions.handing import Desk
from bot.actions.reception import spoken
from bot.clock import local_date
from bot.errors import Refused
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import clerk, counter, duty, reception_day, reception_entry, register_closing


@dataclass(frozen=True, slots=True)
class Closed:
    """A session that was closed: how many entries it has, under which archive numbers, and who did not attend."""

    entries: int
    first: str
    last: str
    absent: tuple[str, ...]


async def close(desk: Desk, day: Any, by: int, sealer: Sealer) -> Closed:
    """Close a session and give its entries their archive numbers; raises Refused for what is unfinished.

    The refusal names each entry that lacks something, what it lacks and who took it down.
    """
    await _clerk_only(desk.db, day, by)
    if day.date > local_date(desk.now).isoformat():
        raise Refused("session_not_yet", day=spoken(day.date))
    if day.state == "closed":
        raise Refused("session_closed", day=spoken(day.date))
    unfinished = await register.unfinished(desk, day.id, sealer)
    if unfinished:
        raise Refused("session_unfinished", day=spoken(day.date), entries="\n".join(unfinished))
    values = {"day_id": day.id, "by_id": by, "at": desk.now}
    if not await desk.db.run(postgres_insert(register_closing).on_conflict_do_nothing(), values):
        raise Refused("session_closed", day=spoken(day.date))
    await desk.db.run(update(reception_day).where(reception_day.c.id == day.id).values(state="closed"))
    missing = await sessions.absent(desk.db, day.id)
    seated = (duty.c.day_id == day.id) & (duty.c.state == "seated")
    await desk.db.run(update(duty).where(seated).values(state="absent"))
    numbers = await _archive(desk.db, day)
    return Closed(len(numbers), numbers[0] if numbers else "", numbers[-1] if numbers else "", tuple(missing))


async def reopen(desk: Desk, day: Any, by: int) -> None:
    """Open a closed session again; what has an archive number keeps it. Raises Refused."""
    await _clerk_only(desk.db, day, by)
    stands = (register_closing.c.day_id == day.id) & register_closing.c.undone_at.is_(None)
    if not await desk.db.run(update(register_closing).where(stands).values(undone_at=desk.now, undone_by_id=by)):
        raise Refused("session_open", day=spoken(day.date))
    await desk.db.run(update(reception_day).where(reception_day.c.id == day.id).values(state="held"))
    gone = (duty.c.day_id == day.id) & (duty.c.state == "absent")
    await desk.db.run(update(duty).where(gone).values(state="seated"))


async def _archive(db: Db, day: Any) -> list[str]:
    """Give every entry without one the station's next archive number of the year; the counter's row leaves no gap."""
    rows = await db.all(
        select(reception_entry.c.id, reception_entry.c.archive_number)
        .where(reception_entry.c.day_id == day.id, reception_entry.c.void_at.is_(None))
        .order_by(reception_entry.c.number)
    )
    numbers = []
    for row in rows:
        number = row.archive_number
        if number is None:
            number = await _next_number(db, f"{day.station_code}-{day.date[:4]}-JD")
            await db.run(update(reception_entry).where(reception_entry.c.id == row.id).values(archive_number=number))
        numbers.append(number)
    return numbers


async def _next_number(db: Db, name: str) -> str:
    counted = (
        postgres_insert(counter)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
        .returning(counter.c.value)
    )
    return f"{name}{(await db.one(counted)).value:04}"


async def _clerk_only(db: Db, day: Any, person_id: int) -> None:
    mine = (clerk.c.person_id == person_id) & (clerk.c.station_id == day.station_id)
    if await db.one(select(clerk.c.id).where(mine)) is None:
        raise Refused("not_your_session")
