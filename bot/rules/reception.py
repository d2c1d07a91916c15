"""Say on which day a station receives, and who is reminded of it when."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import at_local
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


@dataclass(frozen=True, slots=True)
class Reminder:
    """Who hears of a reception day how long before, and at what hour of the office's day."""

    kind: str
    audience: str  # group, representative
    days_before: int
    hour: int
    minute: int
    grace_hours: int  # later than this it is not sent any more

    def due_at(self, held_on: date) -> datetime:
        """Return the moment it is due, UTC."""
        return at_local(held_on - timedelta(days=self.days_before), self.hour, self.minute)


#   kind               audience          days  at     grace   source: domain.md §4 [A]
REMINDERS = (
    Reminder("notice", "group", 3, 9, 0, 24),
    Reminder("evening", "group", 1, 18, 30, 3),
    Reminder("week", "representative", 7, 9, 0, 48),
    Reminder("day", "representative", 1, 9, 0, 12),
    Reminder("morning", "representative", 0, 7, 30, 2),
)
