"""Show what reception days hold of a person, and forget it: the form keeps its number and says nothing of anybody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from bot.actions import booking_news, scrubbing
from bot.actions.handing import Desk
from bot.store.db import Db
from bot.store.tables import booking, entry_media, entry_version, heard, outgoing, reception_entry

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
    db = desk.db
    rows = await db.all(select(reception_entry.c.id).where(_theirs(person_id)))
    ids = [row.id for row in rows]
    written = entry_version.c.entry_id.in_(ids)
    for version in await db.all(select(entry_version.c.by_id, entry_version.c.at).where(written)):
        await scrubbing.messages(db, (heard.c.person_id == version.by_id) & (heard.c.heard_at == version.at))
    await db.run(update(entry_version).where(written).values(content_sealed=ERASED))
    shown = await db.all(select(entry_media.c.media_id).where(entry_media.c.entry_id.in_(ids)))
    await scrubbing.files(desk, [row.media_id for row in shown])
    for entry_id in ids:
        await scrubbing.pushes(db, outgoing.c.key.startswith(f"entry:{entry_id}:", autoescape=True))
    await _give_back(desk, person_id)
    return len(ids)


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
