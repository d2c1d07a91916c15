"""Tell the time: UTC in the store, Asia/Shanghai in people's heads."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Anything that knows what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def set_by(self) -> float:
        """Return by how many seconds somebody has set the clock since we looked first; slow drift counts too."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        """Remember how it stands beside the one that nobody can set."""
        self._first = self._lead()

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    def set_by(self) -> float:
        """Return by how many seconds somebody has set the clock since this object was made."""
        return self._lead() - self._first

    def _lead(self) -> float:
        return self.now().timestamp() - time.monotonic()


class TravelClock:
    """A clock that stands still until it is moved; for tests and the scripted day."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware moment."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment it was last moved to, in UTC."""
        return self._now

    def set_by(self) -> float:
        """Return 0.0: here time itself passes, and leases with it."""
        return 0.0

    def move(self, by: timedelta) -> None:
        """Go forward."""
        self._now += by

    def move_to(self, moment: datetime) -> None:
        """Go to an aware moment."""
        self._now = moment.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """Return the moment as people in the office read it."""
    return moment.astimezone(SHANGHAI)


def local_date(moment: datetime) -> date:
    """Return the day people in the office call it."""
    return moment.astimezone(SHANGHAI).date()


def day_sign(moment: datetime) -> str:
    """Return the office's day in six figures, as it stands in a number: 261125."""
    day = local_date(moment)
    return f"{day.year % 100:02}{day.month:02}{day.day:02}"


def at_local(day: date, hour: int, minute: int = 0) -> datetime:
    """Return that wall-clock time of the office as a moment in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
