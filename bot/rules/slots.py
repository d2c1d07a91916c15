"""Divide a reception day's hours into slots, and say which of their places is free."""

from __future__ import annotations

from collections.abc import Collection

HOUR = 60


def slots(starts: str, ends: str, minutes: int) -> tuple[str, ...]:
    """Return when each slot between two times of day begins (09:00); what is left at the end makes none."""
    first, last = _minutes(starts), _minutes(ends)
    return tuple(_clock(at) for at in range(first, last - minutes + 1, minutes))


def free_seat(taken: Collection[int], places: int) -> int | None:
    """Return the lowest place that nobody has, or None."""
    return next((seat for seat in range(1, places + 1) if seat not in taken), None)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * HOUR + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // HOUR:02}:{minutes % HOUR:02}"
