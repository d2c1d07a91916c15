"""Plan reception days and owe the reminders of each; doing it twice changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, select, update

from bot.clock import local_date
from bot.message import Text
from bot.outbox.queue import Way, owe, way_to
from bot.rules.calendar import WorkingDays
from bot.rules.reception import REMINDERS, Reminder, sessions
from bot.store.db import Db
from bot.store.tables import (
    calendar_day,
    group,
    group_address,
    membership,
    person,
    reception_day,
    reception_rule,
    representative,
    station,
)
from config.texts import Texts

PLAN_AHEAD = timedelta(days=62)  # [A] two months are always planned
REMIND_AHEAD = timedelta(days=8)  # the longest reminder is a week; planned rows are visible before they go
WEEKDAYS = "一二三四五六日"


async def working_days(db: Db) -> WorkingDays:
    """Return the calendar staff keep."""
    rows = [(date.fromisoformat(row.date), row) for row in await db.all(select(calendar_day))]
    return WorkingDays.of({day: row.kind for day, row in rows}, {day: row.name for day, row in rows})


async def plan(db: Db, now: datetime) -> int:
    """Write the days every rule plans for the coming two months; returns how many are new or moved."""
    days = await working_days(db)
    today = local_date(now)
    changed = 0
    for rule in await db.all(select(reception_rule)):
        wanted = tuple(json.loads(rule.days_of_month))
        known = {
            row.planned_on: row for row in await db.all(select(reception_day).where(reception_day.c.rule_id == rule.id))
        }
        for session in sessions(wanted, rule.holiday_policy, today, today + PLAN_AHEAD, days):
            state = "provisional" if session.provisional else "planned"
            values = {
                "date": session.held_on.isoformat(),
                "state": state,
                "starts": rule.starts,
                "ends": rule.ends,
                "place": rule.place,
            }
            row = known.get(session.planned_on.isoformat())
            if row is None:
                facts = {
                    "rule_id": rule.id,
                    "station_id": rule.station_id,
                    "planned_on": session.planned_on.isoformat(),
                }
                await db.run(insert(reception_day).values(**facts, **values))
                changed += 1
            elif row.state != "cancelled" and any(getattr(row, name) != value for name, value in values.items()):
                await db.run(update(reception_day).where(reception_day.c.id == row.id).values(**values))
                changed += 1
    return changed


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


async def upcoming(db: Db, group_id: int | None, now: datetime, *, most: int = 2) -> list[Any]:
    """Return the next reception days of a group's station (of every station without one), soonest first."""
    query = (
        select(reception_day, station.c.name.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(reception_day.c.date >= local_date(now).isoformat(), reception_day.c.state != "cancelled")
        .order_by(reception_day.c.date, reception_day.c.starts)
        .limit(most)
    )
    if group_id is not None:
        home = select(group.c.station_id).where(group.c.id == group_id).scalar_subquery()
        mine = await db.all(query.where(reception_day.c.station_id == home))
        if mine:
            return mine
    return await db.all(query)


def spoken(day: str) -> str:
    """Return a stored day as people say it: 12月10日（星期四）."""
    value = date.fromisoformat(day)
    return f"{value.month}月{value.day}日（星期{WEEKDAYS[value.weekday()]}）"


def where(day: Any) -> str:
    """Return where a day is held, naming the station once."""
    return str(day.place) if day.place.startswith(day.station) else f"{day.station}，{day.place}"


async def _days(db: Db, start: date, end: date) -> list[Any]:
    return await db.all(
        select(reception_day, station.c.name.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(reception_day.c.date.between(start.isoformat(), end.isoformat()), reception_day.c.state != "cancelled")
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
            owed += await owe(db, key=key, way=way, content=Text(words), now=now, due_at=due_at, expires_at=grace)
        return owed
    for row in await _representatives(db, day.station_id):
        words = texts(f"reminder.{reminder.kind}", name=row.name, **facts)
        way = await way_to(db, row.id)
        key = f"reminder:{day.id}:{day.date}:p{row.id}:{reminder.kind}"
        owed += await owe(
            db, key=key, way=way, content=Text(words), now=now, due_at=due_at, expires_at=grace, person_id=row.id
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
