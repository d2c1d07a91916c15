"""Say who should take a case, and why: group first, then station, grid, level, subject and open load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A representative who could take a case, as the store knows them."""

    person_id: int
    name: str
    level: str
    in_group: bool  # sits in the voter's contact group
    group_position: int  # order in that group; 0 is first
    at_station: bool  # belongs to the station itself
    near: bool  # the place named lies in their own grid or point
    did_this: int  # cases of the same category they brought to an end
    open_cases: int  # what they hold now


@dataclass(frozen=True, slots=True)
class Suggested:
    """A candidate with the reasons in the order they counted (codes of texts `assign_why`)."""

    person_id: int
    name: str
    why: tuple[str, ...]


# A representative close to the voter comes before one far up: contact is organised near where people live (代表法 28).
NEAREST_LEVEL = {"township": 0, "county": 1, "municipal": 2, "provincial": 3, "national": 4}
BUSY = 5  # [A] from so many open cases on a free colleague of the same closeness goes first


def suggest(candidates: Iterable[Candidate], most: int = 3) -> list[Suggested]:
    """Return up to `most` candidates, best first; the same facts always give the same order."""
    ranked = sorted(candidates, key=_rank)
    return [Suggested(each.person_id, each.name, _why(each)) for each in ranked[:most]]


def _rank(each: Candidate) -> tuple[int, ...]:
    return (
        0 if each.in_group else 1 if each.at_station else 2,
        1 if each.open_cases >= BUSY else 0,
        0 if each.near else 1,
        NEAREST_LEVEL.get(each.level, 5),
        0 if each.did_this else 1,
        each.open_cases,
        each.group_position,
        each.person_id,
    )


def _why(each: Candidate) -> tuple[str, ...]:
    facts = {
        "in_group": each.in_group,
        "at_station": each.at_station and not each.in_group,
        "near": each.near,
        "did_this": bool(each.did_this),
        "free": each.open_cases == 0,
        "busy": each.open_cases >= BUSY,
    }
    return tuple(name for name, is_so in facts.items() if is_so)
