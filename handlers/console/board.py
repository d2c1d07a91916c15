"""The board: what a month or a quarter brought; every number opens the cases it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.actions import board
from bot.actions.board import Board, Part
from bot.actions.figures import Figure
from bot.clock import at_local, local_date
from bot.paper import charts
from bot.rules.period import Period, period_of
from bot.rules.waiting import SPREAD
from bot.store import reads_cases, reads_figures
from bot.store.db import Db
from bot.store.reads_figures import FIGURES, Span
from handlers.console.visit import Visit, number_in

BOARD = "/console/figures"
TILES = ("received", "admitted", "declined", "replied", "closed")
RATES = tuple(code for code, each in FIGURES.items() if each.of is not None)
LONGEST = 8  # bars of a chart; the rest is a table of its own
A_DAY = timedelta(days=1)
KEPT = timedelta(minutes=1)  # what reception days brought shows after that
WHOLE = timedelta(minutes=5)  # … and so does what changes cases without a step of theirs: a calendar, a name
OVERTAKES = timedelta(seconds=30)  # so much later a line of history may be seen than one of a higher number
MOST_KEPT = 6


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of a span: when all of it, when and up to which line of history the cases, when the reception."""

    whole_at: datetime
    read_at: datetime
    line: int
    parts: Mapping[int, Part]
    held_at: datetime
    reception: Sequence[Figure]


_KNOWN: dict[tuple[str, Span], Known] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which period and which of their stations somebody looks at."""

    period: Period
    station: int  # 0: all that they may see
    span: Span

    def to(self, path: str, **more: Any) -> str:
        """Return the address of another page about the same; what is empty is left out."""
        words = {"period": self.period.code, "station": self.station or "", **more}
        return f"{path}?{urlencode({name: value for name, value in words.items() if value not in ('', 0)})}"

    def rows(self, figure: str, **more: Any) -> str:
        """Return the address of the cases a figure counts."""
        return self.to(f"{BOARD}/rows", figure=figure, **more)

    @property
    def swapped(self) -> Period:
        """Return the quarter of the month, or a month of the quarter."""
        return self.period.swapped(self.span.today)

    def at(self, station: int) -> Asked:
        """Return the same about one station."""
        return replace(self, station=station)

    def other(self, period: Period) -> str:
        """Return the address of the same page about another period."""
        return replace(self, period=period).to(BOARD)


def asked(visit: Visit) -> Asked:
    """Return what the address asks for: one of my stations or all, and not a day after today's period."""
    query, today = visit.request.query, local_date(visit.now)
    period = period_of(query.get("period", ""), today)
    if period.first > today:
        period = period_of("", today)
    chosen = number_in(query.get("station", ""))
    station = chosen if chosen in visit.me.sees else 0
    stations = frozenset({station}) if station else visit.me.sees
    span = board.span_of(period, stations, today)
    return Asked(period, station, on_days(span, query.get("on", ""), query.get("to", "")))


def on_days(span: Span, first: str, last: str) -> Span:
    """Return the days of a span that an address names, or all of it."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return span
    if not span.first <= days[0] <= days[1] <= span.last:
        return span
    return replace(span, first=days[0], last=days[1], since=at_local(days[0], 0), until=at_local(days[1] + A_DAY, 0))


async def show(visit: Visit) -> web.StreamResponse:
    """Show the board."""
    mine = asked(visit)
    async with visit.deps.store.read() as db:
        facts = await facts_of(visit, db, mine)
    return visit.page("board.html", **facts)


async def known_of(visit: Visit, db: Db, span: Span) -> Known:
    """Return what is said of a span: as it was a moment ago, but for the stations whose cases have moved since.

    All of it costs some hundred thousand rows, one station's cases next to nothing.
    """
    key, now = (visit.deps.settings.database_url, span), visit.now
    line, known = await reads_figures.newest(db), _KNOWN.pop(key, None)
    if known is None or not known.whole_at <= now < known.whole_at + WHOLE:
        known = Known(now, now, line, await board.parts(db, span), now, await board.reception_of(db, span))
    elif line != known.line:
        late = known.read_at - OVERTAKES if visit.deps.store.shared else now  # a file has one writer at a time
        moved = await reads_figures.moved_since(db, known.line, late) & span.stations
        fresh = await board.parts(db, replace(span, stations=frozenset(moved))) if moved else {}
        known = replace(known, line=line, read_at=now, parts={**known.parts, **fresh})
    if not known.held_at <= now < known.held_at + KEPT:
        known = replace(known, held_at=now, reception=await board.reception_of(db, span))
    _KNOWN[key] = known  # the one looked at last stands last
    while len(_KNOWN) > MOST_KEPT:
        _KNOWN.pop(next(iter(_KNOWN)))
    return known


async def facts_of(visit: Visit, db: Db, mine: Asked) -> dict[str, Any]:
    """Return what the board's page and its report show."""
    known = await known_of(visit, db, mine.span)
    found = await board.board(db, mine.span, known.parts, known.reception)
    stations = await reads_cases.stations(db, visit.me.sees)
    return {
        "asked": mine, "board": found, "stations": stations, "name": period_name(visit, mine.period),
        "place": next((each.name for each in stations if each.id == mine.station), ""), "today": mine.span.today,
        "tiles": TILES, "rates": RATES, "why": FIGURES, "spread": SPREAD, "charts": charts_of(visit, found),
        "longest": LONGEST, "trend_words": _trend_words(visit, found),
    }  # fmt: skip


def period_name(visit: Visit, period: Period) -> str:
    """Return what people call a period."""
    if period.months > 1:
        return visit.deps.texts("board.quarter", year=period.year, quarter=period.quarter)
    return visit.deps.texts("board.month", year=period.year, month=period.month)


def charts_of(visit: Visit, found: Board) -> Mapping[str, Any]:
    """Return the layout of every chart of the board."""
    texts = visit.deps.texts
    lines = [[each.received for each in found.trend], [each.closed for each in found.trend]]
    waits = zip(SPREAD, found.waits.spread, strict=True)
    subjects = [(name or texts("board.no_subject"), n, str(n)) for _, name, n in found.subjects[:LONGEST]]
    stations = [(row.name, counts["received"].value) for row, counts in found.stations[:LONGEST]]
    return {
        "trend": charts.lines(lines, [f"{each.first.month}-{each.first.day}" for each in found.trend]),
        "waits": charts.bars([(texts(f"wait.{name}"), n, str(n)) for (name, _, _), n in waits]),
        "subjects": charts.bars(subjects),
        "stations": charts.bars([(name, n, str(n)) for name, n in stations if n]),
    }


def _trend_words(visit: Visit, found: Board) -> str:
    """Return what the lines over time show, in words."""
    came = [each.received for each in found.trend]
    return visit.deps.texts(
        "board.trend_desc", first=found.trend[0].first, last=found.trend[-1].last, received=sum(came), most=max(came),
        closed=sum(each.closed for each in found.trend),
    )  # fmt: skip
