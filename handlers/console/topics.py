"""The hot topics: what many people wrote of lately, each group with its cases and what the desk can do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp import web

from bot.actions import topics as hot
from bot.clock import local_date
from bot.paper import charts
from bot.rules.privacy import mask
from bot.rules.topics import Topic, topics
from bot.store import reads_cases
from handlers.console.visit import Visit, number_in

TOPICS = "/console/topics"
KEPT = timedelta(minutes=10)
PATIENCE_S = 2.0  # how long a page waits for its groups; five thousand cases take a little longer
MOST_KEPT = 50  # groupings: one for each set of stations somebody serves
MOST, ROWS = 20, 50  # topics on the page; cases of one topic a page
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The topics among the latest cases of some stations: of how many, since which day, and when they were grouped."""

    topics: tuple[Topic, ...]
    cases: int
    since: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """One topic as the page shows it: its words, how many cases this week and the week before, its days as bars."""

    words: str
    place: str
    count: int
    first: str  # the number of its oldest case names it
    now: int
    then: int
    bars: tuple[tuple[float, float, float], ...]
    most: int


Key = tuple[str, frozenset[int]]
_KNOWN: dict[Key, Grouped] = {}  # grouping costs seconds and holds for minutes; losing it costs one more grouping
_RUNNING: dict[Key, asyncio.Task[Grouped]] = {}


async def show(visit: Visit) -> web.StreamResponse:
    """Show the topics, or the cases of one; while they are being grouped, say so."""
    found = await _grouped(visit)
    if found is None:
        return visit.page("topics.html", found=None, shown=[], days=hot.WINDOW.days, most=hot.MOST)
    if named := visit.request.query.get("of", ""):
        return await _one(visit, found, named)
    days = [found.since + timedelta(days=n) for n in range((local_date(found.at) - found.since).days + 1)]
    shown = [_shown(each, days) for each in found.topics[:MOST]]
    return visit.page("topics.html", found=found, shown=shown, days=len(days), grows=len(days) >= 2 * WEEK.days)


async def _one(visit: Visit, found: Grouped, named: str) -> web.StreamResponse:
    topic = next((each for each in found.topics if named in each.ids), None)
    if topic is None:
        return await visit.go(TOPICS, visit.deps.texts("topics.gone"))
    numbers = [str(each) for each in reversed(topic.ids)]
    start = number_in(visit.request.query.get("from", ""))
    async with visit.deps.store.read() as db:
        rows = await reads_cases.numbered(db, visit.me.scope, numbers[start : start + ROWS])
    more = f"{TOPICS}?of={named}&from={start + ROWS}" if len(numbers) > start + ROWS else ""
    return visit.page(
        "topic.html", rows=rows, more=more, words=mask("、".join(topic.words)), count=len(numbers),
        today=local_date(visit.now).isoformat(),
    )  # fmt: skip


async def _grouped(visit: Visit) -> Grouped | None:
    """Return the topics of my stations, at most ten minutes old; None while they take their time."""
    key = (visit.deps.settings.database_url, visit.me.sees)
    known = _KNOWN.get(key)
    if known is not None and known.at <= visit.now < known.at + KEPT:
        return known
    task = _RUNNING.get(key)
    if task is None:
        task = _RUNNING[key] = asyncio.create_task(_group(visit, key))
        visit.deps.tasks.add(task)
        task.add_done_callback(visit.deps.tasks.discard)
        task.add_done_callback(lambda _: _RUNNING.pop(key, None))
    try:
        return await asyncio.wait_for(asyncio.shield(task), PATIENCE_S)
    except TimeoutError:
        return known


async def _group(visit: Visit, key: Key) -> Grouped:
    now = visit.now
    async with visit.deps.store.read() as db:
        said = await hot.said_lately(db, set(visit.me.sees), now)
    since = local_date(now - hot.WINDOW)
    if len(said) == hot.MOST:  # more came than are looked at: the days before these are not known
        since = said[0].day or since
    found = Grouped(tuple(await asyncio.to_thread(topics, said)), len(said), since, now)
    while len(_KNOWN) >= MOST_KEPT:
        _KNOWN.pop(next(iter(_KNOWN)))
    _KNOWN.pop(key, None)
    _KNOWN[key] = found
    return found


def _shown(topic: Topic, days: Sequence[date]) -> Shown:
    counts = [topic.per_day.get(day.isoformat(), 0) for day in days]
    return Shown(
        mask("、".join(topic.words)), mask(topic.place), len(topic.ids), str(topic.ids[0]),
        sum(counts[-WEEK.days :]), sum(counts[-2 * WEEK.days : -WEEK.days]), charts.standing(counts), max(counts),
    )  # fmt: skip
