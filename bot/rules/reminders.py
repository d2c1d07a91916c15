"""Say who is reminded of a reception day, and when: the office's table (reminders.toml), one line a reminder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import at_local
from bot.rules.quiet import Quiet

GROUP, REPRESENTATIVE, CLERK = "group", "representative", "clerk"
REGISTER_OPEN = "register_open"  # said only while the day's register is not closed


@dataclass(frozen=True, slots=True)
class Reminder:
    """Who hears of a reception day how long before, at what hour of the office's day, in which words."""

    code: str
    audience: str
    days_before: int  # below 0: so many days after
    at: time
    text: str  # of texts.toml, below `reminder`
    grace_hours: int  # later than this it is not sent any more
    quiet: str = "after"  # what becomes of it when its hour is quiet: after, evening
    notice: bool = False  # the public notice, which every group must be proven to have had
    only: str = ""

    def due_at(self, held_on: date, hours: Quiet, ahead: int | None = None) -> datetime:
        """Return the moment it is due, UTC; a station that announces longer `ahead` is heeded, the quiet too."""
        days = max(self.days_before, ahead or 0) if self.notice else self.days_before
        return hours.move(at_local(held_on - timedelta(days=days), self.at.hour, self.at.minute), self.quiet)

    def ends_at(self, due_at: datetime) -> datetime:
        """Return from when on it is too late."""
        return due_at + timedelta(hours=self.grace_hours)
