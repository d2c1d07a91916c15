"""Plan the reception days every rule asks for; doing it twice changes nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, select, update

from bot.actions.reception import AHEAD, working_days
from bot.clock import local_date
from bot.rules.reception import sessions
from bot.store.db import Db
from bot.store.tables import reception_day, reception_rule

PLAN_AHEAD = timedelta(days=62)  # [A] two months are always planned


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
                "mode": rule.mode,
            }
            row = known.get(session.planned_on.isoformat())
            if row is None:
                facts = {
                    "rule_id": rule.id,
                    "station_id": rule.station_id,
                    "planned_on": session.planned_on.isoformat(),
                    "uid": uuid4().hex,
                }
                await db.run(insert(reception_day).values(**facts, **values))
                changed += 1
            elif (
                row.state in AHEAD
                and row.decided_by_id is None
                and any(getattr(row, name) != value for name, value in values.items())
            ):
                await db.run(update(reception_day).where(reception_day.c.id == row.id).values(**values))
                changed += 1
    return changed
