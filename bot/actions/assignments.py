"""Hand a case over: suggest, assign, accept, return, transfer – to representatives and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from bot.actions.cases import Actor, Moved, move
from bot.errors import Refused
from bot.rules.assigning import Candidate, Suggested, suggest
from bot.rules.lifecycle import Role
from bot.store import reads
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    event,
    membership,
    person,
    representative,
    station,
    suggestion,
    unit,
    unit_member,
)

REPRESENTATIVE, LEAD, ASSISTING = "representative", "lead_unit", "assisting_unit"
HELD = ("assigned", "accepted")
SURNAME = 2  # characters a surname has at most


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who was handed a case: the assignment, and every person who may act for it."""

    assignment_id: int
    role: str
    name: str
    people: tuple[int, ...]


async def suggestions_for(db: Db, case: Any, most: int = 3) -> list[Suggested]:
    """Return who should take the case, best first, with reasons."""
    near = or_(
        membership.c.id.is_not(None),  # sits in the case's group
        representative.c.station_id == case.station_id,
        station.c.parent_id == case.station_id,
    )
    return suggest(await _candidates(db, case, near), most)


async def assign(
    db: Db,
    case: Any,
    actor: Actor,
    now: datetime,
    *,
    to: int | None = None,
    lead: int | None = None,
    assisting: Sequence[int] = (),
    reason: str = "",
) -> tuple[Moved, list[Holder]]:
    """Assign a case to a representative and, where needed, one lead unit and assisting ones; raises Refused.

    Whoever held it before is dropped; number and clock stay.
    """
    if to is None and lead is None:
        raise Refused("nobody_to_assign", number=case.number)
    if lead is None and assisting:
        raise Refused("needs_lead_unit", number=case.number)
    if lead is not None and Role.OFFICE not in actor.roles and await office_decides(db, case.id):
        raise Refused("office_decides", number=case.number)
    if to is not None and await _name_of_representative(db, to) is None:
        raise Refused("no_such_representative", name="")
    moved = await move(db, case, actor, "assign", now, reason=reason)
    await let_go(db, case.id, now)
    wanted: list[tuple[str, int | None, int | None]] = [(REPRESENTATIVE, to, None)] if to is not None else []
    wanted += [(LEAD, None, lead)] if lead is not None else []
    wanted += [(ASSISTING, None, each) for each in dict.fromkeys(assisting) if each != lead]
    return moved, [await _hand(db, case, role, who, which, now) for role, who, which in wanted]


async def office_decides(db: Db, suggestion_id: int) -> bool:
    """Whether units returned a case so often that only the office may hand it to one again."""
    return await _returns(db, suggestion_id, LEAD) >= await reads.limit_value(db, "unit-returns", 2)


async def accept(db: Db, case: Any, actor: Actor, now: datetime) -> Moved:
    """Sign for a case; raises Refused. A second holder's signature changes their own assignment only."""
    mine = await held_by(db, case.id, actor.person_id)
    if mine is None:
        raise Refused("not_yours_to_do", number=case.number)
    if mine.state == "accepted":
        raise Refused("accepted_already", number=case.number)
    moved = (
        await move(db, case, actor, "accept", now)
        if case.state == "assigned"
        else await move(db, case, actor, "see", now)
    )
    await _settle(db, mine.id, "accepted", now)
    return moved


async def give_back(db: Db, case: Any, actor: Actor, reason: str, now: datetime) -> Moved:
    """Return a case with a reason; raises Refused. An assisting unit only leaves; the case stays where it is."""
    mine = await held_by(db, case.id, actor.person_id)
    if mine is None:
        raise Refused("not_yours_to_do", number=case.number)
    if not reason.strip():
        raise Refused("needs_reason", number=case.number)
    name = "see" if mine.role == ASSISTING else "return"
    moved = await move(db, case, actor, name, now, reason=reason)
    await _settle(db, mine.id, "returned", now, reason)
    return moved


