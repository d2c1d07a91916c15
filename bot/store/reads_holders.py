"""Read what representatives and units did with the cases handed to them: counted and opened by the same conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select, true

from bot.store.db import Db
from bot.store.reads_figures import PROMISE, Span, solved
from bot.store.tables import (
    assignment,
    attendance,
    deadline,
    person,
    reception_day,
    representative,
    station,
    suggestion,
    unit,
    visit,
)

ROLES = {"representative": ("representative",), "unit": ("lead_unit", "assisting_unit")}
WHO = {"representative": assignment.c.person_id, "unit": assignment.c.unit_id}


def _answered(_: Span) -> ColumnElement[bool]:
    return assignment.c.state == "replied"


def _resolved(span: Span) -> ColumnElement[bool]:
    return _answered(span) & solved(span)


def _late(span: Span) -> ColumnElement[bool]:
    """The promised day went by before the case was answered; days before the span were not theirs to keep."""
    unmet = deadline.c.met_on.is_(None) | (deadline.c.met_on > deadline.c.due_on)
    missed = select(deadline.c.suggestion_id).where(
        PROMISE, deadline.c.kind == "promised", deadline.c.due_on >= span.first.isoformat(),
        deadline.c.due_on < span.today.isoformat(), func.coalesce(deadline.c.met_on, "") != "dropped", unmet,
    )  # fmt: skip
    return suggestion.c.id.in_(missed)


#         code        counts, of the cases handed over within the span
COUNTED: dict[str, Callable[[Span], ColumnElement[bool]]] = {
    "handed":   lambda _: true(),
    "answered": _answered,
    "resolved": _resolved,
    "late":     _late,
}  # fmt: skip
HOLDER_FIGURES = (*COUNTED, "visited")


async def done(db: Db, span: Span, kind: str) -> dict[int, dict[str, int]]:
    """Return how many cases each figure counts of each representative (or unit) that has any."""
    who, codes = WHO[kind].label("who"), [code for code in COUNTED if code != "handed"]
    flags = [func.max(func.coalesce(cast(COUNTED[code](span), Integer), 0)).label(code) for code in codes]
    each = _handed(span, kind).add_columns(who, *flags).group_by(suggestion.c.id, who).subquery()
    sums = [func.sum(each.c[code]).label(code) for code in codes]  # one look at what was handed over, for all figures
    rows = await db.all(select(each.c.who, func.count().label("handed"), *sums).group_by(each.c.who))
    found = {row.who: {code: int(getattr(row, code)) for code in COUNTED} for row in rows}
    if kind == "representative":
        cases = _visited(span).add_columns(visit.c.person_id.label("who")).distinct().subquery()
        for row in await db.all(select(cases.c.who, func.count().label("n")).group_by(cases.c.who)):
            found.setdefault(row.who, dict.fromkeys(COUNTED, 0))["visited"] = row.n
    return found


def _handed(span: Span, kind: str) -> Select[Any]:
    return (
        select(suggestion.c.id)
        .join(assignment, assignment.c.suggestion_id == suggestion.c.id)
        .where(
            assignment.c.role.in_(ROLES[kind]),
            assignment.c.assigned_at >= span.since,
            assignment.c.assigned_at < span.until,
            # plus nothing: else SQLite goes through all cases the stations ever had instead of the span's assignments
            (suggestion.c.station_id + 0).in_(span.stations),
        )
    )


def _visited(span: Span) -> Select[Any]:
    return (
        select(suggestion.c.id)
        .join(visit, visit.c.suggestion_id == suggestion.c.id)
        .where(visit.c.at >= span.since, visit.c.at < span.until, (suggestion.c.station_id + 0).in_(span.stations))
    )


async def opened(db: Db, span: Span, kind: str, who: int, code: str, before: int, most: int) -> list[int]:
    """Return the ids of the newest cases one of these figures counts, at most one more than `most`."""
    if code == "visited":
        cases = _visited(span).where(visit.c.person_id == who)
    else:
        cases = _handed(span, kind).where(WHO[kind] == who, COUNTED[code](span))
    if before:
        cases = cases.where(suggestion.c.id < before)
    return [row.id for row in await db.all(cases.distinct().order_by(suggestion.c.id.desc()).limit(most + 1))]


async def names(db: Db, kind: str, ids: Collection[int]) -> dict[int, Any]:
    """Return these representatives or units (id, name, station, station_id), by id."""
    if kind == "unit":
        nowhere = (literal("").label("station"), literal(0).label("station_id"))
        query = select(unit.c.id, unit.c.name, *nowhere).where(unit.c.id.in_(ids))
    else:
        query = (
            select(person.c.id, person.c.name, station.c.name.label("station"), representative.c.station_id)
            .join(representative, representative.c.person_id == person.c.id)
            .join(station, station.c.id == representative.c.station_id)
            .where(person.c.id.in_(ids))
        )
    return {row.id: row for row in await db.all(query)}


async def attended(db: Db, person_id: int, first: date, last: date) -> list[Any]:
    """Return the sessions one representative attended between two days (inclusive): station, day, place, register."""
    return await db.all(
        select(station.c.name.label("station"), reception_day.c.date, reception_day.c.place, reception_day.c.state)
        .join(attendance, attendance.c.day_id == reception_day.c.id)
        .join(station, station.c.id == reception_day.c.station_id)
        .where(
            attendance.c.person_id == person_id,
            attendance.c.undone_at.is_(None),
            reception_day.c.date.between(first.isoformat(), last.isoformat()),
        )
        .order_by(reception_day.c.date, reception_day.c.id)
    )
