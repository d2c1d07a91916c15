"""Keep the register of a session: what each visitor said, in versions, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions import sessions, visits
from bot.actions.bookings import day_by_id
from bot.actions.handing import Desk
from bot.actions.reception import spoken
from bot.actions.subjects import find_category
from bot.errors import Refused
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.rules.privacy import Sealer, mask
from bot.rules.register import DISPOSITIONS, Said, lacks, read, written
from bot.store.db import Db
from bot.store.tables import (
    booking,
    category,
    entry_media,
    entry_version,
    person,
    reception_day,
    reception_entry,
)

MOST_SIGNS = 2000  # of one field: what one visitor says, and the form still prints on a page or two


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands now: its row, what it says, and what it lacks before the session can be closed."""

    row: Any
    said: Said
    lacks: tuple[str, ...]


async def enter(
    desk: Desk, day: Any, by: int, said: Said, sealer: Sealer, *, visit: int = 0, category_id: int | None = None
) -> Entry:
    """Take down what a visitor says: of the one with that number, else of somebody who just walked in. Raises Refused.

    Whoever is written down has come, so a place that was only booked is checked in by it.
    """
    if not said.words.strip():
        raise Refused("entry_empty")
    _short_enough(said)
    await _locked(desk.db, day.id)
    place = await _place(desk, day, by, said, sealer, visit)
    last = select(func.coalesce(func.max(reception_entry.c.number), 0).label("n"))
    number = (await desk.db.one(last.where(reception_entry.c.day_id == day.id))).n + 1
    entry_id = await desk.db.add(
        insert(reception_entry),
        {"day_id": day.id, "number": number, "booking_id": place.id, "category_id": category_id, "recorder_id": by,
         "created_at": desk.now, "changed_at": desk.now},
    )  # fmt: skip
    await _keep(desk, entry_id, 1, said, by, sealer)
    return await by_id(desk.db, entry_id, sealer)


async def amend(desk: Desk, entry: Entry, by: int, sealer: Sealer, **changes: str) -> Entry:
    """Change what an entry says: a new version, the ones before stay. Raises Refused: closed, or changed meanwhile."""
    said = replace(entry.said, **changes)
    if said == entry.said:
        return entry
    _short_enough(said)
    await _open(desk, entry)
    version = entry.row.version + 1
    await _keep(desk, entry.row.id, version, said, by, sealer)
    await _change(desk, entry, version=version)
    return await by_id(desk.db, entry.row.id, sealer)


async def classify(desk: Desk, entry: Entry, name: str, sealer: Sealer) -> Entry:
    """Give an entry its category by a name or a part of one; raises Refused, naming those that are meant."""
    await _open(desk, entry)
    found = await find_category(desk.db, name)
    await _change(desk, entry, category_id=found.id)
    return await by_id(desk.db, entry.row.id, sealer)


async def dispose(desk: Desk, entry: Entry, disposition: str, sealer: Sealer) -> Entry:
    """Say what becomes of an entry: one of the five; raises Refused."""
    if disposition not in DISPOSITIONS:
        raise Refused("no_such_disposition")
    await _open(desk, entry)
    told = {"told_at": desk.now, "told_by_id": entry.row.recorder_id} if disposition == "spot" else {}
    await _change(desk, entry, disposition=disposition, **told)
    return await by_id(desk.db, entry.row.id, sealer)


async def settle(desk: Desk, entry: Entry, by: int, result: str, sealer: Sealer) -> tuple[Entry, bool]:
    """Note the result and owe it to the voter and to the representatives who were there; True if the voter has a way.

    Also after the session is closed: community and street answer later.
    """
    if not result.strip():
        raise Refused("result_empty", number=entry.row.number)
    said = replace(entry.said, result=result.strip())
    _short_enough(said)
    version = entry.row.version + 1
    await _keep(desk, entry.row.id, version, said, by, sealer)
    await _change(desk, entry, version=version, told_at=desk.now, told_by_id=by)
    reached = await _tell_result(desk, entry, said, version)
    return await by_id(desk.db, entry.row.id, sealer), reached


async def seal(desk: Desk, entry: Entry, sealer: Sealer, *, confidential: bool) -> Entry:
    """Note that a visitor wants to stay unknown, or no longer does; raises Refused."""
    await _open(desk, entry)
    await _change(desk, entry, confidential=confidential)
    return await by_id(desk.db, entry.row.id, sealer)


async def void(desk: Desk, entry: Entry) -> None:
    """Strike out an entry that was written by mistake; it stays in the register. Raises Refused."""
    await _open(desk, entry)
    if entry.row.suggestion_id is not None:
        raise Refused("entry_is_a_case", number=entry.row.number)
    await _change(desk, entry, void_at=desk.now)


async def attach(db: Db, entry: Entry, media: Sequence[int]) -> int:
    """Attach photos and files to an entry and return how many it has now."""
    for media_id in media:
        values = {"entry_id": entry.row.id, "media_id": media_id}
        await db.run(postgres_insert(entry_media).on_conflict_do_nothing(), values)
    counted = select(func.count().label("n")).where(entry_media.c.entry_id == entry.row.id)
    return int((await db.one(counted)).n)


async def entries_of(db: Db, day_id: int, sealer: Sealer) -> list[Entry]:
    """Return a session's entries as they stand now, those struck out too, in their order."""
    rows = await db.all(_rows().where(reception_entry.c.day_id == day_id).order_by(reception_entry.c.number))
    return [_entry(row, sealer) for row in rows]


