"""Show what reception days hold of a person, and forget it, on their word or by age: the form keeps its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from bot.actions import booking_news, scrubbing
from bot.actions.handing import Desk
from bot.store.db import Db
from bot.store.tables import booking, entry_media, entry_version, heard, outgoing, reception_day, reception_entry

ERASED = b""  # instead of a sealed content: there is nothing to open any more


async def held_of(db: Db, person_id: int) -> tuple[int, int]:
    """Return how many places and how many entries of the register are a person's."""
    places = select(func.count().label("n")).select_from(booking).where(booking.c.person_id == person_id)
    entries = select(func.count().label("n")).select_from(reception_entry).where(_theirs(person_id))
    return int((await db.one(places)).n), int((await db.one(entries)).n)


async def erase(desk: Desk, person_id: int) -> int:
    """Empty a person's entries in every version, give their places back, and return how many entries that were.

    What staff wrote to us when they took the words down goes too; numbers, category and disposition stay counted.
    """
    rows = await desk.db.all(select(reception_entry.c.id).where(_theirs(person_id)))
    ids = [row.id for row in rows]
    await _empty(desk, ids)
    await _give_back(desk, person_id)
    return len(ids)


async def forget_before(desk: Desk, day: str, most: int) -> int:
    """Empty the registers of the sessions held before an ISO day, at most so many entries, and return how many.

    The names of visitors of whom nothing was taken down go with them.
    """
    old = select(reception_day.c.id).where(reception_day.c.date < day)
    full = select(entry_version.c.entry_id).where(entry_version.c.content_sealed != ERASED)
    here = reception_entry.c.day_id.in_(old) & reception_entry.c.id.in_(full)
    ids = [row.id for row in await desk.db.all(select(reception_entry.c.id).where(here).limit(most))]
    await _empty(desk, ids)
    named = booking.c.day_id.in_(old) & booking.c.name_sealed.is_not(None)
    return len(ids) + await desk.db.run(update(booking).where(named).values(name_sealed=None))


async def _empty(desk: Desk, ids: Sequence[int]) -> None:
    """Take the words, the files and what was sent about them out of these entries, in every version."""
    db, written = desk.db, entry_version.c.entry_id.in_(ids)
    for version in await db.all(select(entry_version.c.by_id, entry_version.c.at).where(written)):
        await scrubbing.messages(db, (heard.c.person_id == version.by_id) & (heard.c.heard_at == version.at))
    await db.run(update(entry_version).where(written).values(content_sealed=ERASED))
    shown = await db.all(select(entry_media.c.media_id).where(entry_media.c.entry_id.in_(ids)))
    await scrubbing.files(desk, [row.media_id for row in shown])
    for entry_id in ids:
        await scrubbing.pushes(db, outgoing.c.key.startswith(f"entry:{entry_id}:", autoescape=True))


async def _give_back(desk: Desk, person_id: int) -> None:
    mine = booking.c.person_id == person_id
    await desk.db.run(update(booking).where(mine).values(name_sealed=None))
    ahead = mine & booking.c.state.in_(("booked", "waiting"))
    days = {row.day_id for row in await desk.db.all(select(booking.c.day_id).where(ahead))}
    gone = {"state": "cancelled", "seat": None, "over_at": desk.now}
    await desk.db.run(update(booking).where(ahead).values(**gone))
    for day_id in sorted(days):
        await booking_news.fill(desk, day_id)


def _theirs(person_id: int) -> Any:
    return reception_entry.c.booking_id.in_(select(booking.c.id).where(booking.c.person_id == person_id))
