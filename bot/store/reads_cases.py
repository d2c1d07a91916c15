"""Find cases for the console: by number, or by what somebody looks for, and only what is theirs to see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from bot.store import reads_words
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    category,
    deadline,
    event,
    group,
    joiner,
    media,
    outgoing,
    person,
    phone_look,
    station,
    suggestion,
    supplement,
    telling,
    unit,
    visit,
)

MOST_JOINERS = 100  # shown of a case, and looks at their phones
MOST = 50  # cases a page
GIVES_A_SAY = ("assigned", "accepted", "replied")  # an assignment by which its unit may look at the case
_RUNS = func.coalesce(deadline.c.met_on, "") == ""  # not by the index of all that runs: SQLite would prefer it
ANSWER_KINDS = ("promised", "statutory", "rehandle")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose cases somebody may see."""

    stations: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()

    @property
    def within(self) -> ColumnElement[bool]:
        """Return the condition."""
        ours = suggestion.c.station_id.in_(self.stations) if self.stations else false()
        if not self.units:
            return ours
        held = select(assignment.c.suggestion_id).where(
            assignment.c.unit_id.in_(self.units), assignment.c.state.in_(GIVES_A_SAY)
        )
        return or_(ours, suggestion.c.id.in_(held))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; what is empty does not matter."""

    words: str = ""
    states: tuple[str, ...] = ()
    station_id: int = 0
    category_id: int = 0
    mark: str = ""  # supervised, merged, confidential, published, late
    today: str = ""  # with "late"
    before: int = 0  # the last id of the page before
    pile: ColumnElement[bool] | None = None  # only what lies on a pile of the desk (reads_desk.pile_of)


async def find(db: Db, scope: Scope, number: str) -> Any:
    """Return the case of that number if it is theirs to see, else None."""
    return await db.one(select(suggestion).where(suggestion.c.number == number, scope.within))


async def numbered(db: Db, scope: Scope, numbers: Collection[str]) -> list[Any]:
    """Return the cases of these numbers that are theirs to see, as lists show them, the newest first."""
    ids = await db.all(select(suggestion.c.id).where(suggestion.c.number.in_(numbers), scope.within))
    return await rows_of(db, [row.id for row in ids])


async def page(db: Db, scope: Scope, wanted: Wanted, most: int = MOST) -> list[Any]:
    """Return the newest cases somebody looks for, at most one more than `most`: whether there is another page.

    The ids are found first, by indexes alone; only the rows of this page are read.
    """
    ids = select(suggestion.c.id).where(scope.within, _wanted(wanted))
    ids = ids.order_by(suggestion.c.id.desc()).limit(most + 1)
    near = None if _is_number(wanted.words) else await reads_words.near(db, wanted.words.split())
    if near is None:
        return await rows_of(db, [row.id for row in await db.all(ids)])
    found: list[int] = []
    for piece in near.pieces(wanted.before):
        found += [row.id for row in await db.all(ids.where(suggestion.c.id.in_(piece)))]
        if len(found) > most:
            break
    if near.beside is not None:
        found += [row.id for row in await db.all(ids.where(near.beside))]
    return await rows_of(db, sorted(set(found), reverse=True)[: most + 1])


def next_due() -> ColumnElement[str]:
    """Return the nearest day on which a case (of the query around it) is due, null if none of its clocks runs."""
    return (
        select(func.min(deadline.c.due_on))
        .where(deadline.c.suggestion_id == suggestion.c.id, _RUNS, deadline.c.kind != "return")
        .correlate(suggestion)
        .scalar_subquery()
    )


async def rows_of(db: Db, ids: Collection[int]) -> list[Any]:
    """Return these cases as lists show them, the newest first: station, group, category, who holds them, until when."""
    if not ids:
        return []
    held = (
        select(
            assignment.c.suggestion_id,
            func.min(func.coalesce(person.c.name, unit.c.name)).label("holder"),
        )
        .outerjoin(person, person.c.id == assignment.c.person_id)
        .outerjoin(unit, unit.c.id == assignment.c.unit_id)
        .where(assignment.c.suggestion_id.in_(ids), assignment.c.state.in_(("assigned", "accepted")))
        .group_by(assignment.c.suggestion_id)
        .subquery()
    )
    due = (
        select(deadline.c.suggestion_id, func.min(deadline.c.due_on).label("due_on"))
        .where(deadline.c.suggestion_id.in_(ids), _RUNS, deadline.c.kind != "return")
        .group_by(deadline.c.suggestion_id)
        .subquery()
    )
    return await db.all(
        select(
            suggestion,
            station.c.name.label("station"),
            group.c.name.label("group_name"),
            category.c.name.label("category"),
            held.c.holder,
            due.c.due_on,
        )
        .join(station, station.c.id == suggestion.c.station_id)
        .outerjoin(group, group.c.id == suggestion.c.group_id)
        .outerjoin(category, category.c.id == suggestion.c.category_id)
        .outerjoin(held, held.c.suggestion_id == suggestion.c.id)
        .outerjoin(due, due.c.suggestion_id == suggestion.c.id)
        .where(suggestion.c.id.in_(ids))
        .order_by(suggestion.c.id.desc())
    )


def _wanted(wanted: Wanted) -> ColumnElement[bool]:
    some: list[ColumnElement[bool]] = [suggestion.c.id > 0]
    if wanted.before:
        some.append(suggestion.c.id < wanted.before)
    if wanted.states:
        some.append(suggestion.c.state.in_(wanted.states))
    if wanted.station_id:
        some.append(suggestion.c.station_id == wanted.station_id)
    if wanted.category_id:
        below = select(category.c.id).where(
            or_(category.c.id == wanted.category_id, category.c.parent_id == wanted.category_id)
        )
        some.append(suggestion.c.category_id.in_(below))
    if wanted.pile is not None:
        some.append(wanted.pile)
    if wanted.mark:
        some.append(_mark(wanted))
    if wanted.words:
        some.append(_said(wanted.words))
    return and_(*some)


def _mark(wanted: Wanted) -> ColumnElement[bool]:
    match wanted.mark:
        case "supervised":
            return suggestion.c.supervised_at.is_not(None)
        case "merged":
            return suggestion.c.merged_into_id.is_not(None)
        case "confidential":
            return suggestion.c.confidential.is_(True)
        case "published":
            return suggestion.c.published_at.is_not(None)
        case _:
            late = select(deadline.c.suggestion_id).where(deadline.c.met_on.is_(None), deadline.c.due_on < wanted.today)
            return suggestion.c.id.in_(late)


def _said(words: str) -> ColumnElement[bool]:
    """Return the condition that a case has that number (or its beginning or end), or says these words."""
    if not _is_number(words):
        return reads_words.says(words.split())
    low, other = words.lower(), suggestion.alias("other")
    ends = select(station.c.code.concat(f"-{low}"))  # of whichever station: a few hundred looks into the index
    known = or_(other.c.number == words, other.c.number.in_(ends), other.c.number.between(low, f"{low}~"))
    if "-" not in low:  # the last figures alone: every number is looked at, in its index
        known = or_(known, other.c.number.endswith(f"-{low}", autoescape=True))
    return suggestion.c.id.in_(select(other.c.id).where(known))


def _is_number(words: str) -> bool:
    return words.isascii() and any(sign.isdecimal() for sign in words)


# ---- one case --------------------------------------------------------------------------------------------------------


async def surroundings(db: Db, case: Any) -> Any:
    """Return what a case belongs to (station, group_name, category, its topic, into) and who wrote it."""
    into, above = suggestion.alias("into_"), category.alias("above")
    return await db.one(
        select(
            station.c.name.label("station"), group.c.name.label("group_name"), category.c.name.label("category"),
            func.coalesce(above.c.code, category.c.code).label("topic"), into.c.number.label("into"),
            person.c.name.label("writer"), person.c.phone_sealed,
        )
        .select_from(suggestion)
        .join(station, station.c.id == suggestion.c.station_id)
        .join(person, person.c.id == suggestion.c.voter_id)
        .outerjoin(group, group.c.id == suggestion.c.group_id)
        .outerjoin(category, category.c.id == suggestion.c.category_id)
        .outerjoin(above, above.c.id == category.c.parent_id)
        .outerjoin(into, into.c.id == suggestion.c.merged_into_id)
        .where(suggestion.c.id == case.id)
    )  # fmt: skip


async def joined(db: Db, suggestion_id: int) -> int:
    """Return how many others said they have the same trouble."""
    row = await db.one(select(func.count().label("n")).where(joiner.c.suggestion_id == suggestion_id))
    return int(row.n)


async def joiners(db: Db, suggestion_id: int) -> list[Any]:
    """Return who else has the same trouble, in the order they said so, with their sealed phone."""
    return await db.all(
        select(joiner.c.id, joiner.c.person_id, joiner.c.at, person.c.name, person.c.phone_sealed)
        .join(person, person.c.id == joiner.c.person_id)
        .where(joiner.c.suggestion_id == suggestion_id)
        .order_by(joiner.c.id)
        .limit(MOST_JOINERS)
    )


async def looks_at_phones(db: Db, suggestion_id: int) -> list[Any]:
    """Return who looked at whose phone number on a case, the latest first."""
    by = person.alias("looker")
    return await db.all(
        select(phone_look.c.at, phone_look.c.person_id, by.c.name.label("by"))
        .join(by, by.c.id == phone_look.c.by_id)
        .where(phone_look.c.suggestion_id == suggestion_id)
        .order_by(phone_look.c.id.desc())
        .limit(MOST_JOINERS)
    )


async def tellings_of(db: Db, suggestion_id: int) -> list[Any]:
    """Return who was told what of a case, whether they only joined it, and how it was delivered, in order."""
    both = or_(suggestion.c.id == suggestion_id, suggestion.c.merged_into_id == suggestion_id)
    asked = exists().where(both, suggestion.c.voter_id == telling.c.person_id)
    return await db.all(
        select(
            telling, (~asked).label("joined"), person.c.name.label("person"), person.c.phone_sealed, event.c.move,
            outgoing.c.channel, outgoing.c.state, outgoing.c.error, outgoing.c.errcode, outgoing.c.settled_at,
            outgoing.c.arrived_at,
        )
        .join(person, person.c.id == telling.c.person_id)
        .join(event, event.c.id == telling.c.event_id)
        .outerjoin(outgoing, outgoing.c.key == telling.c.outgoing_key)
        .where(telling.c.suggestion_id == suggestion_id)
        .order_by(telling.c.id)
    )  # fmt: skip


async def pushes_of(db: Db, suggestion_id: int) -> list[Any]:
    """Return what staff were sent about a case and how it was delivered, in order."""
    return await db.all(
        select(outgoing, person.c.name.label("person"))
        .outerjoin(person, person.c.id == outgoing.c.person_id)
        .outerjoin(telling, telling.c.outgoing_key == outgoing.c.key)
        .where(outgoing.c.suggestion_id == suggestion_id, outgoing.c.kind == "push", telling.c.id.is_(None))
        .order_by(outgoing.c.id)
    )


async def media_of(db: Db, suggestion_ids: Collection[int], media_id: int) -> Any:
    """Return a file that was added to one of these cases or shown of a visit for them, or None."""
    added = exists().where(supplement.c.media_id == media.c.id, supplement.c.suggestion_id.in_(suggestion_ids))
    shown = exists().where(visit.c.media_id == media.c.id, visit.c.suggestion_id.in_(suggestion_ids))
    return await db.one(select(media).where(media.c.id == media_id, or_(added, shown)))


async def visits_of(db: Db, suggestion_id: int) -> list[Any]:
    """Return who went and looked at a case (name, text, photo, place), in order."""
    return await db.all(
        select(visit, person.c.name)
        .join(person, person.c.id == visit.c.person_id)
        .where(visit.c.suggestion_id == suggestion_id)
        .order_by(visit.c.id)
    )


async def number_of(db: Db, suggestion_id: int) -> str:
    """Return the number of a case, empty if there is none such."""
    row = await db.one(select(suggestion.c.number).where(suggestion.c.id == suggestion_id))
    return str(row.number) if row is not None else ""


async def units(db: Db) -> list[Any]:
    """Return every unit a case can be handed to."""
    return await db.all(select(unit.c.id, unit.c.name).where(unit.c.off_at.is_(None)).order_by(unit.c.id))


async def stations(db: Db, ids: Collection[int]) -> list[Any]:
    """Return these stations' names, in the order of the office files."""
    return await db.all(select(station.c.id, station.c.name).where(station.c.id.in_(ids)).order_by(station.c.id))


async def is_category(db: Db, category_id: int) -> bool:
    """Whether there is a category of that id."""
    return await db.one(select(category.c.id).where(category.c.id == category_id)) is not None


async def categories(db: Db) -> list[Any]:
    """Return every category (id, name, parent_id, parent)."""
    above = category.alias("above")
    return await db.all(
        select(category.c.id, category.c.name, category.c.parent_id, above.c.name.label("parent"))
        .outerjoin(above, above.c.id == category.c.parent_id)
        .order_by(func.coalesce(category.c.parent_id, category.c.id), category.c.id)
    )
