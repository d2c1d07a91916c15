"""Read a stored rule in the shape the rules of the house decide by, and look at what it would plan."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bot.actions.reception import working_days
from bot.clock import local_date
from bot.rules.reception import Rule, Season, Session, preview, sessions
from bot.store.db import Db
from bot.store.tables import reception_rule


async def preview_of(db: Db, rule: Rule, now: datetime, months: int = 12) -> list[Session]:
    """Return what a rule – a stored one or a draft – would plan for the coming months."""
    return preview(rule, local_date(now), await working_days(db), months)


def rule_of(row: Any) -> Rule:
    """Return a stored rule in the shape the rules of the house decide by."""
    return Rule(
        starts=row.starts,
        ends=row.ends,
        place=row.place,
        holiday_policy=row.holiday_policy,
        days_of_month=tuple(json.loads(row.days_of_month)),
        weekdays=tuple(json.loads(row.weekdays)),
        nth_weekdays=tuple(json.loads(row.nth_weekdays)),
        dates=tuple(date.fromisoformat(day) for day in json.loads(row.dates)),
        every=row.every,
        since=date.fromisoformat(row.since) if row.since else None,
        until=date.fromisoformat(row.until) if row.until else None,
        seasons=tuple(
            Season(**{name: value or "" for name, value in each.items() if name != "closed"}, closed=each["closed"])
            for each in json.loads(row.seasons)
        ),
    )


def planned(session: Session, mode: str) -> dict[str, Any]:
    """Return a session as the columns of its day."""
    return {
        "date": session.held_on.isoformat(),
        "starts": session.starts,
        "ends": session.ends,
        "place": session.place,
        "mode": mode,
        "state": "provisional" if session.provisional else "planned",
    }


async def session_of(db: Db, day: Any) -> tuple[Session | None, str]:
    """Return what the rule would make of one day now, and in which mode; None if it no longer names that day."""
    row = await db.one(select(reception_rule).where(reception_rule.c.id == day.rule_id))
    named = date.fromisoformat(day.planned_on)
    found = sessions(rule_of(row), named, named, await working_days(db)) if row.active else ()
    return next(iter(found), None), row.mode
