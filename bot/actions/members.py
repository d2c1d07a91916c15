"""Say who a signed-in person is: their roles, and the offices, stations and units these reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from bot.rules.lifecycle import Role
from bot.store.db import Db
from bot.store.reads_cases import Scope
from bot.store.tables import clerk, grant, office, officer, station, unit, unit_member


@dataclass(frozen=True, slots=True)
class Grant:
    """One role and where it reaches."""

    role: Role
    place: str  # the name of an office, a station or a unit


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the console knows them."""

    person_id: int
    name: str
    grants: tuple[Grant, ...] = ()
    desk: frozenset[int] = field(default_factory=frozenset)  # stations whose cases they may move
    sees: frozenset[int] = field(default_factory=frozenset)  # stations whose cases they may look at
    units: frozenset[int] = field(default_factory=frozenset)
    offices: frozenset[int] = field(default_factory=frozenset)  # their own and all below

    @property
    def roles(self) -> frozenset[Role]:
        """Return every role they have anywhere."""
        return frozenset(each.role for each in self.grants)

    @property
    def scope(self) -> Scope:
        """Return whose cases they may see."""
        return Scope(self.sees, self.units)


async def member(db: Db, person_id: int, name: str, today: str) -> Member:
    """Return what a person is to the house today (an ISO day): a grant to look on ends by itself."""
    clerks = await db.all(
        select(station.c.id, station.c.name)
        .join(clerk, clerk.c.station_id == station.c.id)
        .where(clerk.c.person_id == person_id)
    )
    officers = await db.all(
        select(office.c.id, office.c.name)
        .join(officer, officer.c.office_id == office.c.id)
        .where(officer.c.person_id == person_id)
    )
    units = await db.all(
        select(unit.c.id, unit.c.name)
        .join(unit_member, unit_member.c.unit_id == unit.c.id)
        .where(unit_member.c.person_id == person_id)
    )
    looks = await db.all(
        select(grant.c.office_id, grant.c.station_id, office.c.name.label("office"), station.c.name.label("station"))
        .outerjoin(office, office.c.id == grant.c.office_id)
        .outerjoin(station, station.c.id == grant.c.station_id)
        .where(
            grant.c.person_id == person_id,
            grant.c.role == Role.AUDITOR,
            grant.c.ended_at.is_(None),
            or_(grant.c.until == "", grant.c.until >= today),
        )
    )
    tree = await _tree(db) if officers or looks else _Tree({}, [])
    offices = tree.below({row.id for row in officers})
    desk = {row.id for row in clerks} | tree.stations_of(offices)
    looked_at = tree.stations_of(tree.below({row.office_id for row in looks if row.office_id}))
    looked_at |= {row.station_id for row in looks if row.station_id}
    grants = (
        *(Grant(Role.CLERK, row.name) for row in clerks),
        *(Grant(Role.OFFICE, row.name) for row in officers),
        *(Grant(Role.UNIT, row.name) for row in units),
        *(Grant(Role.AUDITOR, row.station or row.office) for row in looks),
    )
    return Member(
        person_id, name, grants, frozenset(desk), frozenset(desk | looked_at),
        frozenset(row.id for row in units), frozenset(offices),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tree:
    """Which office is above which, and which station belongs to which."""

    above: dict[int, int | None]
    stations: list[Any]

    def below(self, offices: set[int]) -> set[int]:
        """Return these offices and all below them."""
        found = set(offices)
        while more := {each for each, parent in self.above.items() if parent in found} - found:
            found |= more
        return found

    def stations_of(self, offices: set[int]) -> set[int]:
        return {row.id for row in self.stations if row.office_id in offices}


async def _tree(db: Db) -> _Tree:
    rows = await db.all(select(office.c.id, office.c.parent_id))
    stations = await db.all(select(station.c.id, station.c.office_id))
    return _Tree({row.id: row.parent_id for row in rows}, stations)
