"""Owe the reminders of the coming reception days, each once under its own key."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, select

from bot.actions.reception import AHEAD, spoken, where
from bot.clock import local_date
from bot.message import Text
from bot.outbox.queue import Way, owe, way_to
from bot.rules.reminders import REMINDERS, Reminder
from bot.store.db import Db
from bot.store.tables import group, group_address, membership, person, reception_day, representative, station
from config.texts import Texts

REMIND_AHEAD = timedelta(days=8)  # the longest reminder is a week; planned rows are visible before they go


async def remind(db: Db, texts: Texts, now: datetime) -> int:
    """Owe every reminder of the coming days, each under its own key; returns how many are new."""
    today = local_date(now)
    owed = 0
    for day in await _days(db, today, today + REMIND_AHEAD):
        for reminder in REMINDERS:
            due_at = reminder.due_at(date.fromisoformat(day.date))
            if due_at + timedelta(hours=reminder.grace_hours) <= now:
                continue
            owed += await _remind(db, day, reminder, due_at, texts, now)
    return owed


async def _days(db: Db, start: date, end: date) -> list[Any]:
    return await db.all(
        select(reception_day, station.c.name.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(reception_day.c.date.between(start.isoformat(), end.isoformat()), reception_day.c.state.in_(AHEAD))
    )


async def _remind(db: Db, day: Any, reminder: Reminder, due_at: datetime, texts: Texts, now: datetime) -> int:
    facts = {"day": spoken(day.date), "starts": day.starts, "ends": day.ends, "where": where(day)}
    grace = due_at + timedelta(hours=reminder.grace_hours)
    owed = 0
    if reminder.audience == "group":
        for row in await _groups(db, day.station_id):
            words = texts(f"reminder.{reminder.kind}", group=row.name, **facts)
            way = Way(row.channel, row.account, group_id=row.id) if row.channel else None
            key = f"reminder:{day.id}:{day.date}:g{row.id}:{reminder.kind}"
            owed += await owe(db, key=key, way=way, content=Text(words), now=now, due_at=due_at, expires_at=grace,
                              reception_day_id=day.id)  # fmt: skip
        return owed
    for row in await _representatives(db, day.station_id):
        words = texts(f"reminder.{reminder.kind}", name=row.name, **facts)
        way = await way_to(db, row.id)
        key = f"reminder:{day.id}:{day.date}:p{row.id}:{reminder.kind}"
        owed += await owe(
            db,
            key=key,
            way=way,
            content=Text(words),
            now=now,
            due_at=due_at,
            expires_at=grace,
            person_id=row.id,
            reception_day_id=day.id,
        )
    return owed


async def _groups(db: Db, station_id: int) -> list[Any]:
    """Return the groups of a station with the address we may speak to, if any."""
    speaks = and_(group_address.c.group_id == group.c.id, group_address.c.purpose == "speak")
    return await db.all(
        select(group.c.id, group.c.name, group_address.c.channel, group_address.c.account)
        .outerjoin(group_address, speaks)
        .where(group.c.station_id == station_id)
        .order_by(group.c.id)
    )


async def _representatives(db: Db, station_id: int) -> list[Any]:
    """Return the representatives who sit at a station: its own and those of its groups."""
    of_groups = (
        select(membership.c.person_id)
        .join(group, group.c.id == membership.c.group_id)
        .where(group.c.station_id == station_id, membership.c.role == "representative")
    )
    return await db.all(
        select(person.c.id, person.c.name)
        .join(representative, representative.c.person_id == person.c.id)
        .where((representative.c.station_id == station_id) | person.c.id.in_(of_groups))
        .order_by(person.c.id)
    )
