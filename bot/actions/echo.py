"""Read the echo wall: what was made public, the newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, select

from bot.actions.assignments import REPRESENTATIVE
from bot.store.db import Db
from bot.store.tables import assignment, category, person, publication, station, suggestion

HELD = ("assigned", "accepted", "replied")  # returned and passed on is another's
_ITS_CASE = suggestion.c.id == publication.c.suggestion_id
# A case that is public has exactly one publication that was not taken down (actions/publishing).
PUBLIC = and_(suggestion.c.published_at.is_not(None), suggestion.c.confidential.is_(False))
# What anybody may read: approved, not taken down, of nobody who wants to stay unknown.
SHOWN = and_(publication.c.id.is_not(None), publication.c.withdrawn_at.is_(None), suggestion.c.confidential.is_(False))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results somebody wants to read; what is empty does not narrow. All are codes."""

    station: str = ""
    subject: str = ""
    representative: str = ""


@dataclass(frozen=True, slots=True)
class Wall:
    """One page of the wall."""

    results: list[Any]
    total: int  # of all pages
    before: int | None  # where the next page begins, None on the last one


async def look(db: Db, wanted: Wanted, *, before: int | None = None, most: int = 20) -> Wall:
    """Return one page: each result's approved words, its number and state, and where it belongs."""
    query = (
        select(
            publication,
            suggestion.c.number,
            suggestion.c.state,
            suggestion.c.created_at,
            station.c.name.label("station"),
            category.c.name.label("category"),
        )
        .join(suggestion, _ITS_CASE)
        .join(station, station.c.id == suggestion.c.station_id)
        .outerjoin(category, category.c.id == suggestion.c.category_id)
        .where(SHOWN, *_narrowed(wanted))
        .order_by(publication.c.id.desc())
        .limit(most + 1)
    )
    rows = await db.all(query if before is None else query.where(publication.c.id < before))
    total = await db.one(select(func.count().label("n")).select_from(suggestion).where(PUBLIC, *_narrowed(wanted)))
    shown = rows[:most]
    return Wall(shown, total.n, shown[-1].id if len(rows) > most else None)


async def choices(db: Db) -> tuple[list[Any], list[Any]]:
    """Return the stations and the subjects of which there is anything to read (code, name)."""
    public = select(suggestion.c.station_id, suggestion.c.category_id).distinct()
    seen = await db.all(public.where(PUBLIC))
    stations = select(station.c.code, station.c.name).where(station.c.id.in_({row.station_id for row in seen}))
    subjects = select(category.c.code, category.c.name).where(category.c.id.in_({row.category_id for row in seen}))
    return await db.all(stations.order_by(station.c.id)), await db.all(subjects.order_by(category.c.id))


async def name_of(db: Db, representative: str) -> str:
    """Return whose results are wanted, empty if nobody goes by that code."""
    row = await db.one(select(person.c.name).where(person.c.code == representative))
    return "" if row is None else str(row.name)


def taken_on_by(person_id: Any) -> ColumnElement[bool]:
    """Say that a case was taken on by a representative and is still in their name."""
    held = select(assignment.c.suggestion_id).where(
        assignment.c.person_id == person_id, assignment.c.role == REPRESENTATIVE, assignment.c.state.in_(HELD)
    )
    return suggestion.c.id.in_(held)


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.station:
        found.append(suggestion.c.station_id == _id_of(station, wanted.station))
    if wanted.subject:
        found.append(suggestion.c.category_id == _id_of(category, wanted.subject))
    if wanted.representative:
        found.append(taken_on_by(_id_of(person, wanted.representative)))
    return found


def _id_of(table: Table, code: str) -> Any:
    return select(table.c.id).where(table.c.code == code).scalar_subquery()
