"""Know who serves, which case they mean by a number, what needs them now, and how a case went so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from bot.actions import ratings, telling
from bot.clock import local_date
from bot.errors import Refused
from bot.rules.privacy import mask
from bot.rules.redaction import title
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    clerk,
    deadline,
    event,
    office,
    officer,
    person,
    rating,
    station,
    suggestion,
    unit_member,
)

OVER = ("closed", "declined", "withdrawn")
AT_WORK = ("assigned", "accepted", "handling", "rehandling")
ROLE_BY = ("assigned", "accepted", "replied")  # an assignment that gives its holder a say
MOST_NAMED = 5  # candidates named when a number is not enough
MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Todo:
    """One case that needs somebody: why (a key of texts `todo`), and by when."""

    case: Any
    why: str
    due_on: str = ""


async def find_case(db: Db, person_id: int, number: str) -> Any:
    """Return the case a member of staff means: whole number, unique ending, or last part; raises Refused.

    Only cases they have a role on are looked at; of several, open ones come before those that are over.
    """
    words = number.lower()
    named = func.lower(suggestion.c.number)
    ends = named.like(f"%{words}") if "-" in words else named.like(f"%-{words}")
    mine = await within(db, person_id)
    rows = await db.all(
        select(suggestion).where(mine, or_(named == words, ends)).order_by(suggestion.c.id.desc()).limit(50)
    )
    rows = [row for row in rows if row.number.lower() == words] or rows
    rows = [row for row in rows if row.state not in OVER] or rows
    if not rows:
        raise Refused("no_such_case_here", number=mask(number))
    if len(rows) > 1:
        listed = "\n".join(f"· {row.number}：{title(row)}" for row in rows[:MOST_NAMED])
        raise Refused("several_cases", number=number, cases=listed)
    return rows[0]


async def had_once(db: Db, person_id: int, case: Any) -> bool:
    """Whether a person was ever handed a case or works at its desk."""
    once = exists().where(
        assignment.c.suggestion_id == case.id,
        or_(assignment.c.person_id == person_id, assignment.c.unit_id.in_(_units_of(person_id))),
    )
    row = await db.one(
        select(suggestion.c.id).where(suggestion.c.id == case.id, or_(await within(db, person_id), once))
    )
    return row is not None


async def short(db: Db, person_id: int, case: Any) -> str:
    """Return the shortest words by which this person can name a case now."""
    mine = await within(db, person_id)
    rows = await db.all(select(suggestion.c.number).where(mine, suggestion.c.state.not_in(OVER)).limit(MOST_LOOKED_AT))
    return shortest(case.number, {row.number for row in rows})


def called(case: Any, others: Iterable[str]) -> str:
    """Return the words by which a list names a case; one that is over has its whole number, as open ones come first."""
    return str(case.number) if case.state in OVER else shortest(case.number, others)


def shortest(number: str, others: Iterable[str]) -> str:
    """Return the last part of a number, with its day or whole if another ends the same way."""
    parts = number.rsplit("-", 2)
    for words in (parts[-1], "-".join(parts[-2:])):
        if sum(other.endswith(f"-{words}") for other in others if other != number) == 0:
            return words
    return number


async def to_do(db: Db, person_id: int, now: datetime) -> list[Todo]:
    """Return what needs a person now, the most pressing first."""
    today = local_date(now).isoformat()
    found = [*await _held(db, person_id), *await _of_desk(db, person_id, today)]
    unique = {(each.case.id, each.why): each for each in found}
    return sorted(unique.values(), key=lambda each: (each.due_on or "9999", each.case.id))


async def story(db: Db, suggestion_id: int) -> list[Any]:
    """Return a case's history with the names of those who acted, and what they `said`.

    A voter's words stand with the rating, where they can be erased; the chained line has only its code.
    """
    said = func.coalesce(func.nullif(rating.c.reason, ""), event.c.reason).label("said")
    return await db.all(
        select(event, person.c.name, said)
        .outerjoin(person, person.c.id == event.c.actor_id)
        .outerjoin(rating, ratings.GIVEN_WITH)
        .where(event.c.suggestion_id == suggestion_id)
        .order_by(event.c.seq)
    )


async def _held(db: Db, person_id: int) -> list[Todo]:
    """Return what a representative or a unit's member is to sign for or to answer."""
    rows = await db.all(
        select(suggestion, assignment.c.state.label("held"), assignment.c.role.label("as_role"))
        .join(assignment, assignment.c.suggestion_id == suggestion.c.id)
        .where(
            assignment.c.state.in_(("assigned", "accepted")),
            or_(assignment.c.person_id == person_id, assignment.c.unit_id.in_(_units_of(person_id))),
            suggestion.c.state.in_(AT_WORK),
            suggestion.c.merged_into_id.is_(None),
        )
        .order_by(suggestion.c.id)
        .limit(MOST_LOOKED_AT)
    )
    due = await _due(db, [row.id for row in rows])
    return [
        Todo(
            row, "sign" if row.held == "assigned" else "opinion" if row.as_role == "assisting_unit" else "answer",
            due.get((row.id, "accept" if row.held == "assigned" else ""), ""),
        )
        for row in rows
    ]  # fmt: skip


