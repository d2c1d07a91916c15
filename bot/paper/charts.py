"""Lay out charts: where bars, lines and words stand, so that a template only has to write them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 340  # of every chart, in its own units: a phone shows it one to one
ROW, BAR = 26, 14  # of a chart of lying bars
TALL, LEFT, RIGHT, TOP, BOTTOM = 200, 34, 8, 14, 26  # of a chart with an upright axis
STEPS = (1, 2, 2.5, 5, 10)
SIGN = 12  # how wide a Chinese sign is


@dataclass(frozen=True, slots=True)
class Bar:
    """One lying bar: its word, its value as it is said, and where it stands."""

    word: str
    value: str
    y: float
    width: float
    left: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of lying bars."""

    bars: tuple[Bar, ...]
    height: int
    left: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a place on an axis."""

    at: float
    word: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A chart of lines over time: for each its points, and both axes."""

    lines: tuple[tuple[tuple[float, float], ...], ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]


def bars(rows: Sequence[tuple[str, float, str]]) -> Bars:
    """Lay out (word, value, value as it is said); words longer than the room for them are cut, as tables have them."""
    most = max((value for _, value, _ in rows), default=0) or 1
    signs = min(max((len(word) for word, _, _ in rows), default=0), 9)
    left = signs * SIGN + 8
    room = WIDTH - left - max((len(said) for _, _, said in rows), default=0) * 8 - 8
    laid = tuple(
        Bar(word if len(word) <= signs else f"{word[: signs - 1]}…", said, n * ROW, round(room * value / most, 1), left)
        for n, (word, value, said) in enumerate(rows)
    )
    return Bars(laid, max(ROW, ROW * len(rows)), left)


def standing(values: Sequence[int], tall: float = 32) -> tuple[tuple[float, float, float], ...]:
    """Lay out small standing bars side by side, ten wide in all each: where they begin, from above, and how tall."""
    most = max(values, default=0) or 1
    heights = [round(tall * value / most, 1) for value in values]
    return tuple((10.0 * n, tall - height, height) for n, height in enumerate(heights))


def lines(values: Sequence[Sequence[float]], words: Sequence[str], *, most: float = 0) -> Lines:
    """Lay out several lines over the same times, each time with its word; the axis begins at nought."""
    top = most or _round(max((value for line in values for value in line), default=0))
    times = len(words)
    room, tall = WIDTH - LEFT - RIGHT, TALL - TOP - BOTTOM

    def x(n: int) -> float:
        return round(LEFT + room * (n / (times - 1) if times > 1 else 0.5), 1)

    def y(value: float) -> float:
        return round(TOP + tall * (1 - value / top), 1)

    laid = tuple(tuple((x(n), y(value)) for n, value in enumerate(line)) for line in values)
    some = {round(n * (times - 1) / 4) for n in range(5)} if times > 5 else set(range(times))
    across = tuple(Mark(x(n), words[n]) for n in sorted(some))
    up = tuple(Mark(y(value), f"{value:g}") for value in (0, top / 2, top))
    return Lines(laid, across, up)


def _round(value: float) -> float:
    """Return a round number not below the value, for the end of an axis; halves of it are whole from two on."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    top = next(step * size for step in STEPS if step * size >= value) if value > 0 else 2.0
    return max(2.0, top)
