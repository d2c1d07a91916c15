"""Count Chinese working days: holidays and make-up days as published, beyond them a plain week that is provisional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)
NEXT, PREVIOUS, STAY = "next", "previous", "stay"
UNNAMED = {"holiday": "节假日", "workday": "调休上班"}  # said where the calendar has no name for a day


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off in a row, under the names the notice gives them."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The published calendar: what is a holiday, what a make-up working day, and until which year that is known."""

    kinds: Mapping[date, str]  # holiday, workday
    years: frozenset[int]  # whose notice is out
    names: Mapping[date, str] = field(default_factory=dict)  # 春节, 国庆节调休上班

    @classmethod
    def of(cls, kinds: Mapping[date, str], names: Mapping[date, str] | None = None) -> WorkingDays:
        """Return the calendar of those days; a year counts as published once it names National Day, as all have."""
        # One day that staff set apart in a coming year must not make the rest of that year look known.
        return cls(kinds, frozenset(day.year for day in kinds if (day.month, day.day) == (10, 1)), names or {})

    def known(self, day: date) -> bool:
        """Whether the State Council's notice for that year is in the calendar."""
        return day.year in self.years

    def published(self, first: date, last: date) -> bool:
        """Whether the notice is out for every year from the first day to the last."""
        return self.years.issuperset(range(first.year, last.year + 1))

    def works(self, day: date) -> bool:
        """Whether offices are open; beyond the published years a plain week is assumed (and said to be provisional)."""
        kind = self.kinds.get(day)
        if kind is not None:
            return kind == "workday"
        return day.isoweekday() <= 5  # the only place where the plain week counts: a day no notice names

    def move(self, day: date, policy: str) -> date:
        """Return the day itself if it is a working day, else the next or previous one as the policy says."""
        step = {NEXT: ONE_DAY, PREVIOUS: -ONE_DAY, STAY: timedelta(0)}[policy]
        while step and not self.works(day):
            day += step
        return day

    def add(self, day: date, n: int) -> tuple[date, bool]:
        """Return the n-th working day after a day (before it, below zero), and whether that is provisional."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        at, left = day, abs(n)
        while left:
            at += step
            left -= self.works(at)
        touched = sorted((day + step, at)) if n else (day, day)
        return at, bool(n) and not self.published(*touched)

    def between(self, a: date, b: date) -> int:
        """Return how many working days lie after a, up to and with b; below zero where b is the earlier."""
        if b < a:
            return -self.between(b, a)
        return sum(self.works(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))

    def add_months(self, day: date, n: int) -> tuple[date, bool]:
        """Return the day n calendar months later, on a rest day the next working day, and whether it is provisional."""
        at = self.move(months_after(day, n), NEXT)
        return at, not self.published(day + ONE_DAY, at)

    def holidays(self, first: date, last: date) -> Iterator[Holiday]:
        """Yield the holidays that touch those days (inclusive), each at its whole length, in order."""
        at = first
        while at <= last:
            if self.kinds.get(at) == "holiday":
                whole = self._holiday(at)
                yield whole
                at = whole.last
            at += ONE_DAY

    def made_up(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """Yield the make-up working days among those days (inclusive), with their names, in order."""
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            if self.kinds.get(day) == "workday":
                yield day, self.name(day)

    def name(self, day: date) -> str:
        """Return what the calendar calls a day it sets apart."""
        return self.names.get(day) or UNNAMED[self.kinds[day]]

    def _holiday(self, day: date) -> Holiday:
        first = last = day
        while self.kinds.get(first - ONE_DAY) == "holiday":
            first -= ONE_DAY
        while self.kinds.get(last + ONE_DAY) == "holiday":
            last += ONE_DAY
        off = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return Holiday("、".join(dict.fromkeys(map(self.name, off))), first, last)


def months_after(day: date, n: int) -> date:
    """Return the same day n months later, or that month's last day where it has no such day (民法典第二百零二条)."""
    return day + relativedelta(months=n)