async def transfer(db: Db, case: Any, actor: Actor, to: int, reason: str, now: datetime) -> tuple[Moved, Holder]:
    """Pass a case on to another representative; raises Refused. Number and clock stay."""
    mine = await held_by(db, case.id, actor.person_id)
    if mine is None or mine.role != REPRESENTATIVE:
        raise Refused("not_yours_to_do", number=case.number)
    if to == actor.person_id:
        raise Refused("transfer_to_oneself", number=case.number)
    moved = await move(db, case, actor, "transfer", now, reason=reason)
    await _settle(db, mine.id, "transferred", now, reason)
    return moved, await _hand(db, case, REPRESENTATIVE, to, None, now)


async def let_go(db: Db, suggestion_id: int, now: datetime) -> None:
    """Take a case out of everybody's hands: it is over, or somebody else's now."""
    await db.run(
        update(assignment)
        .where(assignment.c.suggestion_id == suggestion_id, assignment.c.state.in_(HELD))
        .values(state="dropped", settled_at=now)
    )


async def hand_again(db: Db, case: Any, now: datetime) -> list[Holder]:
    """Hand a case that is handled anew to whoever answered it the last time."""
    rows = await db.all(
        select(assignment)
        .where(assignment.c.suggestion_id == case.id, assignment.c.state == "replied",
               assignment.c.round == case.round - 1)
        .order_by(assignment.c.id)
    )  # fmt: skip
    return [await _hand(db, case, row.role, row.person_id, row.unit_id, now) for row in rows]


async def find_unit(db: Db, words: str) -> int:
    """Return the unit somebody means by its name or a part that only one has; raises Refused."""
    name = words.strip()
    rows = await db.all(select(unit.c.id, unit.c.name).where(unit.c.off_at.is_(None)).order_by(unit.c.id))
    found = [row for row in rows if row.name == name] or [row for row in rows if name and name in row.name]
    if not found:
        raise Refused("no_such_unit", name=name)
    if len(found) > 1:
        raise Refused("several_units", name=name, names="、".join(row.name for row in found[:5]))
    return int(found[0].id)


async def held_by(db: Db, suggestion_id: int, person_id: int | None) -> Any:
    """Return the assignment by which a person holds a case, their own before their unit's, or None."""
    mine = and_(assignment.c.suggestion_id == suggestion_id, assignment.c.state.in_(HELD))
    own = await db.one(select(assignment).where(mine, assignment.c.person_id == person_id))
    if own is not None:
        return own
    units = select(unit_member.c.unit_id).where(unit_member.c.person_id == person_id)
    return await db.one(select(assignment).where(mine, assignment.c.unit_id.in_(units)).order_by(assignment.c.id))


async def holders(db: Db, suggestion_id: int) -> list[Holder]:
    """Return everybody who holds a case now."""
    rows = await db.all(
        select(assignment).where(assignment.c.suggestion_id == suggestion_id, assignment.c.state.in_(HELD))
    )
    return [await _holder(db, row) for row in rows]


