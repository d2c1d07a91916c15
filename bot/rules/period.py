"""Name a month or a quarter as the office does, and say when it begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import at_local

_NAMED = re.compile(r"(20\d\d)-(?:Q([1-4])|(0[1-9]|1[0-2]))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month (`months` is 1) or a quarter (3) of the office's calendar."""

    year: int
    month: int  # the first
    months: int

    @property
    def code(self) -> str:
        """Return how addresses name it: 2026-12, 2026-Q4."""
        return f"{self.year}-Q{(self.month + 2) // 3}" if self.months > 1 else f"{self.year}-{self.month:02}"

    @property
    def quarter(self) -> int:
        """Return the quarter it is, or lies in."""
        return (self.month + 2) // 3

    @property
    def first(self) -> date:
        """Return its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Return its last day."""
        return self.moved(1).first - timedelta(days=1)

    @property
    def since(self) -> datetime:
        """Return the moment it begins, in UTC."""
        return at_local(self.first, 0)

    @property
    def until(self) -> datetime:
        """Return the moment the next one begins, in UTC."""
        return at_local(self.moved(1).first, 0)

    def swapped(self, today: date) -> Period:
        """Return the quarter a month lies in; of a quarter its last month that has begun."""
        if self.months == 1:
            return Period(self.year, 3 * self.quarter - 2, 3)
        begun = [Period(self.year, self.month + n, 1) for n in range(3)]
        return max((each for each in begun if each.first <= today), key=lambda each: each.month, default=begun[0])

    def moved(self, by: int) -> Period:
        """Return the one so many after it, or before it."""
        years, month = divmod(self.month - 1 + by * self.months, 12)
        return Period(self.year + years, month + 1, self.months)


def period_of(code: str, today: date) -> Period:
    """Return the period of that code; of a code that names none, the month of today."""
    named = _NAMED.fullmatch(code)
    if named is None:
        return Period(today.year, today.month, 1)
    year, quarter, month = named.groups()
    return Period(int(year), 3 * int(quarter) - 2, 3) if quarter else Period(int(year), int(month), 1)
