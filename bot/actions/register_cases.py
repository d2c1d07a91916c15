"""Turn an entry of the register into a suggestion, in one step and never twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from bot.actions import suggestions
from bot.actions.bookings import day_by_id
from bot.actions.handing import Desk
from bot.actions.people import Sender
from bot.actions.register import Entry
from bot.actions.suggestions import Logged, Matter
from bot.errors import Refused
from bot.rules.matter import place_of, subject_of
from bot.store.db import Db
from bot.store.tables import booking, group, person, reception_entry


async def lift(desk: Desk, entry: Entry) -> Logged:
    """Log an entry as its voter's suggestion and return it; raises Refused for one that is a suggestion already.

    The entry's row is held until the commit, so of two clerks who press at once one waits and is refused; the unique
    key on the suggestion holds even so.
    """
    held = select(reception_entry).where(reception_entry.c.id == entry.row.id).with_for_update()
    row = await desk.db.one(held)
    if row.void_at is not None:
        raise Refused("entry_void", number=row.number)
    if row.suggestion_id is not None:
        raise Refused("entry_is_a_case", number=row.number)
    day = await day_by_id(desk.db, row.day_id)
    sender = await _sender(desk, entry, day)
    said = entry.said
    matter = Matter(
        text=said.words,
        subject=subject_of(said.words) or desk.texts("suggest.no_subject"),
        place=said.home or place_of(said.words),
        category_id=row.category_id,
        confidential=row.confidential,
    )
    logged = await suggestions.submit(desk.db, sender, matter, desk.texts, desk.now)
    mine = (reception_entry.c.id == row.id) & reception_entry.c.suggestion_id.is_(None)
    await desk.db.run(update(reception_entry).where(mine).values(suggestion_id=logged.id, changed_at=desk.now))
    return logged


async def _sender(desk: Desk, entry: Entry, day: Any) -> Sender:
    """Return the voter as the one who writes; who left no phone becomes a person whom only the register knows."""
    person_id = entry.row.person_id
    if person_id is None:
        person_id = await desk.db.add(insert(person), {"name": "", "created_at": desk.now})
        here = booking.c.id == entry.row.booking_id
        await desk.db.run(update(booking).where(here).values(person_id=person_id))
    group_id = await _group(desk.db, person_id, day.station_id)
    identity: Any = None  # however they can be reached by then, not by the way they came to us once
    return Sender(person_id=person_id, identity_id=identity, name="", group_id=group_id)


async def _group(db: Db, person_id: int, station_id: int) -> int:
    """Return the voter's own group where it is of this station, else the station's first; raises Refused."""
    mine = await db.one(select(person.c.group_id).where(person.c.id == person_id))
    rows = await db.all(select(group.c.id).where(group.c.station_id == station_id).order_by(group.c.id))
    here = [int(row.id) for row in rows]
    if not here:
        raise Refused("no_group_here")
    return int(mine.group_id) if mine.group_id in here else here[0]
