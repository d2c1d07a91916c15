"""Find which stored phrasings share characters with a text, and how strongly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Rows = NDArray[np.int32]

COMMON = 0.05  # share of phrasings from which a gram is stored as a full row


def grams(text: str) -> Counter[str]:
    """Count single characters and neighbouring pairs."""
    counts = Counter(text)
    counts.update(a + b for a, b in pairwise(text))
    return counts


def rarity(rows: int, seen_in: int) -> float:
    """Return how telling a gram is that stands in `seen_in` of `rows` phrasings."""
    return math.log((1 + rows) / (1 + seen_in)) + 1


def tells(rows: int, seen_in: int) -> float:
    """Return BM25's rarity: nearly nothing for a gram that most passages have."""
    return math.log(1 + (rows - seen_in + 0.5) / (seen_in + 0.5))


class Weighing(Protocol):
    """How much a gram counts in a stored phrasing and in a text that asks."""

    def stored(self, counts: Counter[str], seen: Counter[str], rows: int, /) -> dict[str, float]:
        """Weigh the grams of one stored phrasing."""
        ...

    def asked(self, counts: Counter[str], seen: Counter[str], rows: int, /) -> dict[str, float]:
        """Weigh the grams of a text, unknown ones included: they say that it is about something else."""
        ...


class Cosine:
    """For short questions: the angle between two bags of grams.

    Rarity counts by its square root: in a narrow field the common words (two products, two offices)
    are what tells entries apart.
    """

    single = 1.3  # a single character survives another word order, a pair does not

    def stored(self, counts: Counter[str], seen: Counter[str], rows: int) -> dict[str, float]:
        """Weigh and scale to length one."""
        weights = {
            gram: math.sqrt(rarity(rows, seen[gram])) * (1 + math.log(n)) * (self.single if len(gram) == 1 else 1.0)
            for gram, n in counts.items()
        }
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {gram: w / length for gram, w in weights.items()}

    asked = stored


@dataclass(frozen=True)
class Passages:
    """For long passages: BM25, scaled so that a passage that says everything often scores near one."""

    mean: float  # grams in a passage on average
    often: float = 1.2
    length: float = 0.75

    def stored(self, counts: Counter[str], _seen: Counter[str], _rows: int, /) -> dict[str, float]:
        """Let repetition count less and less, and long passages have no advantage."""
        damp = self.often * (1 - self.length + self.length * counts.total() / self.mean)
        return {gram: n / (n + damp) for gram, n in counts.items()}

    def asked(self, counts: Counter[str], seen: Counter[str], rows: int) -> dict[str, float]:
        """Weigh by rarity and scale to sum one."""
        weights = {gram: tells(rows, seen[gram]) for gram in counts}
        total = sum(weights.values()) or 1.0
        return {gram: w / total for gram, w in weights.items()}


class GramIndex:
    """An inverted index: gram → the phrasings it stands in, with its weight there."""

    def __init__(self, texts: Sequence[str], weighing: Weighing) -> None:
        """Count and weigh every phrasing once."""
        counted = [grams(text) for text in texts]
        self.rows = len(texts)
        self.seen: Counter[str] = Counter()
        for counts in counted:
            self.seen.update(counts.keys())
        self._weighing = weighing
        self._postings = _postings((weighing.stored(counts, self.seen, self.rows) for counts in counted), self.rows)

    def tells(self, gram: str) -> float:
        """Return how much a gram tells about a phrasing: nearly nothing when most have it."""
        return tells(self.rows, self.seen[gram])

    def scores(self, text: str) -> Vector:
        """Return how well each phrasing fits the text."""
        scores = np.zeros(self.rows, np.float32)
        for gram, weight in self._weighing.asked(grams(text), self.seen, self.rows).items():
            found = self._postings.get(gram)
            if found is None:
                continue
            rows, weights = found
            if rows is None:
                scores += weights * np.float32(weight)
            else:
                scores[rows] += weights * np.float32(weight)
        return scores


def _postings(weighed: Iterable[dict[str, float]], count: int) -> dict[str, tuple[Rows | None, Vector]]:
    """Turn phrasing → gram → weight inside out; a gram that many phrasings have gets a full row, which adds faster."""
    rows: dict[str, list[int]] = {}
    weights: dict[str, list[float]] = {}
    for row, grams_of_row in enumerate(weighed):
        for gram, weight in grams_of_row.items():
            rows.setdefault(gram, []).append(row)
            weights.setdefault(gram, []).append(weight)
    return {gram: _posting(at, weights[gram], count) for gram, at in rows.items()}


def _posting(rows: list[int], weights: list[float], count: int) -> tuple[Rows | None, Vector]:
    """Return the rows and their weights, or None and a weight for every row."""
    if len(rows) < count * COMMON:
        return np.array(rows, np.int32), np.array(weights, np.float32)
    full = np.zeros(count, np.float32)
    full[rows] = weights
    return None, full
