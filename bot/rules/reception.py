"""Say on which days a station receives."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.rules.calendar import WorkingDays


@dataclass(frozen=True, slots=True)
class Session:
    """One reception day: the day the rule names and the day it is held."""

    planned_on: date
    held_on: date
    provisional: bool


def sessions(
    days_of_month: tuple[int, ...], policy: str, start: date, end: date, days: WorkingDays
) -> Iterator[Session]:
    """Yield the sessions a monthly rule plans between two days (inclusive), in order; a short month has no 31st."""
    year, month = start.year, start.month
    while date(year, month, 1) <= end:
        last = months.monthrange(year, month)[1]
        for number in sorted(days_of_month):
            if number <= last and start <= date(year, month, number) <= end:
                planned = date(year, month, number)
                held = days.move(planned, policy)
                yield Session(planned, held, provisional=not (days.known(planned) and days.known(held)))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