async def assigned_before(db: Db, suggestion_id: int) -> bool:
    """Whether a case was assigned since it was last admitted: then its people know to whom it goes."""
    found = await db.one(
        select(event.c.move)
        .where(event.c.suggestion_id == suggestion_id, event.c.move.in_(("assign", "reconsider")))
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    return found is not None and found.move == "assign"


async def find_representative(db: Db, case: Any, words: str) -> int:
    """Return the representative somebody means by a name, those of the case's group first; raises Refused."""
    name = words.strip().removesuffix("代表").strip()
    everybody = await _candidates(db, case, person.c.name.startswith(name, autoescape=True))
    rows = [each for each in everybody if each.name == name]
    if not rows and 1 <= len(name) <= SURNAME:  # 李代表
        rows = [each for each in everybody if each.name.startswith(name)]
    near = [each for each in rows if each.in_group] or [each for each in rows if each.at_station] or rows
    if not near:
        raise Refused("no_such_representative", name=name)
    if len(near) > 1:
        raise Refused("several_of_that_name", name=name)
    return near[0].person_id


async def _candidates(db: Db, case: Any, which: ColumnElement[bool]) -> list[Candidate]:
    """Return those representatives as candidates; what each has done is counted of these alone."""
    seat = and_(
        membership.c.person_id == person.c.id,
        membership.c.group_id == case.group_id,
        membership.c.role == "representative",
    )
    held = (
        select(func.count())
        .select_from(assignment)
        .where(
            assignment.c.person_id == person.c.id, assignment.c.state.in_(HELD), assignment.c.suggestion_id != case.id
        )
        .scalar_subquery()
    )
    done = (
        select(func.count())
        .select_from(assignment)
        .join(suggestion, suggestion.c.id == assignment.c.suggestion_id)
        .where(
            assignment.c.person_id == person.c.id,
            assignment.c.state == "replied",
            suggestion.c.category_id == case.category_id,
        )
        .scalar_subquery()
    )
    rows = await db.all(
        select(
            person.c.id, person.c.name, representative.c.level, representative.c.station_id, station.c.parent_id,
            station.c.name.label("home"), membership.c.position, held.label("held"), done.label("done"),
        )
        .join(representative, representative.c.person_id == person.c.id)
        .join(station, station.c.id == representative.c.station_id)
        .outerjoin(membership, seat)
        .where(which)
    )  # fmt: skip
    return [
        Candidate(
            person_id=row.id,
            name=row.name,
            level=row.level,
            in_group=row.position is not None,
            group_position=row.position if row.position is not None else 999,
            at_station=case.station_id in (row.station_id, row.parent_id),
            near=bool(case.place) and row.station_id != case.station_id and _shares(row.home, case.place),
            did_this=row.done if case.category_id is not None else 0,
            open_cases=row.held,
        )
        for row in rows
    ]


def _shares(home: str, place: str) -> bool:
    """Whether a grid's name and a place share two characters in a row that are no common word."""
    pairs = {home[i : i + 2] for i in range(len(home) - 1)} - {"代表", "联络", "人大", "社区", "街道", "服务", "小区"}
    return any(pair in place for pair in pairs)


async def _hand(db: Db, case: Any, role: str, who: int | None, which: int | None, now: datetime) -> Holder:
    values = {"suggestion_id": case.id, "person_id": who, "unit_id": which, "role": role, "state": "assigned",
              "round": case.round, "assigned_at": now}  # fmt: skip
    assignment_id = await db.add(insert(assignment).values(**values))
    return await _holder(db, await db.one(select(assignment).where(assignment.c.id == assignment_id)))


async def _holder(db: Db, row: Any) -> Holder:
    if row.person_id is not None:
        name = await _name_of_representative(db, row.person_id)
        return Holder(row.id, row.role, name or "", (row.person_id,))
    named = await db.one(select(unit.c.name).where(unit.c.id == row.unit_id))
    people = await db.all(
        select(unit_member.c.person_id).where(unit_member.c.unit_id == row.unit_id).order_by(unit_member.c.id)
    )
    return Holder(row.id, row.role, named.name if named else "", tuple(each.person_id for each in people))


async def _name_of_representative(db: Db, person_id: int) -> str | None:
    row = await db.one(
        select(person.c.name)
        .join(representative, representative.c.person_id == person.c.id)
        .where(person.c.id == person_id)
    )
    return None if row is None else str(row.name)


async def _returns(db: Db, suggestion_id: int, role: str) -> int:
    row = await db.one(
        select(func.count().label("n"))
        .select_from(assignment)
        .where(assignment.c.suggestion_id == suggestion_id, assignment.c.role == role, assignment.c.state == "returned")
    )
    return int(row.n)


async def _settle(db: Db, assignment_id: int, state: str, now: datetime, reason: str = "") -> None:
    won = await db.run(
        update(assignment)
        .where(assignment.c.id == assignment_id, assignment.c.state.in_(HELD))
        .values(state=state, settled_at=now, reason=reason)
    )
    if won != 1:
        raise Refused("changed_meanwhile", number="")
