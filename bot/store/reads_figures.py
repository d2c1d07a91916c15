"""Read what the office's figures count: each figure is a choice of cases, counted and opened by the same conditions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, cast, func, select, text, true, type_coerce

from bot.rules.lifecycle import Role, State
from bot.store.db import Db
from bot.store.tables import assignment, category, deadline, event, rating, reply, suggestion, visit
from bot.store.tables.cases import MILESTONES
from bot.store.tables.way import PROMISES

PEOPLE = (Role.CLERK, Role.OFFICE, Role.REPRESENTATIVE, Role.UNIT)  # whose steps are a human's answer
ANSWERS = ("admit", "decline", "merge", "reply")  # steps of theirs that whoever asked is told of
CONTENT = ("satisfied", "mostly")
TENTH = 360_000_000  # of an hour, in microseconds
FEW = 20  # stations
LATELY = 500  # lines of history among which one may have been overtaken by another
_EAST = 8 * 3600 * 1_000_000  # Shanghai is eight hours ahead, all year round since 1992
_DAY = 86_400_000_000
FIRST_DAY = date(1970, 1, 1)
_MILESTONE, PROMISE = (
    text(f"event.{MILESTONES}"),
    text(f"deadline.{PROMISES}"),
)  # word for word, so that the indexes serve


@dataclass(frozen=True, slots=True)
class Span:
    """Which stations' figures of which days, and what today is: a clock that can still be met is not counted yet."""

    stations: frozenset[int]
    since: datetime
    until: datetime
    first: date
    last: date
    today: date