async def by_number(db: Db, day: Any, number: int, sealer: Sealer) -> Entry:
    """Return one entry of a session; raises Refused."""
    row = await db.one(_rows().where(reception_entry.c.day_id == day.id, reception_entry.c.number == number))
    if row is None:
        raise Refused("no_such_entry", number=number, day=spoken(day.date))
    return _entry(row, sealer)


async def by_id(db: Db, entry_id: int, sealer: Sealer) -> Entry:
    """Return one entry as it stands now; raises Refused."""
    row = await db.one(_rows().where(reception_entry.c.id == entry_id))
    if row is None:
        raise Refused("no_such_entry", number=entry_id, day="")
    return _entry(row, sealer)


async def versions_of(db: Db, entry_id: int, sealer: Sealer) -> list[tuple[int, datetime, str, Said]]:
    """Return every version of an entry – its number, when, by whom, what it said – the original first."""
    rows = await db.all(
        select(entry_version, person.c.name)
        .join(person, person.c.id == entry_version.c.by_id)
        .where(entry_version.c.entry_id == entry_id)
        .order_by(entry_version.c.version)
    )
    return [(row.version, row.at, row.name, _opened(row.content_sealed, sealer)) for row in rows]


async def unfinished(desk: Desk, day_id: int, sealer: Sealer) -> list[str]:
    """Return a line for each entry that lacks something: its number, what it lacks, who took it down."""
    return [
        desk.texts(
            "register.unfinished",
            number=each.row.number,
            what="、".join(desk.texts(f"register.lacks_{what}") for what in each.lacks),
            who=each.row.recorder,
        )
        for each in await entries_of(desk.db, day_id, sealer)
        if each.lacks and each.row.void_at is None
    ]


async def _place(desk: Desk, day: Any, by: int, said: Said, sealer: Sealer, visit: int) -> Any:
    if not visit:
        return await visits.walk_in(desk, day, by, sealer, name=said.name, phone=said.phone)
    place = await visits.by_number(desk.db, day, visit)
    if place.state in ("booked", "waiting"):
        await visits.arrive(desk, place.id, by)
    elif place.state != "came":
        raise Refused("booking_over")
    return place


async def _keep(desk: Desk, entry_id: int, version: int, said: Said, by: int, sealer: Sealer) -> None:
    """Write a version; of two people who amend at once the second hears of the first."""
    values = {"entry_id": entry_id, "version": version, "content_sealed": sealer.seal(written(said), "register"),
              "by_id": by, "at": desk.now}  # fmt: skip
    if not await desk.db.run(postgres_insert(entry_version).on_conflict_do_nothing(), values):
        raise Refused("entry_changed_meanwhile")


async def _change(desk: Desk, entry: Entry, **values: Any) -> None:
    here = reception_entry.c.id == entry.row.id
    await desk.db.run(update(reception_entry).where(here).values(changed_at=desk.now, **values))


async def _open(desk: Desk, entry: Entry) -> None:
    """Raise Refused for what cannot be changed any more."""
    if entry.row.void_at is not None:
        raise Refused("entry_void", number=entry.row.number)
    await sessions.begin(desk.db, await day_by_id(desk.db, entry.row.day_id))


async def _tell_result(desk: Desk, entry: Entry, said: Said, version: int) -> bool:
    """Owe the result to the voter who came and to the representatives who received them."""
    day = await day_by_id(desk.db, entry.row.day_id)
    words = desk.texts("register.result", day=spoken(day.date), station=day.station, number=entry.row.number,
                       words=mask(said.words)[:80], result=said.result)  # fmt: skip
    people = [row.id for row in await sessions.attending(desk.db, day.id)]
    voter = entry.row.person_id
    way = await way_to(desk.db, voter) if voter is not None else None
    for person_id in dict.fromkeys([voter, *people] if voter is not None else people):
        await owe(
            desk.db,
            key=f"entry:{entry.row.id}:result:{version}:{person_id}",
            way=await way_to(desk.db, person_id),
            content=Text(words),
            now=desk.now,
            person_id=person_id,
        )
    return way is not None


async def _locked(db: Db, day_id: int) -> None:
    """Let the entries of a day be numbered one after another."""
    await db.one(select(reception_day.c.id).where(reception_day.c.id == day_id).with_for_update())


def _short_enough(said: Said) -> None:
    if any(len(words) > MOST_SIGNS for words in (said.words, said.answer, said.proposal, said.result)):
        raise Refused("entry_too_long", most=MOST_SIGNS)


def _rows() -> Any:
    return (
        select(
            reception_entry,
            booking.c.person_id,
            booking.c.number.label("visit"),
            booking.c.slot,
            category.c.name.label("category"),
            person.c.name.label("recorder"),
            entry_version.c.content_sealed,
        )
        .join(booking, booking.c.id == reception_entry.c.booking_id)
        .join(person, person.c.id == reception_entry.c.recorder_id)
        .join(
            entry_version,
            (entry_version.c.entry_id == reception_entry.c.id) & (entry_version.c.version == reception_entry.c.version),
        )
        .outerjoin(category, category.c.id == reception_entry.c.category_id)
    )


def _entry(row: Any, sealer: Sealer) -> Entry:
    said = _opened(row.content_sealed, sealer)
    return Entry(row, said, lacks(row.category_id, row.disposition, said))


def _opened(content: bytes, sealer: Sealer) -> Said:
    """Return what a version says: nothing, where the person had it erased."""
    return read(sealer.open(content, "register")) if content else Said()
