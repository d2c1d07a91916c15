"""Owe the notices and reminders of the coming reception days, each once under its own key, by the office's table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, or_, select, union, update

from bot.actions.notices import announce
from bot.actions.reception import OPEN, spoken, where
from bot.clock import local_date
from bot.message import Text
from bot.outbox.queue import Way, from_json, owe, way_to
from bot.rules.privacy import Sealer
from bot.rules.quiet import Quiet
from bot.rules.reminders import CLERK, GROUP, REGISTER_OPEN, REPRESENTATIVE, Reminder
from bot.store import Store, reads
from bot.store.db import Db
from bot.store.tables import (
    clerk,
    duty,
    group,
    group_address,
    membership,
    outgoing,
    person,
    reception_day,
    reception_rule,
    reminder_rule,
    representative,
    station,
)
from config.texts import Texts

VISIBLE = timedelta(days=1)  # planned rows are there a day longer ahead than the longest reminder, for all to see
LOOKED_AT = 500  # days, or rows, a query names at once
RULE_CHANGED = "rule_changed"


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who hears of a day: a person, or one of a group's rooms."""

    key: str
    name: str
    hours: Quiet
    person_id: int | None = None
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing to be said of a day to somebody."""

    key: str
    rule: Reminder
    to: Listener
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """What the reminders of some days need to know."""

    rules: tuple[Reminder, ...]
    days: Mapping[int, Any]
    listeners: Mapping[tuple[str, int], list[Listener]]  # (audience, day) -> who

    def planned(self, now: datetime) -> Iterator[tuple[Any, Planned]]:
        """Yield what is to be said of these days and not too late; a notice is owed even so, for all to see."""
        for day in self.days.values():
            held_on = date.fromisoformat(day.date)
            for rule in self.rules:
                for to in self.listeners[rule.audience, day.id]:
                    due_at = rule.due_at(held_on, to.hours, day.notice_ahead)
                    late = rule.ends_at(due_at) <= now and not (rule.notice and held_on >= local_date(now))
                    early = rule.only == REGISTER_OPEN and due_at > now
                    if not (late or early):
                        yield day, Planned(f"reminder:{day.id}:{day.date}:{to.key}:{rule.code}", rule, to, due_at)


async def remind(store: Store, texts: Texts, sealer: Sealer, now: datetime) -> int:
    """Owe what is lacking, a day at a time so that nobody waits for long; returns how many are new."""
    async with store.read() as db:
        lacking = await _lacking(db, now)
    owed = 0
    for day_id in lacking:

        async def owe_day(db: Db, day_id: int = day_id) -> int:
            return await _owe_day(db, day_id, texts, sealer, now)

        owed += await store.write(owe_day)
    return owed


async def announce_anew(db: Db, rules: Collection[str]) -> int:
    """Take back the planned notices of stations whose reception rules announce so many days ahead no longer."""
    notices = [reminder.code for reminder in await rules_of(db) if reminder.notice]
    of_rules = (
        select(reception_day.c.id)
        .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
        .where(reception_rule.c.code.in_(rules))
    )
    return await plan_anew(db, notices, outgoing.c.reception_day_id.in_(of_rules)) if rules else 0


async def plan_anew(db: Db, codes: Collection[str], only: ColumnElement[bool] | None = None) -> int:
    """Take back what was planned by reminders that were changed or are gone; what stands now is owed at the next tick.

    What a clerk holds or put in their own words stays, and so does what was said: nobody hears it twice.
    """
    if not codes:
        return 0
    planned = outgoing.c.key.startswith("reminder:") & outgoing.c.state.in_(("waiting", "parked"))
    planned = planned if only is None else planned & only
    of_those = or_(*(outgoing.c.key.endswith(f":{code}", autoescape=True) for code in codes))
    rows = await db.all(select(outgoing.c.id, outgoing.c.content).where(planned, of_those))
    ours = [row.id for row in rows if not (isinstance(said := from_json(row.content), Text) and said.by_hand)]
    for start in range(0, len(ours), LOOKED_AT):
        some = outgoing.c.id.in_(ours[start : start + LOOKED_AT]) & planned
        freed = outgoing.c.key + ":" + cast(outgoing.c.id, String)
        await db.run(update(outgoing).where(some).values(state="cancelled", error=RULE_CHANGED, key=freed))
    return len(ours)


async def _lacking(db: Db, now: datetime) -> list[int]:
    """Return the days of which something is to be said that nobody owes yet."""
    rules = await rules_of(db)
    ahead = max([rule.days_before for rule in rules] + [await _longest_notice(db)], default=0)
    behind = min((rule.days_before for rule in rules), default=0)
    first, last = local_date(now) + timedelta(days=behind) - VISIBLE, local_date(now) + timedelta(days=ahead) + VISIBLE
    span = reception_day.c.date.between(first.isoformat(), last.isoformat()) & reception_day.c.state.in_(OPEN)
    ids = [row.id for row in await db.all(select(reception_day.c.id).where(span))]
    lacking: dict[int, None] = {}
    for start in range(0, len(ids), LOOKED_AT):
        some = ids[start : start + LOOKED_AT]
        query = select(outgoing.c.key).where(outgoing.c.reception_day_id.in_(some))
        known = {row.key for row in await db.all(query)}
        setting = await _setting(db, some, rules)
        lacking |= {day.id: None for day, planned in setting.planned(now) if planned.key not in known}
    return list(lacking)


async def _longest_notice(db: Db) -> int:
    """Return how many days ahead the station that announces longest ahead does so."""
    row = await db.one(select(func.max(reception_rule.c.notice_ahead).label("days")))
    return int(row.days or 0)


async def _owe_day(db: Db, day_id: int, texts: Texts, sealer: Sealer, now: datetime) -> int:
    """Owe everything of one day; the day is read anew, as it may have been moved since somebody looked."""
    owed = 0
    for day, planned in (await _setting(db, [day_id], await rules_of(db))).planned(now):
        to, rule = planned.to, planned.rule
        words = texts(
            f"reminder.{rule.text}",
            name=to.name, group=to.name, day=spoken(day.date), starts=day.starts, ends=day.ends, where=where(day),
        )  # fmt: skip
        way = to.way if to.person_id is None else await way_to(db, to.person_id)
        new = await owe(
            db, key=planned.key, way=way, content=Text(words), now=now, due_at=planned.due_at,
            expires_at=rule.ends_at(planned.due_at), person_id=to.person_id, reception_day_id=day.id, sealer=sealer,
        )  # fmt: skip
        if new and rule.notice and to.way is not None and to.way.group_id is not None:
            await announce(db, planned.key, day, to.way.group_id, planned.due_at)
        owed += new
    return owed


async def rules_of(db: Db) -> tuple[Reminder, ...]:
    """Return the office's table of reminders."""
    return tuple(
        Reminder(
            row.code, row.audience, row.days_before, time.fromisoformat(row.at), row.text, row.grace_hours,
            row.quiet, row.notice, row.only,
        )
        for row in await db.all(select(reminder_rule).order_by(reminder_rule.c.code))
    )  # fmt: skip


