"""Move a case one step: the table allows it, the row's version decides who won, the history remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from bot.errors import Refused
from bot.rules.history import Line
from bot.rules.lifecycle import Role, State, step
from bot.rules.permissions import acting
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    clerk,
    event,
    joiner,
    office,
    officer,
    station,
    suggestion,
    unit_member,
)

WORKING = ("assigned", "accepted")  # an assignment that somebody still holds


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and everything they are to this case."""

    person_id: int | None  # None: the service itself
    roles: frozenset[Role]


SERVICE = Actor(None, frozenset({Role.SERVICE}))


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that was made: the line of history and where the case stands now."""

    event_id: int
    state: State
    version: int
    role: Role


async def actor_on(db: Db, case: Any, person_id: int) -> Actor:
    """Return what a person is to a case: voter, joiner, its representative, its unit, its clerk, its office."""
    roles: set[Role] = {Role.VOTER} if case.voter_id == person_id else set()
    held = await db.all(
        select(assignment.c.person_id, assignment.c.unit_id).where(
            assignment.c.suggestion_id == case.id, assignment.c.state.in_((*WORKING, "replied"))
        )
    )
    if any(row.person_id == person_id for row in held):
        roles.add(Role.REPRESENTATIVE)
    units = [row.unit_id for row in held if row.unit_id is not None]
    if units and await db.one(
        select(unit_member.c.id).where(unit_member.c.person_id == person_id, unit_member.c.unit_id.in_(units))
    ):
        roles.add(Role.UNIT)
    if await db.one(select(joiner.c.id).where(joiner.c.suggestion_id == case.id, joiner.c.person_id == person_id)):
        roles.add(Role.JOINER)
    if await db.one(select(clerk.c.id).where(clerk.c.person_id == person_id, clerk.c.station_id == case.station_id)):
        roles.add(Role.CLERK)
    if await _serves_office(db, case.station_id, person_id):
        roles.add(Role.OFFICE)
    return Actor(person_id, frozenset(roles))


async def move(
    db: Db, case: Any, actor: Actor, name: str, now: datetime, *, reason: str = "", line: str = "", **changes: Any
) -> Moved:
    """Make one move and return its line; raises Refused.

    `changes` are further columns of the suggestion; `line` is what the history calls the move, if not by its name. Of
    two who move the same case at the same moment exactly one wins: the other's row version is stale, and they are told
    so.
    """
    role = role_for(case, actor, name)
    try:
        after = step(name, State(case.state), role, reason)
    except Refused as refusal:
        refusal.facts.setdefault("number", case.number)
        raise
    values = {"state": str(after), "version": case.version + 1, "changed_at": now, **changes}
    won = await db.run(
        update(suggestion).where(suggestion.c.id == case.id, suggestion.c.version == case.version).values(**values)
    )
    if won != 1:
        raise Refused("changed_meanwhile", number=case.number)
    event_id = await record(db, case.id, actor.person_id, role, line or name, after, now, reason=reason)
    return Moved(event_id, after, case.version + 1, role)


def role_for(case: Any, actor: Actor, name: str) -> Role:
    """Return the role in which somebody would make the move; raises Refused if none of theirs may."""
    role = acting(name, actor.roles)
    if role is None:
        raise Refused("not_yours_to_do", number=case.number)
    return role


async def record(
    db: Db,
    suggestion_id: int,
    actor_id: int | None,
    role: str,
    name: str,
    state: str,
    now: datetime,
    *,
    reason: str = "",
) -> int:
    """Add one line to the history of a case and return its id."""
    last = await db.one(
        select(event.c.seq, event.c.hash)
        .where(event.c.suggestion_id == suggestion_id)
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    seq, before = (last.seq + 1, last.hash) if last else (1, b"")
    line = Line(suggestion_id, seq, actor_id, str(role), name, str(state), reason, now)
    return await db.add(insert(event), line.row(before))


async def fresh(db: Db, suggestion_id: int) -> Any:
    """Return the case's row as it is now."""
    return await db.one(select(suggestion).where(suggestion.c.id == suggestion_id))


async def living(db: Db, case: Any) -> Any:
    """Return the case that is handled in this one's stead: itself, or what it was merged into, however far."""
    while case.merged_into_id is not None:
        case = await fresh(db, case.merged_into_id)
    return case


async def officers_of(db: Db, station_id: int) -> list[int]:
    """Return the people of the offices above a station, nearest office first."""
    people: list[int] = []
    for office_id in await _offices_above(db, station_id):
        rows = await db.all(select(officer.c.person_id).where(officer.c.office_id == office_id).order_by(officer.c.id))
        people += [row.person_id for row in rows]
    return people


async def _serves_office(db: Db, station_id: int, person_id: int) -> bool:
    mine = {row.office_id for row in await db.all(select(officer.c.office_id).where(officer.c.person_id == person_id))}
    return bool(mine) and bool(mine & set(await _offices_above(db, station_id)))


async def _offices_above(db: Db, station_id: int) -> list[int]:
    row = await db.one(select(station.c.office_id).where(station.c.id == station_id))
    above: list[int] = []
    office_id = row.office_id if row else None
    while office_id is not None and office_id not in above:
        above.append(office_id)
        parent = await db.one(select(office.c.parent_id).where(office.c.id == office_id))
        office_id = parent.parent_id if parent else None
    return above