Base = Callable[[Span], Select[Any]]
Which = Callable[[Span], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of cases (texts `figures_of.{code}`): where it looks, which of them it counts, and out of which."""

    code: str
    base: Base
    which: Which
    of: Which | None = None


# ---- where figures look: each choice returns the column `id`, a case perhaps twice -----------------------------------


def _received(span: Span) -> Select[Any]:
    """Cases that came within the span; states are named one by one, so that the index serves."""
    return select(suggestion.c.id).where(
        suggestion.c.state.in_(tuple(State)),
        suggestion.c.created_at >= span.since,
        suggestion.c.created_at < span.until,
        (suggestion.c.station_id + 0).in_(span.stations),  # read in that index, else in each case
    )


def _stepped(move: str, undone: Sequence[str] = ()) -> Base:
    """Cases that made a step within the span, unless it was taken back later."""

    def cases(span: Span) -> Select[Any]:
        found = (
            select(suggestion.c.id)
            .join(event, event.c.suggestion_id == suggestion.c.id)
            .where(_MILESTONE, event.c.move == move, event.c.at >= span.since, event.c.at < span.until)
            .where(suggestion.c.station_id.in_(span.stations), _of_few(span, event.c.suggestion_id))
        )
        return found.where(event.c.id.not_in(_taken_back(move, undone, span))) if undone else found

    return cases


def _of_few(span: Span, case_id: Any) -> ColumnElement[bool]:
    """Of few stations: hold a line found in an index against the list of their cases before its case is read.

    Plus nothing: else SQLite goes through the lines of each of those cases instead of the span's.
    """
    if len(span.stations) > FEW:
        return true()
    theirs = suggestion.alias("theirs")
    cases = select(theirs.c.id).where(theirs.c.station_id.in_(span.stations)).correlate(None)
    found: ColumnElement[bool] = (case_id + 0).in_(cases)
    return found


def _taken_back(move: str, undone: Sequence[str], span: Span) -> Select[Any]:
    made = event.alias("made")
    return (
        select(made.c.id)
        .join(event, (event.c.suggestion_id == made.c.suggestion_id) & (event.c.seq > made.c.seq))
        .where(_MILESTONE, event.c.move.in_(undone), event.c.at >= span.since, made.c.move == move)
        .correlate(None)
    )


def _due(kind: str) -> Base:
    """Cases whose clock of that kind came due within the span, met or not."""

    def cases(span: Span) -> Select[Any]:
        return (
            select(suggestion.c.id)
            .join(deadline, deadline.c.suggestion_id == suggestion.c.id)
            .where(*_came_due(kind, span), suggestion.c.station_id.in_(span.stations))
            .where(_of_few(span, deadline.c.suggestion_id))
        )

    return cases


def _came_due(kind: str, span: Span) -> tuple[Any, ...]:
    """What was dropped is owed no more; the due day itself is still in time."""
    last = min(span.last, span.today - timedelta(days=1))
    return (
        PROMISE,
        deadline.c.kind == kind,
        deadline.c.due_on.between(span.first.isoformat(), last.isoformat()),
        func.coalesce(deadline.c.met_on, "") != "dropped",
    )


_ADMITTED = _stepped("admit", ("unadmit", "decline"))
_DECLINED = _stepped("decline", ("reconsider",))
_REPLIED, _RATED = _stepped("reply"), _stepped("rate")
_CLOSED = _stepped("close", ("rehandle",))
PROMISED, _STATUTORY = _due("promised"), _due("statutory")


# ---- which of them are counted ---------------------------------------------------------------------------------------


def _all(_: Span) -> ColumnElement[bool]:
    return true()


def _in_time(kind: str) -> Which:
    def which(span: Span) -> ColumnElement[bool]:
        unmet = deadline.c.met_on.is_(None) | (deadline.c.met_on > deadline.c.due_on)
        late = select(deadline.c.suggestion_id).where(*_came_due(kind, span), unmet).correlate(None)
        return suggestion.c.id.not_in(late)

    return which


def _awaited(_: Span) -> ColumnElement[bool]:
    return suggestion.c.state != "withdrawn"


def _responded(_: Span) -> ColumnElement[bool]:
    return _awaited(_) & _answers().correlate(suggestion).exists()


def _answers() -> Select[Any]:
    return select(event.c.id).where(
        event.c.suggestion_id == suggestion.c.id, event.c.move.in_(ANSWERS), event.c.role.in_(PEOPLE)
    )


def solved(_: Span) -> ColumnElement[bool]:
    """The newest reply, opinions of assisting units apart, says that it is solved."""
    newest = select(reply.c["class"]).outerjoin(assignment, assignment.c.id == reply.c.assignment_id)
    newest = newest.where(
        reply.c.suggestion_id == suggestion.c.id, func.coalesce(assignment.c.role, "") != "assisting_unit"
    )
    return newest.order_by(reply.c.id.desc()).limit(1).correlate(suggestion).scalar_subquery() == "A"


def _satisfied(_: Span) -> ColumnElement[bool]:
    """The newest rating by a voter is not a bad one."""
    newest = select(rating.c.value).where(rating.c.suggestion_id == suggestion.c.id, rating.c.side == "voter")
    return newest.order_by(rating.c.id.desc()).limit(1).correlate(suggestion).scalar_subquery().in_(CONTENT)


def _alone(_: Span) -> ColumnElement[bool]:
    """Handled by itself: what is linked to another is visited there."""
    return suggestion.c.merged_into_id.is_(None)


def _unseen(_: Span) -> ColumnElement[bool]:
    went = select(visit.c.id).where(visit.c.suggestion_id == suggestion.c.id).correlate(suggestion)
    return _alone(_) & ~went.exists()


#       code           looks at     counts                 of which
FIGURES = {
    each.code: each
    for each in (
        Figure("received",   _received,  _all),
        Figure("admitted",   _ADMITTED,  _all),
        Figure("declined",   _DECLINED,  _all),
        Figure("replied",    _REPLIED,   _all),
        Figure("closed",     _CLOSED,    _all),
        Figure("promised",   PROMISED,  _in_time("promised"),  _all),
        Figure("statutory",  _STATUTORY, _in_time("statutory"), _all),
        Figure("responded",  _received,  _responded,            _awaited),
        Figure("solved",     _REPLIED,   solved,               _all),
        Figure("satisfied",  _RATED,     _satisfied,            _all),
        Figure("unseen",     _CLOSED,    _unseen,               _alone),
    )
}  # fmt: skip


async def newest(db: Db) -> int:
    """Return the id of the newest line of any case's history: while it stands, no figure of cases changes."""
    return int((await db.one(select(func.max(event.c.id).label("id")))).id or 0)


# ---- counting and opening --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases a figure counts, and of how many where it is a share."""

    value: int
    of: int | None


async def counts(db: Db, span: Span, codes: Collection[str] = FIGURES.keys()) -> dict[int, dict[str, Count]]:
    """Return these figures of every station that has any; figures that look at the same cases are counted together."""
    found: dict[int, dict[str, Count]] = {}
    wanted = [each for each in FIGURES.values() if each.code in codes]
    for base in dict.fromkeys(each.base for each in wanted):
        mine = [each for each in wanted if each.base is base]
        for row in await db.all(_tally(base, mine, span)):
            counted = iter(row[1:])
            known = found.setdefault(row.station_id, {})
            known |= {each.code: Count(next(counted), next(counted) if each.of else None) for each in mine}
    return found


def _tally(base: Base, mine: Sequence[Figure], span: Span) -> Select[Any]:
    parts = [which for each in mine for which in (each.which, each.of) if which is not None]
    # What cannot be said of a case – it has no rating – does not count.
    flags = [func.coalesce(cast(which(span), Integer), 0).label(f"flag{n}") for n, which in enumerate(parts)]
    cases = base(span).add_columns(suggestion.c.station_id, *flags).distinct().subquery()
    sums = [func.sum(cases.c[f"flag{n}"]) for n in range(len(parts))]
    return select(cases.c.station_id, *sums).group_by(cases.c.station_id)


@dataclass(frozen=True, slots=True)
class Narrow:
    """What part of a figure's cases is opened, and the page; what is zero or empty does not matter."""

    part: str = ""  # counted (or empty), all of which, or the rest
    category_id: int = 0  # with those below it; -1: cases without any
    waited: tuple[int, int] | None = None  # tenths of an hour until a human's answer: from, to but without
    before: int = 0  # the last id of the page before


async def opened(db: Db, span: Span, figure: Figure, narrow: Narrow, most: int) -> list[int]:
    """Return the ids of the newest cases a figure counts, at most one more than `most`."""
    cases = figure.base(span).where(_part(figure, narrow.part, span))
    if narrow.category_id > 0:
        below = select(category.c.id).where(category.c.parent_id == narrow.category_id)
        cases = cases.where((suggestion.c.category_id == narrow.category_id) | suggestion.c.category_id.in_(below))
    elif narrow.category_id < 0:
        cases = cases.where(suggestion.c.category_id.is_(None))
    if narrow.waited:
        cases = cases.where(_tenths() >= narrow.waited[0], _tenths() < narrow.waited[1])
    if narrow.before:
        cases = cases.where(suggestion.c.id < narrow.before)
    return [row.id for row in await db.all(cases.distinct().order_by(suggestion.c.id.desc()).limit(most + 1))]


def _part(figure: Figure, part: str, span: Span) -> ColumnElement[bool]:
    if figure.of is None or part not in ("of", "rest"):
        return figure.which(span)
    return figure.of(span) if part == "of" else figure.of(span) & ~figure.which(span)


def _tenths() -> ColumnElement[int]:
    """Return how many whole tenths of an hour a case waited for a human's answer; null if it has none."""
    first = _answers().with_only_columns(type_coerce(event.c.at, BigInteger)).order_by(event.c.seq).limit(1)
    answered = first.correlate(suggestion).scalar_subquery()
    return (answered - type_coerce(suggestion.c.created_at, BigInteger)) // TENTH


async def came(db: Db, span: Span) -> list[Any]:
    """Return the cases that came within the span: station_id, category_id, day (since 1970), awaited, tenths.

    It is awaited if it was not taken back; tenths of an hour went by until a human's answer, null: none yet.
    """
    day, awaited = day_of(suggestion.c.created_at).label("day"), cast(_awaited(span), Integer).label("awaited")
    columns = (suggestion.c.station_id, suggestion.c.category_id, day, awaited, _tenths().label("tenths"))
    return await db.all(_received(span).with_only_columns(*columns))


async def closed_by_day(db: Db, span: Span) -> list[Any]:
    """Return how many cases of each station were closed on each day (since 1970) that has any: station_id, day, n."""
    cases = _CLOSED(span).add_columns(suggestion.c.station_id, day_of(event.c.at).label("day")).distinct().subquery()
    place, day = cases.c.station_id, cases.c.day
    return await db.all(select(place, day, func.count().label("n")).group_by(place, day))


def day_of(moment: Any) -> ColumnElement[int]:
    """Return the office's day of a moment, in days since 1970."""
    return (type_coerce(moment, BigInteger) + _EAST) // _DAY


async def first_level(db: Db) -> dict[int, tuple[int, str]]:
    """Return for each subject the one of the first level it belongs to, as id and name."""
    rows = {row.id: row for row in await db.all(select(category.c.id, category.c.parent_id, category.c.name))}
    tops = {each: row.parent_id or each for each, row in rows.items()}
    return {each: (top, rows[top].name) for each, top in tops.items()}


async def moved_since(db: Db, line: int, moment: datetime) -> set[int]:
    """Return the stations of the cases that moved after that line of history.

    A line of a lower number may be seen later, where several write at once: those of `moment` and after count as well.
    """
    rows = await db.all(
        select(suggestion.c.station_id)
        .join(event, event.c.suggestion_id == suggestion.c.id)
        .where(event.c.id > line - LATELY, (event.c.id > line) | (event.c.at >= moment))
        .distinct()
    )
    return {row.station_id for row in rows}
