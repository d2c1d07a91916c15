"""Read cases as outsiders may see them: what was published, and what a partner itself brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from bot.actions.assignments import LEAD
from bot.actions.echo import SHOWN
from bot.actions.partner_reports import CHANNEL
from bot.actions.partners import may
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    category,
    deadline,
    group,
    identity,
    office,
    publication,
    station,
    suggestion,
    unit,
)

ANSWERS = ("promised", "rehandle")  # the clocks a person waits for
MOST = 1000  # GeoReport v2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a caller asks for; what is empty does not narrow."""

    numbers: Collection[str] = ()
    subjects: Collection[str] = ()  # codes of categories
    states: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    office: str = ""


async def subjects(db: Db) -> list[Any]:
    """Return every subject that can be reported (code, name, keywords), with the name of the one above it."""
    above = category.alias("above")
    return await db.all(
        select(category.c.code, category.c.name, category.c.keywords, above.c.name.label("group"))
        .outerjoin(above, above.c.id == category.c.parent_id)
        .order_by(category.c.id)
    )


async def knows_office(db: Db, code: str) -> bool:
    """Whether there is such an office."""
    return await db.one(select(office.c.id).where(office.c.code == code)) is not None


async def visible(db: Db, wanted: Wanted, partner: Any = None) -> list[Any]:
    """Return the cases a caller may see of those they want, the newest first."""
    return await db.all(
        _SEEN.where(_may_see(partner), *await _narrowed(db, wanted))
        .order_by(suggestion.c.created_at.desc(), suggestion.c.id.desc())
        .limit(MOST)
    )


def _may_see(partner: Any) -> ColumnElement[bool]:
    """Say which cases a caller may see: anybody what was published, a partner also what it brought."""
    own = and_(identity.c.channel == CHANNEL, identity.c.account == partner.code) if may(partner, "read") else false()
    return or_(SHOWN, own)


async def _narrowed(db: Db, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.numbers:
        found.append(suggestion.c.number.in_(wanted.numbers))
    if wanted.subjects:
        found.append(category.c.code.in_(wanted.subjects))
    if wanted.states:
        found.append(suggestion.c.state.in_(wanted.states))
    if wanted.since:
        found.append(suggestion.c.created_at >= wanted.since)
    if wanted.until:
        found.append(suggestion.c.created_at <= wanted.until)
    if wanted.office:
        found.append(station.c.office_id.in_(await _below(db, wanted.office)))
    return found


async def _below(db: Db, code: str) -> list[int]:
    """Return an office and every office under it."""
    rows = await db.all(select(office.c.id, office.c.code, office.c.parent_id))
    below = [row.id for row in rows if row.code == code]
    for each in below:
        below += [row.id for row in rows if row.parent_id == each]
    return below


def _agency() -> Any:
    return (
        select(func.max(unit.c.name))
        .join(assignment, assignment.c.unit_id == unit.c.id)
        .where(
            assignment.c.suggestion_id == suggestion.c.id,
            assignment.c.role == LEAD,
            assignment.c.state.in_(("assigned", "accepted", "replied")),
        )
        .scalar_subquery()
    )


def _due() -> Any:
    return (
        select(func.max(deadline.c.due_on))
        .where(deadline.c.suggestion_id == suggestion.c.id, deadline.c.kind.in_(ANSWERS), deadline.c.met_on.is_(None))
        .scalar_subquery()
    )


_SEEN = (
    select(
        suggestion.c.number,
        suggestion.c.state,
        suggestion.c.created_at,
        suggestion.c.changed_at,
        category.c.code.label("subject_code"),
        category.c.name.label("subject_name"),
        station.c.name.label("station"),
        group.c.name.label("group_name"),
        _agency().label("agency"),
        _due().label("due_on"),
        publication.c.text.label("public_text"),
        publication.c.answer.label("public_answer"),
    )
    .join(station, station.c.id == suggestion.c.station_id)
    .outerjoin(group, group.c.id == suggestion.c.group_id)
    .outerjoin(category, category.c.id == suggestion.c.category_id)
    .outerjoin(identity, identity.c.id == suggestion.c.identity_id)
    .outerjoin(publication, and_(publication.c.suggestion_id == suggestion.c.id, publication.c.withdrawn_at.is_(None)))
)
