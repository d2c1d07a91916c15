"""Keep the coming reception days in line with the rules and the calendar; doing it twice changes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.actions import reception_news
from bot.actions.clocks import limit
from bot.actions.handing import Desk
from bot.actions.reception import AHEAD, begun, working_days
from bot.clock import local_date
from bot.rules.calendar import WorkingDays
from bot.rules.reception import FARTHEST_MOVE, Rule, Season, Session, preview, sessions
from bot.store.db import Db
from bot.store.tables import reception_day, reception_rule

PLAN_AHEAD = 62  # days, unless the office says otherwise (limit `plan-ahead`)
TOLD_ANEW = ("date", "starts", "ends", "place")  # what people must hear of when it changes

# Two processes may plan the same day at the same moment: the key keeps one.
_ADD = insert(reception_day).on_conflict_do_nothing(index_elements=["rule_id", "planned_on"])


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at the plan needs: the calendar, and the stretch of days it is about."""

    days: WorkingDays
    today: date
    ahead: int  # days


async def plan(desk: Desk) -> int:
    """Plan what the rules name and undo what they no longer do; returns how many days are new or different."""
    today = local_date(desk.now)
    view = Plan(await working_days(desk.db), today, await limit(desk.db, "plan-ahead", PLAN_AHEAD))
    known = await _known(desk.db, today - FARTHEST_MOVE)
    new: list[dict[str, Any]] = []
    changed = 0
    for row in await desk.db.all(select(reception_rule).order_by(reception_rule.c.id)):
        until = today + timedelta(days=row.plan_ahead or view.ahead)
        wanted = _wanted(row, view, until)
        mine = known.get(row.id, {})
        new += [_new(row, session) for session in wanted.values() if _is_new(session, mine, today)]
        changed += await _follow(desk, row, wanted, [day for day in mine.values() if _may_follow(row, day, until)])
    if new:
        changed += await desk.db.run(_ADD, new)
        await reception_news.say_provisional(desk, {(day["station_id"], day["date"][:4]) for day in new if _open(day)})
    return changed


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


def _wanted(row: Any, view: Plan, until: date) -> dict[str, Session]:
    """Return the sessions a rule names, by the day it names."""
    found = sessions(rule_of(row), view.today - FARTHEST_MOVE, until, view.days) if row.active else ()
    return {session.planned_on.isoformat(): session for session in found}


async def _known(db: Db, since: date) -> Mapping[int, dict[str, Any]]:
    """Return the days planned already, by rule and named day."""
    recent = or_(reception_day.c.planned_on >= since.isoformat(), reception_day.c.date >= since.isoformat())
    rows = await db.all(select(reception_day).where(recent).order_by(reception_day.c.id))
    known: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        known[row.rule_id][row.planned_on] = row
    return known


def _is_new(session: Session, mine: Mapping[str, Any], today: date) -> bool:
    return session.planned_on.isoformat() not in mine and session.held_on >= today


def _open(day: Mapping[str, Any]) -> bool:
    return bool(day["state"] == "provisional")


def _new(row: Any, session: Session) -> dict[str, Any]:
    named = {"rule_id": row.id, "station_id": row.station_id, "planned_on": session.planned_on.isoformat()}
    return {**named, **planned(session, row.mode)}


def _may_follow(rule: Any, day: Any, until: date) -> bool:
    """Whether a day follows its rule: what somebody decided by hand stays, unless the whole rule is gone."""
    return not rule.active or (day.decided_by_id is None and day.planned_on <= until.isoformat())


async def _follow(desk: Desk, rule: Any, wanted: Mapping[str, Session], days: Iterable[Any]) -> int:
    """Let the days planned already follow their rule, as far as they are to come."""
    changed = 0
    for day in days:
        session = wanted.get(day.planned_on)
        if begun(day, desk.now):
            continue
        if session is not None and session.held_on >= local_date(desk.now):
            changed += await _bring(desk, day, planned(session, rule.mode))
        elif session is None and day.state in AHEAD:
            changed += await change(desk, day, "cancelled", {"state": "cancelled"})
    return changed


async def _bring(desk: Desk, day: Any, values: dict[str, Any]) -> bool:
    """Bring one day in line; who had been told hears of another date, other hours, another place."""
    if day.state not in (*AHEAD, "cancelled") or all(getattr(day, name) == value for name, value in values.items()):
        return False
    if day.state == "cancelled":
        return await change(desk, day, "restored", values)
    if any(getattr(day, name) != values[name] for name in TOLD_ANEW):
        return await change(desk, day, "moved" if day.date != values["date"] else "changed", values)
    done = await desk.db.run(update(reception_day).where(_as_seen(day)).values(**values))
    return done == 1


async def change(
    desk: Desk, day: Any, what: str, values: Mapping[str, Any], *, by: int | None = None, people: Iterable[int] = ()
) -> bool:
    """Move, cancel or restore one day and let everybody who had been told hear it once; False if another was quicker.

    `by` decided it by hand and is not told; `people` are told even if they had not been told before.
    """
    told_as = day.moved_from if day.moved_from and await reception_news.unsaid(desk.db, day.id) else day.date
    facts = {"version": day.version + 1, "moved_from": told_as, "changed_at": desk.now, "reason": "", **values}
    done = await desk.db.run(update(reception_day).where(_as_seen(day)).values(**facts))
    if done == 1:
        back = what == "moved" and values["date"] == told_as
        await reception_news.tell(desk, day.id, "restored" if back else what, by=by, people=people)
    return done == 1


def _as_seen(day: Any) -> Any:
    """Return the condition that nobody changed the day since it was read."""
    return (reception_day.c.id == day.id) & (reception_day.c.version == day.version)
