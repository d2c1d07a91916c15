"""See what needs the desk now: piles of cases by what is to be done, and what else waits for somebody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from bot.store.db import Db
from bot.store.reads_cases import ANSWER_KINDS, Scope, rows_of
from bot.store.tables import (
    deadline,
    duty,
    event,
    faq_miss,
    group,
    outgoing,
    person,
    reception_day,
    station,
    suggestion,
)
from bot.store.tables import telling as tellings

AT_WORK = ("assigned", "accepted", "handling", "rehandling")
OPEN = ("received", "admitted", *AT_WORK, "replied", "told", "rated")  # named one by one, so that the index serves
MOST = 8  # cases of a pile that the desk shows; the rest is a list of its own
LATELY = 1000  # lines of history in which a desk is told of changes
AHEAD = 21  # days in which a reception day without anybody on duty is shown


@dataclass(frozen=True, slots=True)
class Pile:
    """Cases that wait for the same next step: how many there are, and the first of them, the oldest first."""

    name: str
    count: int
    rows: list[Any]


async def piles(db: Db, stations: Collection[int], today: str, *, office: bool) -> list[Pile]:
    """Return the piles of a desk in the order they press; an office sees its supervised cases as well."""
    found: dict[str, tuple[int, list[int]]] = {}
    for name, which in _piles(today, office=office).items():
        # One look for both: a pile is put in order to be shown, and then it is counted already.
        all_ = select(suggestion.c.id, func.count().over().label("n")).where(_of(stations, which))
        # Plus nothing: PostgreSQL would walk every case there is in order of id, though all of a pile are counted.
        ids = await db.all(all_.order_by(suggestion.c.id + 0).limit(MOST))
        found[name] = (ids[0].n if ids else 0, [row.id for row in ids])
    rows = {row.id: row for row in await rows_of(db, {id_ for _, ids in found.values() for id_ in ids})}
    return [Pile(name, count, [rows[id_] for id_ in ids]) for name, (count, ids) in found.items()]


def pile_of(name: str, stations: Collection[int], today: str) -> ColumnElement[bool] | None:
    """Return the condition that a case lies on that pile of a desk of these stations, None if there is no such pile."""
    which = _piles(today, office=True).get(name)
    return None if which is None else _of(stations, which)


def _of(stations: Collection[int], which: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(suggestion.c.station_id.in_(stations), suggestion.c.merged_into_id.is_(None), which)


def _piles(today: str, *, office: bool) -> dict[str, ColumnElement[bool]]:
    state = suggestion.c.state
    undelivered = (  # beginning with the few that did not arrive, not with the many that were told
        select(tellings.c.suggestion_id)
        .join(outgoing, (outgoing.c.suggestion_id == tellings.c.suggestion_id)
              & (outgoing.c.key == tellings.c.outgoing_key))
        .where(outgoing.c.state.in_(("parked", "refused")), tellings.c.untold_reason == "")
    )  # fmt: skip
    found = {
        "triage": state == "received",
        "assign": state == "admitted",
        "unaccepted": (state == "assigned") & _late(("accept",), today),
        "overdue": state.in_(AT_WORK) & _late(ANSWER_KINDS, today),
        "untold": state.in_(("replied", "told", "declined")) & suggestion.c.id.in_(undelivered),
        "close": state == "rated",
    }
    if office:
        marked = suggestion.alias("marked")
        supervised = select(marked.c.id).where(marked.c.supervised_at.is_not(None))  # few: found by their own index
        found["supervised"] = suggestion.c.id.in_(supervised) & state.in_(OPEN)
    return found


def _late(kinds: tuple[str, ...], today: str) -> ColumnElement[bool]:
    """Return the condition that a clock of these kinds ran out.

    Asked of each case of the desk: a list of all that is late in a city would be held against every station and state.
    """
    mine = (deadline.c.suggestion_id == suggestion.c.id) & deadline.c.kind.in_(kinds)
    runs = func.coalesce(deadline.c.met_on, "") == ""  # not by the index of all that runs: SQLite would prefer it
    return exists().where(mine, runs, deadline.c.due_on < today)


async def failed_pushes(db: Db, stations: Collection[int], since: datetime, most: int = MOST) -> list[Any]:
    """Return what was not sent since then, and to whom; without a case or a group it is everybody's."""
    ours = or_(
        suggestion.c.station_id.in_(stations),
        group.c.station_id.in_(stations),
        and_(suggestion.c.id.is_(None), group.c.id.is_(None)),
    )
    return await db.all(
        select(outgoing, person.c.name.label("person"), group.c.name.label("group_name"), suggestion.c.number)
        .outerjoin(person, person.c.id == outgoing.c.person_id)
        .outerjoin(group, group.c.id == outgoing.c.group_id)
        .outerjoin(suggestion, suggestion.c.id == outgoing.c.suggestion_id)
        .where(outgoing.c.state == "refused", outgoing.c.due_at > since, outgoing.c.kind == "push", ours)
        .order_by(outgoing.c.due_at.desc())
        .limit(most)
    )


async def misses(db: Db, stations: Collection[int], most: int = MOST) -> tuple[int, list[Any]]:
    """Return how many questions nobody could answer wait, and the newest; from no group they are everybody's."""
    open_ = faq_miss.c.state == "open"
    ours = of_desk(stations)
    joined = faq_miss.outerjoin(group, group.c.id == faq_miss.c.group_id)
    count = await db.one(select(func.count().label("n")).select_from(joined).where(open_, ours))
    rows = await db.all(
        select(faq_miss, group.c.name.label("group_name"))
        .select_from(joined)
        .where(open_, ours)
        .order_by(faq_miss.c.id.desc())
        .limit(most)
    )
    return int(count.n), rows


def of_desk(stations: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a question (joined to its group) is theirs: from no group it is everybody's."""
    return or_(faq_miss.c.group_id.is_(None), group.c.station_id.in_(stations) if stations else false())


async def days_without_duty(db: Db, stations: Collection[int], first: str, last: str) -> list[Any]:
    """Return the reception days from one day to another on which nobody sits."""
    sits = exists().where(duty.c.day_id == reception_day.c.id, duty.c.state.in_(("seated", "attended")))
    return await db.all(
        select(reception_day, station.c.name.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(
            reception_day.c.station_id.in_(stations),
            reception_day.c.date.between(first, last),
            reception_day.c.state.in_(("planned", "provisional")),
            ~sits,
        )
        .order_by(reception_day.c.date)
    )


def _lately() -> ColumnElement[bool]:
    """Return the condition that a line is among the last of the whole house: a quiet desk must not search them all."""
    last = select(func.max(event.c.id)).scalar_subquery()
    return event.c.id > last - LATELY


async def newest(db: Db, scope: Scope, case: int = 0) -> tuple[int, int]:
    """Return two numbers that grow when cases of a scope (or one of them) move, or what was pushed about it settles."""
    mine = [scope.within, suggestion.c.id == case if case else _lately()]
    line = await db.one(
        select(event.c.id).join(suggestion, suggestion.c.id == event.c.suggestion_id).where(*mine)
        .order_by(event.c.id.desc()).limit(1)
    )  # fmt: skip
    if not case or line is None:
        return (line.id if line else 0), 0
    settled = outgoing.c.settled_at.is_not(None) & (outgoing.c.suggestion_id == case)
    sent = await db.one(select(func.count().label("n")).select_from(outgoing).where(settled))
    return line.id, int(sent.n)
