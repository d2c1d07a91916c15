"""Keep the coming reception days in line with the rules and the calendar; doing it twice changes nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.actions import reception_news
from bot.actions.clocks import limit
from bot.actions.handing import Desk, DeskOf
from bot.actions.reception import AHEAD, begun, working_days
from bot.actions.reception_change import as_seen, change
from bot.actions.reception_rules import planned, rule_of
from bot.clock import local_date
from bot.rules.calendar import WorkingDays
from bot.rules.reception import FARTHEST_MOVE, Session, sessions
from bot.store import Store
from bot.store.db import Db
from bot.store.tables import reception_day, reception_rule

PLAN_AHEAD = 62  # days, unless the office says otherwise (limit `plan-ahead`)
TOLD_ANEW = ("date", "starts", "ends", "place")  # what people must hear of when it changes

# Two processes may plan the same day at the same moment: the key keeps one.
_ADD = insert(reception_day).on_conflict_do_nothing(index_elements=["rule_id", "planned_on"])


@dataclass(frozen=True, slots=True)
class View:
    """What one look at the plan needs: the calendar, the moment, and how far ahead to plan."""

    days: WorkingDays
    now: datetime
    ahead: int  # days

    @property
    def today(self) -> date:
        """Return the day people in the office call it."""
        return local_date(self.now)


@dataclass(frozen=True, slots=True)
class Step:
    """One difference between a rule and its days: new, moved, changed, restored, cancelled; sure is told to nobody."""

    what: str
    day: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)


async def plan(store: Store, desk_of: DeskOf) -> int:
    """Plan what the rules name and undo what they no longer do; returns how many days are new or different.

    Looking takes nobody's turn; only a rule whose days are not as they should be is written, each in its own turn.
    """
    async with store.read() as db:
        desk = desk_of(db)
        view = View(await working_days(db), desk.now, await limit(db, "plan-ahead", PLAN_AHEAD))
        rules = await db.all(select(reception_rule).order_by(reception_rule.c.id))
        known = await _known(db, view)
    unlike = await asyncio.to_thread(_unlike, rules, known, view)
    changed = 0
    for rule_id in unlike:
        changed += await store.write(partial(_follow, desk_of=desk_of, rule_id=rule_id, view=view))
    return changed


def steps(rule: Any, known: Iterable[Any], view: View) -> Iterator[Step]:
    """Yield what must be done so that the days to come follow their rule; a day somebody decided on stays."""
    until = view.today + timedelta(days=rule.plan_ahead or view.ahead)
    found = sessions(rule_of(rule), view.today - FARTHEST_MOVE, until, view.days) if rule.active else ()
    wanted = {session.planned_on.isoformat(): session for session in found}
    known = list(known)
    for named in wanted.keys() - {day.planned_on for day in known}:
        if wanted[named].held_on >= view.today:
            yield Step("new", values={"planned_on": named, **planned(wanted[named], rule.mode)})
    for day in known:
        # A day moved or cancelled by hand goes with its whole rule, but not with a rule that names other days now.
        follows = not rule.active or (day.decided_by_id is None and day.planned_on <= until.isoformat())
        if follows and not begun(day, view.now) and (step := _step(rule, day, wanted.get(day.planned_on), view)):
            yield step


def _step(rule: Any, day: Any, session: Session | None, view: View) -> Step | None:
    """Return what must be done about one day that was planned before, if anything."""
    if session is None:
        return Step("cancelled", day, {"state": "cancelled"}) if day.state in AHEAD else None
    values = planned(session, rule.mode)
    if session.held_on < view.today or day.state not in (*AHEAD, "cancelled"):
        return None
    if day.state == "cancelled":
        return Step("restored", day, values)
    if all(getattr(day, name) == value for name, value in values.items()):
        return None
    if all(getattr(day, name) == values[name] for name in TOLD_ANEW):
        return Step("sure", day, values)
    return Step("moved" if day.date != values["date"] else "changed", day, values)


def _unlike(rules: Iterable[Any], known: Mapping[int, list[Any]], view: View) -> list[int]:
    """Return the rules whose days are not as they should be."""
    return [rule.id for rule in rules if any(True for _ in steps(rule, known.get(rule.id, ()), view))]


async def follow(desk: Desk, rule_id: int) -> int:
    """Let the days of one rule follow it now, in the caller's transaction; returns how many are new or different."""
    view = View(await working_days(desk.db), desk.now, await limit(desk.db, "plan-ahead", PLAN_AHEAD))
    return await _follow(desk.db, desk_of=lambda _: desk, rule_id=rule_id, view=view)


async def _follow(db: Db, *, desk_of: DeskOf, rule_id: int, view: View) -> int:
    """Let the days of one rule follow it; rule and days are read anew, as somebody may have been quicker."""
    desk = desk_of(db)
    rule = await db.one(select(reception_rule).where(reception_rule.c.id == rule_id))
    known = await _known(db, view, rule_id)
    changed = 0
    new: list[Mapping[str, Any]] = []
    for step in steps(rule, known.get(rule_id, ()), view):
        if step.what == "new":
            new.append({"rule_id": rule.id, "station_id": rule.station_id, **step.values})
        else:
            changed += await _take(desk, step)
    return changed + (await _add(desk, new) if new else 0)


async def _take(desk: Desk, step: Step) -> bool:
    if step.what != "sure":
        return await change(desk, step.day, step.what, step.values)
    return await desk.db.run(update(reception_day).where(as_seen(step.day)).values(**step.values)) == 1


async def _add(desk: Desk, new: list[Mapping[str, Any]]) -> int:
    """Write new days, and tell the desk of a year whose holidays are not out."""
    added = await desk.db.run(_ADD, new)
    open_years = {(day["station_id"], day["date"][:4]) for day in new if day["state"] == "provisional"}
    await reception_news.say_provisional(desk, open_years)
    return added


async def _known(db: Db, view: View, rule_id: int | None = None) -> Mapping[int, list[Any]]:
    """Return the days planned already and not long over, by rule."""
    since = (view.today - FARTHEST_MOVE).isoformat()
    query = select(reception_day).where(or_(reception_day.c.planned_on >= since, reception_day.c.date >= since))
    if rule_id is not None:
        query = query.where(reception_day.c.rule_id == rule_id)
    known: dict[int, list[Any]] = defaultdict(list)
    for row in await db.all(query.order_by(reception_day.c.id)):
        known[row.rule_id].append(row)
    return known