async def _of_desk(db: Db, person_id: int, today: str) -> list[Todo]:
    """Return what a clerk is to admit, assign, urge or tell; what was escalated to an officer."""
    mine = suggestion.c.station_id.in_(select(clerk.c.station_id).where(clerk.c.person_id == person_id))
    escalated = suggestion.c.station_id.in_(await _stations_under(db, person_id)) & or_(
        suggestion.c.escalated_to == "office", suggestion.c.supervised_at.is_not(None)
    )
    in_vain = (suggestion.c.state == "declined") & suggestion.c.id.in_(telling.unreached())
    rows = await db.all(
        select(suggestion)
        .where(
            or_(mine, escalated), or_(suggestion.c.state.not_in(OVER), in_vain), suggestion.c.merged_into_id.is_(None)
        )
        .order_by(suggestion.c.id)
        .limit(MOST_LOOKED_AT)
    )
    due = await _due(db, [row.id for row in rows])
    found = []
    for row in rows:
        until = due.get((row.id, ""), "")
        if row.state == "received":
            found.append(Todo(row, "triage", until))
        elif row.state == "admitted":
            found.append(Todo(row, "returned" if await _came_back(db, row.id) else "assign", until))
        elif row.state in ("replied", "told", "rated") and await telling.untold(db, row.id):
            found.append(Todo(row, "untold"))
        elif row.state == "declined" and await telling.untold(db, row.id):
            found.append(Todo(row, "untold_decline"))
        elif row.state == "rated":
            found.append(Todo(row, "close"))
        elif row.state in AT_WORK and until and until < today:
            found.append(Todo(row, "overdue", until))
    return found


async def _came_back(db: Db, suggestion_id: int) -> bool:
    row = await db.one(
        select(assignment.c.id).where(assignment.c.suggestion_id == suggestion_id, assignment.c.state == "returned")
    )
    return row is not None


async def _due(db: Db, ids: list[int]) -> dict[tuple[int, str], str]:
    """Return the nearest day of each case's running clocks: by case and kind, and by case alone under an empty kind."""
    nearest: dict[tuple[int, str], str] = {}
    rows = await db.all(
        select(deadline.c.suggestion_id, deadline.c.kind, deadline.c.due_on)
        .where(deadline.c.suggestion_id.in_(ids), deadline.c.met_on.is_(None), deadline.c.due_on.is_not(None))
        .order_by(deadline.c.due_on)
    )
    for row in rows:
        nearest.setdefault((row.suggestion_id, row.kind), row.due_on)
        if row.kind not in ("return", "rating"):
            nearest.setdefault((row.suggestion_id, ""), row.due_on)
    return nearest


async def within(db: Db, person_id: int) -> ColumnElement[bool]:
    """Return the condition that a person has a role on a case, other than having asked for it."""
    desks = select(clerk.c.station_id).where(clerk.c.person_id == person_id)
    held = select(assignment.c.suggestion_id).where(
        assignment.c.state.in_(ROLE_BY),
        or_(assignment.c.person_id == person_id, assignment.c.unit_id.in_(_units_of(person_id))),
    )
    return or_(
        suggestion.c.station_id.in_(desks),
        suggestion.c.id.in_(held),
        suggestion.c.station_id.in_(await _stations_under(db, person_id)),
    )


def _units_of(person_id: int) -> Any:
    return select(unit_member.c.unit_id).where(unit_member.c.person_id == person_id)


async def stations_of(db: Db, person_id: int) -> list[int]:
    """Return the stations whose desk a person runs, or whose office they serve."""
    desks = await db.all(select(clerk.c.station_id).where(clerk.c.person_id == person_id))
    return sorted({row.station_id for row in desks} | set(await _stations_under(db, person_id)))


async def _stations_under(db: Db, person_id: int) -> list[int]:
    """Return the stations of every office a person serves, and of the offices below those."""
    todo = [row.office_id for row in await db.all(select(officer.c.office_id).where(officer.c.person_id == person_id))]
    if not todo:
        return []
    below: set[int] = set()
    while todo:
        below |= set(todo)
        rows = await db.all(select(office.c.id).where(office.c.parent_id.in_(todo)))
        todo = [row.id for row in rows if row.id not in below]
    return [row.id for row in await db.all(select(station.c.id).where(station.c.office_id.in_(below)))]
