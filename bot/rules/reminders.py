"""Say who is reminded of a reception day, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import at_local


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
