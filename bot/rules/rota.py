"""Say whose turn it is to sit on a reception day: who has served least, but nobody twice running."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sitter:
    """A representative who may sit: how often they served, and the last day before this one on which they did."""

    person_id: int
    name: str
    served: int
    last_on: str  # ISO day, empty for never
    position: int  # the order the office gives


def in_turn(people: Iterable[Sitter]) -> list[Sitter]:
    """Return the people in the order in which they are due; the same facts always give the same order."""
    everybody = list(people)
    just_sat = max((each.last_on for each in everybody), default="")
    return sorted(
        everybody,
        key=lambda each: (
            bool(just_sat) and each.last_on == just_sat,  # a newcomer catches up, but not month after month
            each.served,
            each.last_on,
            each.position,
            each.person_id,
        ),
    )
