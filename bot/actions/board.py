"""Put together what the office's board says of a month or a quarter, every share with of how many it is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bot.actions import figures
from bot.actions.figures import Figure
from bot.rules.period import Period
from bot.rules.waiting import Waits, waits_of
from bot.store import reads_cases, reads_figures, reads_holders, reads_reception
from bot.store.db import Db
from bot.store.reads_figures import FIGURES, FIRST_DAY, Count, Span

A_DAY = timedelta(days=1)
MONTH = 31  # days; what is longer is told by weeks
RECEPTION = ("sessions", "participation", "visits", "visitors")  # of bot.actions.figures


@dataclass(frozen=True, slots=True)
class Piece:
    """A day of a month, or seven of a quarter: how many cases came, and how many were closed."""

    first: date
    last: date
    received: int
    closed: int


@dataclass(frozen=True, slots=True)
class Board:
    """What is said of a period: totals, reception days, waits, what came and was closed by day, subjects, stations."""

    totals: Mapping[str, Count]
    reception: Sequence[Figure]
    waits: Waits
    trend: Sequence[Piece]
    subjects: Sequence[tuple[int, str, int]]
    stations: Sequence[tuple[Any, Mapping[str, Count]]]  # (id, name) and figures, who got most first


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of one station's cases: figures, waits (none: not over yet), came and closed by day, subjects."""

    counts: dict[str, Count] = field(default_factory=dict)
    waits: Counter[int | None] = field(default_factory=Counter)
    came: Counter[int] = field(default_factory=Counter)  # days since 1970
    closed: Counter[int] = field(default_factory=Counter)
    subjects: Counter[int | None] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Holder:
    """A representative or a unit, how many cases each of its figures counts, and the sessions one of ours attended."""

    id: int
    name: str
    station: str
    figures: Mapping[str, int]
    attended: int | None = None


def span_of(period: Period, stations: frozenset[int], today: date) -> Span:
    """Return what the reads look at."""
    return Span(stations, period.since, period.until, period.first, period.last, today)


async def parts(db: Db, span: Span) -> dict[int, Part]:
    """Return what is said of the cases of each station of a span."""
    found = {each: Part() for each in span.stations}
    for each, counted in (await reads_figures.counts(db, span, FIGURES.keys() - {"responded", "received"})).items():
        found[each].counts.update(counted)
    for place, subject, day, awaited, tenths in await reads_figures.came(db, span):
        part = found[place]
        part.came[day] += 1
        part.subjects[subject] += 1
        if awaited:  # whoever took a case back waits no more
            part.waits[tenths] += 1
    for each, day, n in await reads_figures.closed_by_day(db, span):
        found[each].closed[day] += n
    for part in found.values():  # the same cases as these figures look at: they need not be looked at twice
        if part.came:
            awaited, came = part.waits.total(), part.came.total()
            part.counts["received"] = Count(came, None)
            part.counts["responded"] = Count(awaited - part.waits[None], awaited)
    return found


async def board(db: Db, span: Span, known: Mapping[int, Part], reception: Sequence[Figure]) -> Board:
    """Return the board of these stations from what is said of each (`parts`) and of their reception days."""
    counted = {each: part.counts for each, part in known.items() if part.counts}
    waited: Counter[int | None] = Counter()
    lines: dict[str, Counter[int]] = {"received": Counter(), "closed": Counter()}
    subjects: Counter[int | None] = Counter()
    for part in known.values():
        waited.update(part.waits)
        lines["received"].update(part.came)
        lines["closed"].update(part.closed)
        subjects.update(part.subjects)
    by_code = {each.code: each for each in reception}
    return Board(
        _totals(counted),
        [by_code[code] for code in RECEPTION],
        waits_of(sorted((tenths, n) for tenths, n in waited.items() if tenths is not None)),
        _pieces(
            span,
            {code: {FIRST_DAY + timedelta(days=day): n for day, n in line.items()} for code, line in lines.items()},
        ),
        _subjects(subjects, await reads_figures.first_level(db)),
        await stations(db, span, known),
    )


async def reception_of(db: Db, span: Span) -> list[Figure]:
    """Return the figures of a span's reception days."""
    return await figures.of_month(db, span.stations, span.first, span.last)


def _subjects(counted: Mapping[int | None, int], tops: Mapping[int, tuple[int, str]]) -> list[tuple[int, str, int]]:
    """Return (id, name, count) of the first-level subjects, the largest first; -1 for cases without any."""
    found: Counter[tuple[int, str]] = Counter()
    for each, n in counted.items():
        found[tops[each] if each else (-1, "")] += n
    return sorted(((id_, name, n) for (id_, name), n in found.items()), key=lambda each: (-each[2], each[0]))


async def stations(db: Db, span: Span, known: Mapping[int, Part]) -> list[tuple[Any, Mapping[str, Count]]]:
    """Return the figures of every station, also of those that have none; who got most comes first."""
    counted = {each: part.counts for each, part in known.items()}
    rows = await reads_cases.stations(db, span.stations)
    said = [(row, _filled(counted.get(row.id, {}))) for row in rows]
    return sorted(said, key=lambda each: (-each[1]["received"].value, each[0].id))


async def holders(db: Db, span: Span, kind: str) -> list[Holder]:
    """Return every representative of these stations, or every unit that was handed a case, who did most first."""
    done = await reads_holders.done(db, span, kind)
    people: dict[int, Any] = {}
    if kind == "representative":
        rows = await reads_reception.representatives(db, span.stations, span.first, span.last)
        people = {row.person_id: row for row in rows}
    others = await reads_holders.names(db, kind, done.keys() - people.keys())  # of stations elsewhere
    found = [
        Holder(each, row.name, row.station, _done(done.get(each, {})), row.attended if each in people else None)
        for each, row in (people | others).items()
    ]
    return sorted(found, key=lambda each: (-each.figures["handed"], -(each.attended or 0), each.id))


def _pieces(span: Span, lines: Mapping[str, Mapping[date, int]]) -> list[Piece]:
    """Return the span until today in days, or in weeks if it is longer than a month."""
    length = timedelta(days=1 if (span.last - span.first).days < MONTH else 7)
    last, first, found = min(span.last, span.today), span.first, []
    while first <= last:
        until = min(first + length - A_DAY, span.last)
        counted = {code: sum(n for day, n in line.items() if first <= day <= until) for code, line in lines.items()}
        found.append(Piece(first, until, counted["received"], counted["closed"]))
        first += length
    return found


def _done(known: Mapping[str, int]) -> dict[str, int]:
    return {code: known.get(code, 0) for code in reads_holders.HOLDER_FIGURES}


def _filled(known: Mapping[str, Count]) -> dict[str, Count]:
    nothing = {code: Count(0, 0 if each.of else None) for code, each in FIGURES.items()}
    return nothing | dict(known)


def _totals(counted: Mapping[int, Mapping[str, Count]]) -> dict[str, Count]:
    rows = [_filled(each) for each in counted.values()] or [_filled({})]
    return {
        code: Count(
            sum(row[code].value for row in rows), sum(row[code].of or 0 for row in rows) if FIGURES[code].of else None
        )
        for code in FIGURES
    }