async def _setting(db: Db, ids: Iterable[int], rules: tuple[Reminder, ...]) -> Setting:
    days = await db.all(
        select(reception_day, station.c.name.label("station"), reception_rule.c.notice_ahead)
        .join(station, station.c.id == reception_day.c.station_id)
        .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
        .where(reception_day.c.id.in_(list(ids)), reception_day.c.state.in_(OPEN))
        .order_by(reception_day.c.id)
    )
    hours = await reads.quiet_hours(db)
    stations = {day.station_id for day in days}
    groups, clerks = await _groups(db, stations), await _clerks(db, stations, hours)
    seated, belong = await _seated(db, [day.id for day in days], hours), await _representatives(db, stations, hours)
    listeners: dict[tuple[str, int], list[Listener]] = {}
    for day in days:
        listeners[GROUP, day.id] = groups[day.station_id]
        listeners[CLERK, day.id] = clerks[day.station_id]
        # On a day for which nobody is seated yet, whoever represents the station is asked to come.
        listeners[REPRESENTATIVE, day.id] = seated[day.id] or belong[day.station_id]
    return Setting(rules, {day.id: day for day in days}, listeners)


async def _groups(db: Db, stations: set[int]) -> dict[int, list[Listener]]:
    """Return every room of a station's groups that we may speak in; a group without one is there too, to be seen."""
    speaks = (group_address.c.group_id == group.c.id) & (group_address.c.purpose == "speak")
    rows = await db.all(
        select(group, group_address.c.id.label("address_id"), group_address.c.channel, group_address.c.account,
               group_address.c.address)
        .outerjoin(group_address, speaks)
        .where(group.c.station_id.in_(stations), group.c.off_at.is_(None))
        .order_by(group.c.id, group_address.c.id)
    )  # fmt: skip
    found: dict[int, list[Listener]] = defaultdict(list)
    for row in rows:
        # A webhook has no address of its own and stands for the group; each further room has its own key.
        key = f"g{row.id}" if not row.address else f"g{row.id}.{row.address_id}"
        way = Way(row.channel or "", row.account or "", group_id=row.id, address=row.address or "")
        found[row.station_id].append(Listener(key, row.name, Quiet.of(row.quiet_from, row.quiet_until), way=way))
    return found


async def _clerks(db: Db, stations: set[int], hours: Quiet) -> dict[int, list[Listener]]:
    return await _people(
        db,
        select(clerk.c.station_id.label("of"), person.c.id, person.c.name)
        .join(person, person.c.id == clerk.c.person_id)
        .where(clerk.c.station_id.in_(stations)),
        "c",
        hours,
    )


async def _seated(db: Db, days: list[int], hours: Quiet) -> dict[int, list[Listener]]:
    return await _people(
        db,
        select(duty.c.day_id.label("of"), person.c.id, person.c.name)
        .join(person, person.c.id == duty.c.person_id)
        .where(duty.c.day_id.in_(days), duty.c.state.in_(("seated", "attended"))),
        "p",
        hours,
    )


async def _representatives(db: Db, stations: set[int], hours: Quiet) -> dict[int, list[Listener]]:
    """Return the representatives of a station: its own and those of its groups."""
    own = select(representative.c.station_id.label("of"), representative.c.person_id)
    of_groups = (
        select(group.c.station_id.label("of"), membership.c.person_id)
        .join(group, group.c.id == membership.c.group_id)
        .join(representative, representative.c.person_id == membership.c.person_id)
        .where(membership.c.role == "representative")
    )
    belongs = union(own, of_groups).subquery()
    query = select(belongs.c.of, person.c.id, person.c.name).join(person, person.c.id == belongs.c.person_id)
    return await _people(db, query.where(belongs.c.of.in_(stations)), "p", hours)


async def _people(db: Db, query: Any, letter: str, hours: Quiet) -> dict[int, list[Listener]]:
    found: dict[int, list[Listener]] = defaultdict(list)
    for row in await db.all(query.order_by(person.c.id)):
        found[row.of].append(Listener(f"{letter}{row.id}", row.name, hours, person_id=row.id))
    return found
