"""Show a representative what is theirs: cases with the next step, days of duty, questions about seats, the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, cast, func, select

from bot.actions import duty, leave, public_cards, reception_desk, seat_questions, swapping
from bot.actions.assignments import HELD, REPRESENTATIVE
from bot.actions.handing import Desk
from bot.actions.public_cards import Record
from bot.actions.staff import AT_WORK
from bot.errors import Refused
from bot.store.db import Db
from bot.store.reads_cases import next_due, rows_of
from bot.store.tables import assignment, group, membership, person, reply, representative, station, visit
from bot.store.tables import duty as seats
from bot.store.tables import suggestion as cases

MOST = 40  # cases of a page
MOST_SETTLED = 20
MOST_REASON = 200  # signs of a reason


@dataclass(frozen=True, slots=True)
class Mine:
    """One of a representative's cases: by which assignment, and what is next (a key of texts `rep_next`)."""

    case: Any
    assignment_id: int
    next: str


@dataclass(frozen=True, slots=True)
class Todo:
    """A page of what is theirs to do, how much it is in all, and how much of it is late."""

    rows: Sequence[Mine] = ()
    count: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """What a representative is to do on reception days, and what they are asked."""

    days: Sequence[Any]
    excused: Sequence[Any]  # on leave, and nobody sits instead yet
    asked: Sequence[Any]
    others: Mapping[int, Sequence[str]]  # who else may sit, by day


@dataclass(frozen=True, slots=True)
class Own:
    """A representative's record; the public card's numbers and what only they need to know."""

    record: Record
    held: int
    answered: int
    late: int
    visited: Sequence[Any]  # their latest visits: number, words, when, whether with a photo or a place


async def who(db: Db, person_id: int) -> Any:
    """Return a representative (name, level, station), or None for whoever is none any more."""
    return await db.one(
        select(person.c.id, person.c.code, person.c.name, representative.c.level, station.c.name.label("station"))
        .join(representative, representative.c.person_id == person.c.id)
        .join(station, station.c.id == representative.c.station_id)
        .where(person.c.id == person_id, person.c.erased_at.is_(None))
    )


async def groups_of(db: Db, person_id: int) -> list[Any]:
    """Return the groups a representative is in."""
    return await db.all(
        select(group.c.code, group.c.name)
        .join(membership, membership.c.group_id == group.c.id)
        .where(membership.c.person_id == person_id, membership.c.role == "representative")
        .order_by(group.c.id)
    )


async def held(db: Db, person_id: int, today: str, start: int = 0) -> Todo:
    """Return a page of what somebody is to sign for or to answer, the nearest day first."""
    theirs = (
        select(assignment.c.id, assignment.c.suggestion_id, assignment.c.state, next_due().label("due_on"))
        .join(cases, cases.c.id == assignment.c.suggestion_id)
        .where(
            assignment.c.person_id == person_id,
            assignment.c.role == REPRESENTATIVE,
            assignment.c.state.in_(HELD),
            cases.c.state.in_(AT_WORK),
            cases.c.merged_into_id.is_(None),
        )
        .subquery()
    )
    late = func.sum(func.coalesce(cast(theirs.c.due_on < today, Integer), 0)).over().label("late")
    in_order = select(theirs, func.count().over().label("n"), late).order_by(
        func.coalesce(theirs.c.due_on, "9999"), theirs.c.id
    )
    mine = await db.all(in_order.limit(MOST).offset(start))
    if not mine:
        return Todo()
    seen = {row.suggestion_id: row for row in mine}
    visited = await db.all(
        select(visit.c.suggestion_id).where(visit.c.person_id == person_id, visit.c.suggestion_id.in_(seen)).distinct()
    )
    went = {row.suggestion_id for row in visited}
    rows = {row.id: row for row in await rows_of(db, list(seen))}
    found = [Mine(rows[each], row.id, _next(row, went=each in went)) for each, row in seen.items()]
    return Todo(found, int(mine[0].n), int(mine[0].late))


async def settled(db: Db, person_id: int) -> list[Mine]:
    """Return the cases somebody answered, passed on or returned, the newest first."""
    rows = await db.all(
        select(assignment.c.suggestion_id, func.max(assignment.c.id).label("id"))
        .where(
            assignment.c.person_id == person_id,
            assignment.c.role == REPRESENTATIVE,
            assignment.c.state.in_(("replied", "returned", "transferred")),
        )
        .group_by(assignment.c.suggestion_id)
        .order_by(func.max(assignment.c.id).desc())
        .limit(MOST_SETTLED)
    )
    ids = {row.suggestion_id: row.id for row in rows}
    found = sorted(await rows_of(db, list(ids)), key=lambda row: ids[row.id], reverse=True)
    return [Mine(row, ids[row.id], "") for row in found]


async def duty_of(desk: Desk, person_id: int) -> Duty:
    """Return somebody's days of duty, those they are on leave from, and what they are asked."""
    days = await reception_desk.own_days(desk, person_id)
    away = (seats.c.person_id == person_id) & (seats.c.state == "excused")
    excused = await duty.coming(desk, with_seat=away)
    others = {}
    for day in days:
        turn = await seat_questions.turn(desk, day, without=[person_id])
        sits = {seat.person_id for seat in await duty.on_duty(desk.db, day.id)}
        others[day.id] = [each.name for each in turn if each.person_id not in sits]
    return Duty(days, excused, await swapping.asked_of(desk, person_id), others)


async def change(desk: Desk, person_id: int, deed: str, form: Mapping[str, str]) -> None:
    """Do one of the deeds of duty in somebody's name; raises Refused."""
    if deed in ("agree", "refuse"):
        asked = await swapping.find_ask(desk, _number(form, "asked"), person_id)
        await (swapping.agree if deed == "agree" else swapping.refuse)(desk, asked)
        return
    day = await _own_day(desk, person_id, _number(form, "day"))
    match deed:
        case "leave":
            if not form.get("reason"):
                raise Refused("leave_why")
            await leave.leave(desk, day, person_id, form["reason"][:MOST_REASON])
        case "end_leave":
            await leave.end_leave(desk, day, person_id)
        case _:
            if not form.get("name"):
                raise Refused("swap_whom")
            await swapping.ask(desk, day, person_id, form["name"])


DEEDS = ("leave", "end_leave", "swap", "agree", "refuse")


async def own(db: Db, person_id: int, today: str) -> Own:
    """Return somebody's record in numbers and their latest visits."""
    mine = await held(db, person_id, today)
    answered = await db.one(
        select(func.count(reply.c.suggestion_id.distinct()).label("n")).where(reply.c.author_id == person_id)
    )
    visited = await db.all(
        select(cases.c.number, visit.c.text, visit.c.at, visit.c.media_id, visit.c.latitude, cases.c.confidential)
        .join(cases, cases.c.id == visit.c.suggestion_id)
        .where(visit.c.person_id == person_id)
        .order_by(visit.c.id.desc())
        .limit(10)
    )
    return Own(await public_cards.record(db, person_id), mine.count, int(answered.n), mine.late, visited)


def _next(mine: Any, *, went: bool) -> str:
    if mine.state == "assigned":
        return "sign"
    return "answer" if went else "visit"


async def _own_day(desk: Desk, person_id: int, day_id: int) -> Any:
    """Return a day to come on which somebody sits or was to sit; raises Refused."""
    days = await duty.coming(desk, with_seat=seats.c.person_id == person_id)
    found = next((day for day in days if day.id == day_id), None)
    if found is None:
        raise Refused("not_my_day")
    return found


def _number(form: Mapping[str, str], name: str) -> int:
    words = form.get(name, "")
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0
