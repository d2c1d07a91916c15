"""Read what anybody may know of a contact group: its station, its next days, its representatives, its ways in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.actions import calendars
from bot.actions.reception import OPEN, not_over
from bot.store.db import Db
from bot.store.tables import group, group_address, membership, person, reception_day, representative, station

NEXT = 3  # reception days shown


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as its page shows it."""

    group: Any  # with the station's name, code, address, phone
    days: list[Any]
    sitting: dict[int, list[str]]  # day id -> who sits
    representatives: list[Any]
    ways_in: list[Any]  # channel, account, entry_url


async def look(db: Db, code: str, now: datetime) -> GroupView | None:
    """Return a group's page, or None if there is no such group (one that is gone has no members any more)."""
    found = await db.one(
        select(
            group,
            station.c.name.label("station"),
            station.c.code.label("station_code"),
            station.c.address,
            station.c.phone,
        )
        .join(station, station.c.id == group.c.station_id)
        .where(group.c.code == code)
    )
    if found is None:
        return None
    people = await _representatives(db, found.id)
    if not people:
        return None
    days = await _days(db, found.station_id, now)
    sitting = await calendars.sitting(db, [day.id for day in days])
    return GroupView(found, days, sitting, people, await _ways_in(db, found.id))


async def entry(db: Db, code: str, channel: str) -> str:
    """Return the address behind a group's QR code for a channel, empty if there is none (yet)."""
    row = await db.one(
        select(group_address.c.entry_url)
        .join(group, group.c.id == group_address.c.group_id)
        .where(group.c.code == code, group_address.c.channel == channel, group_address.c.purpose == "scene")
        .order_by(group_address.c.id)
        .limit(1)
    )
    return "" if row is None else str(row.entry_url)


async def _days(db: Db, station_id: int, now: datetime) -> list[Any]:
    return await db.all(
        select(reception_day, station.c.name.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(
            reception_day.c.station_id == station_id,
            not_over(now),
            reception_day.c.state.in_((*OPEN, "cancelled")),
        )
        .order_by(reception_day.c.date, reception_day.c.starts)
        .limit(NEXT)
    )


async def _representatives(db: Db, group_id: int) -> list[Any]:
    return await db.all(
        select(person.c.code, person.c.name, representative.c.level, representative.c.title)
        .join(membership, membership.c.person_id == person.c.id)
        .join(representative, representative.c.person_id == person.c.id)
        .where(membership.c.group_id == group_id, membership.c.role == "representative")
        .order_by(membership.c.position)
    )


async def _ways_in(db: Db, group_id: int) -> list[Any]:
    return await db.all(
        select(group_address.c.channel, group_address.c.entry_url)
        .where(group_address.c.group_id == group_id, group_address.c.purpose == "scene")
        .order_by(group_address.c.id)
    )
