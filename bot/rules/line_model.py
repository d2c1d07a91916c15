"""Learn from example lines which kind of talk a line belongs to: characters and pairs, counted and weighed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

READ = 100  # characters of a message that are looked at: what a letter is about stands at its beginning
ROUNDS = 5  # of correcting the counts; more only learns the examples by heart
STEP = 0.3
SMOOTHING = 0.1
FIGURES = 3  # behind the point of a weight; a line has some forty, so its scores move by a hundredth at most

Floats = NDArray[np.float64]


def marks(text: str) -> set[str]:
    """Return the characters of a plain text, its pairs, and its pairs with one character left out between."""
    edged = f"^{text[:READ]}$"
    return {*text[:READ], *map("".join, pairwise(edged)), *map("_".join, zip(edged, edged[2:], strict=False))}


@dataclass(frozen=True)
class LineModel:
    """What each mark says about each kind of talk."""

    says: Mapping[str, tuple[float, ...]]
    bias: tuple[float, ...]

    def scores(self, text: str) -> list[float]:
        """Return how much a plain text sounds like each kind; only differences mean something.

        A message has some forty marks: for so few, plain sums cost a third of numpy's.
        """
        found = marks(text)
        known = list(filter(None, map(self.says.get, found)))
        if not known:
            return list(self.bias)
        scale = math.sqrt(len(found))
        return [sum(column) / scale + bias for column, bias in zip(zip(*known, strict=True), self.bias, strict=True)]


def learn(examples: Iterable[tuple[str, int]], kinds: int) -> LineModel:
    """Count the marks of plain example lines (the start of naive Bayes), then correct the counts a few times."""
    place: dict[str, int] = {}
    lines, labels, flat = [], [], []
    for text, kind in examples:
        found = [place.setdefault(mark, len(place)) for mark in marks(text)]
        flat += found
        lines.append(len(found))
        labels.append(kind)
    batch = _Batch(np.array(flat), np.array(lines), np.eye(kinds)[labels], len(place))
    weights, bias = batch.counted(), np.zeros(kinds)
    seen = np.full(weights.shape, 1e-3)
    for _ in range(ROUNDS):
        slope, drift = batch.slope(weights, bias)
        seen += slope * slope  # AdaGrad: rare marks take bigger steps
        weights -= STEP * slope / np.sqrt(seen)
        bias -= drift
    # Rare marks say much the same: rounded, most share one tuple, which halves the model's memory.
    shared: dict[tuple[float, ...], tuple[float, ...]] = {}
    rows = [shared.setdefault(row, row) for row in map(tuple, weights.round(FIGURES).tolist())]
    return LineModel({mark: rows[number] for mark, number in place.items()}, tuple(bias.tolist()))


class _Batch:
    """All example lines as flat arrays, so that numpy does the counting."""

    def __init__(self, flat: NDArray[np.int64], lengths: NDArray[np.int64], wanted: Floats, marks_known: int) -> None:
        """Lay out the marks line after line."""
        self.flat, self.wanted, self.marks_known = flat, wanted, marks_known
        self.starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.line_of = np.repeat(np.arange(len(lengths)), lengths)
        self.scale = 1 / np.sqrt(lengths)[:, None]
        self.fair = (len(lengths) / wanted.shape[1] / wanted.sum(axis=0))[wanted.argmax(axis=1)][:, None]

    def counted(self) -> Floats:
        """Return the log share of lines of each kind that have each mark, centred."""
        share = (self._by_mark(self.wanted) + SMOOTHING) / (self.wanted.sum(axis=0) + 2 * SMOOTHING)
        logs: Floats = np.log(share)
        logs -= logs.mean(axis=1, keepdims=True)
        return logs

    def slope(self, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Return where the weights and the bias should go less."""
        scores = np.add.reduceat(weights[self.flat], self.starts, axis=0) * self.scale + bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (odds / odds.sum(axis=1, keepdims=True) - self.wanted) * self.fair
        return self._by_mark(error * self.scale), 0.5 * error.mean(axis=0)

    def _by_mark(self, by_line: Floats) -> Floats:
        """Add up a value of each line for every mark it has."""
        kinds = range(by_line.shape[1])
        columns = [np.bincount(self.flat, by_line[self.line_of, kind], self.marks_known) for kind in kinds]
        return np.stack(columns, axis=1).astype(np.float64)
