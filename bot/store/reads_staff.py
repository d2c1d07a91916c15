"""List who may sign in to the console, for the office that sees to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, or_, select, true

from bot.store.db import Db
from bot.store.tables import (
    clerk,
    grant,
    login,
    office,
    officer,
    opened,
    person,
    station,
    suggestion,
    unit,
    unit_member,
)

MOST_PEOPLE = 40  # who may sign in, a page
MOST_OPENED = 100  # lines of the trail a page
COLUMNS = (login.c.password_hash, login.c.totp_sealed, login.c.seen_at, login.c.off_at)


async def under(db: Db, offices: Collection[int], words: str = "", start: int = 0) -> list[Any]:
    """Return a page of who works or looks on under these offices, with how they sign in and how many they are (n).

    With words, only those in whose name or code they stand.
    """
    found = or_(person.c.name.contains(words, autoescape=True), person.c.code.contains(words, autoescape=True))
    rows = _under(offices).add_columns(func.count().over().label("n")).order_by(person.c.id)
    return await db.all(rows.where(found if words else true()).limit(MOST_PEOPLE).offset(start))


async def one_under(db: Db, offices: Collection[int], person_id: int) -> Any:
    """Return one of them, None if somebody is none."""
    return await db.one(_under(offices).where(person.c.id == person_id))


def _under(offices: Collection[int]) -> Select[Any]:
    desks = select(clerk.c.person_id).join(station, station.c.id == clerk.c.station_id)
    units = select(unit_member.c.person_id).join(unit, unit.c.id == unit_member.c.unit_id)
    ours = or_(
        person.c.id.in_(select(officer.c.person_id).where(officer.c.office_id.in_(offices))),
        person.c.id.in_(desks.where(station.c.office_id.in_(offices))),
        person.c.id.in_(units.where(unit.c.office_id.in_(offices))),
        person.c.id.in_(looking_on(offices)),
    )
    return (
        select(person.c.id, person.c.code, person.c.name, *COLUMNS)
        .outerjoin(login, login.c.person_id == person.c.id)
        .where(ours)
    )


def looking_on(offices: Collection[int]) -> Select[Any]:
    """Return the query for who may look on at these offices, or at a station of theirs, until that is ended."""
    theirs = select(station.c.id).where(station.c.office_id.in_(offices))
    return select(grant.c.person_id).where(
        or_(grant.c.office_id.in_(offices), grant.c.station_id.in_(theirs)), grant.c.ended_at.is_(None)
    )


async def grants(db: Db, offices: Collection[int]) -> list[Any]:
    """Return who was let look on at these offices or their stations, by whom and until when, the newest first."""
    giver = person.alias("giver")
    theirs = select(station.c.id).where(station.c.office_id.in_(offices))
    return await db.all(
        select(grant, person.c.name, giver.c.name.label("giver"), office.c.name.label("office"),
               station.c.name.label("station"))
        .join(person, person.c.id == grant.c.person_id)
        .outerjoin(giver, giver.c.id == grant.c.by_id)
        .outerjoin(office, office.c.id == grant.c.office_id)
        .outerjoin(station, station.c.id == grant.c.station_id)
        .where(or_(grant.c.office_id.in_(offices), grant.c.station_id.in_(theirs)))
        .order_by(grant.c.id.desc())
        .limit(200)
    )  # fmt: skip


async def places(db: Db, offices: Collection[int]) -> tuple[list[Any], list[Any]]:
    """Return these offices and their stations, by name."""
    above = await db.all(select(office.c.id, office.c.name).where(office.c.id.in_(offices)).order_by(office.c.id))
    rows = select(station.c.id, station.c.name).where(station.c.office_id.in_(offices), station.c.off_at.is_(None))
    return above, await db.all(rows.order_by(station.c.id))


async def opened_under(db: Db, offices: Collection[int], before: int = 0) -> list[Any]:
    """Return what those who look at these offices or their stations opened, the newest first, one more than a page."""
    stations = select(station.c.id).where(station.c.office_id.in_(offices))
    lookers = select(grant.c.person_id).where(or_(grant.c.office_id.in_(offices), grant.c.station_id.in_(stations)))
    return await db.all(
        select(opened, person.c.name, suggestion.c.number)
        .join(person, person.c.id == opened.c.person_id)
        .outerjoin(suggestion, suggestion.c.id == opened.c.suggestion_id)
        .where(opened.c.person_id.in_(lookers), opened.c.id < before if before else true())
        .order_by(opened.c.id.desc())
        .limit(MOST_OPENED + 1)
    )
