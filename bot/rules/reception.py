"""Say on which days a station receives: its rule, the seasons, and what becomes of a rest day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule, rruleset, weekday

from bot.rules.calendar import WorkingDays, months_after

WEEKDAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}  # RFC 5545 §3.3.10
FARTHEST_MOVE = timedelta(days=31)  # no holiday moves a day farther; a day named before may still be to come


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of every year with hours and a place of its own, or without any reception; it may pass New Year."""

    since: str  # "06-01", both ends inclusive
    until: str
    starts: str = ""
    ends: str = ""
    place: str = ""
    closed: bool = False

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        at = day.isoformat()[5:]
        if self.since <= self.until:
            return self.since <= at <= self.until
        return at >= self.since or at <= self.until


@dataclass(frozen=True, slots=True)
class Rule:
    """When, where and how a station receives; the four ways to name days add up."""

    starts: str
    ends: str
    place: str
    holiday_policy: str  # next, previous, stay
    days_of_month: tuple[int, ...] = ()  # BYMONTHDAY; -1 is the month's last day, a short month has no 31st
    weekdays: tuple[str, ...] = ()  # weekly BYDAY: WE
    nth_weekdays: tuple[str, ...] = ()  # monthly BYDAY: 2WE, -1FR
    dates: tuple[date, ...] = ()  # RDATE
    every: int = 1  # INTERVAL: weeks or months, counted from `since`
    since: date | None = None
    until: date | None = None
    seasons: tuple[Season, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One reception day: the day the rule names, the day it is held, and its hours and place then."""

    planned_on: date
    held_on: date
    provisional: bool
    starts: str
    ends: str
    place: str


def sessions(rule: Rule, start: date, end: date, days: WorkingDays) -> Iterator[Session]:
    """Yield the sessions a rule names between two days (inclusive), in order; two that move onto one day are one."""
    found = (_session(rule, named, days) for named in named_days(rule, start, end))
    held = sorted(found, key=attrgetter("held_on", "planned_on"))
    for _, together in groupby(held, attrgetter("held_on")):
        same = list(together)
        session = next((each for each in same if each.planned_on == each.held_on), same[0])
        if not any(season.closed and season.holds(session.held_on) for season in rule.seasons):
            yield session


def preview(rule: Rule, today: date, days: WorkingDays, months: int = 12) -> list[Session]:
    """Return what a rule would plan for the coming months, so that a clerk sees it before it counts."""
    found = sessions(rule, today - FARTHEST_MOVE, months_after(today, months), days)
    return [session for session in found if session.held_on >= today]


def named_days(rule: Rule, start: date, end: date) -> list[date]:
    """Return the days a rule names between two days (inclusive), before any holiday moves them."""
    first, last = max(start, rule.since or start), min(end, rule.until or end)
    if first > last:
        return []
    anchor = datetime.combine(rule.since if rule.since and rule.every > 1 else first, time())
    until = datetime.combine(last, time())
    every = rruleset()
    if rule.days_of_month:
        every.rrule(rrule(MONTHLY, anchor, interval=rule.every, bymonthday=rule.days_of_month, until=until))
    if rule.weekdays:
        every.rrule(rrule(WEEKLY, anchor, interval=rule.every, byweekday=_byday(rule.weekdays), until=until))
    if rule.nth_weekdays:
        every.rrule(rrule(MONTHLY, anchor, interval=rule.every, byweekday=_byday(rule.nth_weekdays), until=until))
    for day in rule.dates:
        every.rdate(datetime.combine(day, time()))
    return [moment.date() for moment in every.between(datetime.combine(first, time()), until, inc=True)]


def _session(rule: Rule, named: date, days: WorkingDays) -> Session:
    held = days.move(named, rule.holiday_policy)
    season = next((each for each in rule.seasons if each.holds(held) and not each.closed), None)
    return Session(
        named,
        held,
        provisional=not (days.known(named) and days.known(held)),
        starts=season.starts or rule.starts if season else rule.starts,
        ends=season.ends or rule.ends if season else rule.ends,
        place=season.place or rule.place if season else rule.place,
    )


def _byday(words: Iterable[str]) -> list[weekday]:
    """Return dateutil's weekdays of RFC 5545's: WE, 2WE, -1FR."""
    return [WEEKDAYS[word[-2:]](int(word[:-2])) if word[:-2] else WEEKDAYS[word] for word in words]
