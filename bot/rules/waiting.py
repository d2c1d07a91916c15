"""Say how long people waited, of many: the middle one, the one that nine of ten beat, and how they are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Counted = Sequence[tuple[int, int]]  # (tenths of an hour, how many waited so long), the shortest first

#        name       from, and to but without (tenths of an hour)
SPREAD = (
    ("hour",       0,      10),
    ("half_day",   10,     120),
    ("day",        120,    240),
    ("three_days", 240,    720),
    ("week",       720,    1680),
    ("longer",     1680,   10_000_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waits:
    """How long many waited, in hours: the median, the 90th percentile, and how many fall into each part of SPREAD."""

    count: int
    median: float
    p90: float
    spread: tuple[int, ...]


def waits_of(counted: Counted) -> Waits:
    """Return what is said of them; of nobody it is zero."""
    count = sum(n for _, n in counted)
    spread = tuple(sum(n for tenths, n in counted if low <= tenths < high) for _, low, high in SPREAD)
    return Waits(count, _at(counted, count, 0.5), _at(counted, count, 0.9), spread)


def _at(counted: Counted, count: int, share: float) -> float:
    """Return the hours within which that share of them was answered (nearest rank)."""
    seen = 0
    for tenths, n in counted:
        seen += n
        if seen >= share * count:
            return (tenths + 1) / 10  # a tenth that has begun counts whole: nobody looks faster than they were
    return 0.0
