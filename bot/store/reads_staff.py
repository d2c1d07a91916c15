"""List who may sign in to the console, for the office that sees to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, select

from bot.store.db import Db
from bot.store.tables import clerk, login, officer, person, station, unit, unit_member

COLUMNS = (login.c.password_hash, login.c.totp_sealed, login.c.seen_at, login.c.off_at)


async def under(db: Db, offices: Collection[int]) -> list[Any]:
    """Return everybody who works at a desk, in an office or in a unit under these offices, with how they sign in."""
    desks = select(clerk.c.person_id).join(station, station.c.id == clerk.c.station_id)
    units = select(unit_member.c.person_id).join(unit, unit.c.id == unit_member.c.unit_id)
    ours = or_(
        person.c.id.in_(select(officer.c.person_id).where(officer.c.office_id.in_(offices))),
        person.c.id.in_(desks.where(station.c.office_id.in_(offices))),
        person.c.id.in_(units.where(unit.c.office_id.in_(offices))),
    )
    return await db.all(
        select(person.c.id, person.c.code, person.c.name, *COLUMNS)
        .outerjoin(login, login.c.person_id == person.c.id)
        .where(ours)
        .order_by(person.c.id)
    )
