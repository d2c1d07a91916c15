"""Let somebody look on at an office or a station until a day, and end it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from bot.clock import local_date
from bot.errors import Refused
from bot.rules.lifecycle import Role
from bot.store.db import Db
from bot.store.tables import grant, login, person, station

LONGEST = timedelta(days=366)
LONGEST_NAME = 40


async def give(db: Db, name: str, place: str, until: str, by: tuple[int, Collection[int]], now: datetime) -> int:
    """Let a new person of that name look on at a place until a day; returns the person. Raises Refused.

    The place is "office 3" or "station 7" and lies within the giver's offices: `by` is the giver and these.
    """
    giver, offices = by
    kind, _, number = place.partition(" ")
    where = int(number) if number.isdecimal() and len(number) < 16 else 0
    if not name or len(name) > LONGEST_NAME:
        raise Refused("looker_needs_a_name", most=LONGEST_NAME)
    if not await _is_ours(db, kind, where, offices):
        raise Refused("place_not_yours")
    _look_at(until, local_date(now))
    who = await db.add(insert(person).values(name=name, created_at=now))
    values = {"person_id": who, "role": Role.AUDITOR, f"{kind}_id": where, "by_id": giver, "at": now, "until": until}
    await db.run(insert(grant).values(**values))
    return who


async def end(db: Db, grant_id: int, offices: Collection[int], now: datetime) -> str:
    """End a grant of these offices and every session of who had it; returns their name. Raises Refused."""
    row = await db.one(
        select(grant, person.c.name)
        .join(person, person.c.id == grant.c.person_id)
        .where(grant.c.id == grant_id, grant.c.ended_at.is_(None))
    )
    kind = "office" if row is not None and row.office_id else "station"
    if row is None or not await _is_ours(db, kind, row.office_id or row.station_id, offices):
        raise Refused("place_not_yours")
    await db.run(update(grant).where(grant.c.id == grant_id).values(ended_at=now))
    await db.run(update(login).where(login.c.person_id == row.person_id).values(epoch=login.c.epoch + 1))
    return str(row.name)


def _look_at(until: str, today: date) -> None:
    """Refuse what is no day, is over, or is more than a year away."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Refused("until_is_no_day") from None
    if not today <= day <= today + LONGEST:
        raise Refused("until_is_no_day")


async def _is_ours(db: Db, kind: str, where: int, offices: Collection[int]) -> bool:
    if kind == "office":
        return where in offices
    mine = (station.c.id == where, station.c.office_id.in_(offices))
    return kind == "station" and await db.one(select(station.c.id).where(*mine)) is not None
