"""Find which stored phrasings share characters with a text, and how strongly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Weights = NDArray[np.float64]
Numbers = NDArray[np.int64]
Seen = Callable[[str], int]  # in how many phrasings a gram stands

COMMON = 0.05  # share of phrasings from which a gram is stored as a full row, which adds faster
_WHOLE = 65535  # weights lie between 0 and 1 and are stored as so many parts of it
_ONE = 1 << 21  # more than there are characters


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


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each gram stands in each phrasing: three columns, in the order of the grams."""

    names: Sequence[str]
    rows: int
    gram: Numbers
    row: Numbers
    times: Numbers

    @property
    def seen(self) -> Numbers:
        """In how many phrasings each gram stands."""
        return np.bincount(self.gram, minlength=len(self.names))

    def by_row(self, values: NDArray[Any]) -> Weights:
        """Add up a value of each line of the columns by phrasing."""
        return np.bincount(self.row, values, self.rows).astype(np.float64)


def counted(texts: Sequence[str]) -> Counted:
    """Count the grams of all phrasings in one sweep."""
    signs = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    line = np.repeat(np.arange(len(texts)), list(map(len, texts)))
    neighbours = line[1:] == line[:-1]
    pairs = (signs[:-1] * _ONE + signs[1:])[neighbours]
    marks, gram = np.unique(np.concatenate([signs, pairs]), return_inverse=True)
    row = np.concatenate([line, line[1:][neighbours]])
    places, times = np.unique(gram * len(texts) + row, return_counts=True)
    gram, row = np.divmod(places, max(1, len(texts)))
    return Counted([_name(mark) for mark in marks.tolist()], len(texts), gram, row, times)


def _name(mark: int) -> str:
    first, second = divmod(mark, _ONE)
    return chr(first) + chr(second) if first else chr(second)


class Weighing(Protocol):
    """How much a gram counts in a stored phrasing and in a text that asks."""

    def stored(self, found: Counted, /) -> Weights:
        """Weigh each gram of each phrasing."""
        ...

    def asked(self, counts: Counter[str], seen: Seen, rows: int, /) -> dict[str, float]:
        """Weigh the grams of a text, unknown ones included: they say that it is about something else."""
        ...


class Cosine:
    """For short questions: the angle between two bags of grams.

    Rarity counts by its square root: in a narrow field the common words (two products, two offices)
    are what tells entries apart.
    """

    single = 2.0  # a single character survives another word order, a pair does not; 1.3 to 5 do nearly the same

    def stored(self, found: Counted) -> Weights:
        """Weigh and scale to length one."""
        known = zip(found.names, found.seen.tolist(), strict=True)
        each = np.array([self._tells(gram, seen, found.rows) for gram, seen in known])
        weights: Weights = each[found.gram] * (1 + np.log(found.times))
        weights /= np.sqrt(found.by_row(weights * weights))[found.row]
        return weights

    def asked(self, counts: Counter[str], seen: Seen, rows: int) -> dict[str, float]:
        """Weigh and scale to length one."""
        weights = {gram: self._tells(gram, seen(gram), rows) * (1 + math.log(n)) for gram, n in counts.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {gram: w / length for gram, w in weights.items()}

    def _tells(self, gram: str, seen: int, rows: int) -> float:
        return math.sqrt(rarity(rows, seen)) * (self.single if len(gram) == 1 else 1.0)


@dataclass(frozen=True)
class Passages:
    """For long passages: BM25, scaled so that a passage that says everything often scores near one."""

    often: float = 1.2
    length: float = 0.75

    def stored(self, found: Counted, /) -> Weights:
        """Let repetition count less and less, and long passages have no advantage."""
        total = found.by_row(found.times)
        damp = self.often * (1 - self.length + self.length * total / total.mean())
        weights: Weights = found.times / (found.times + damp[found.row])
        return weights

    def asked(self, counts: Counter[str], seen: Seen, rows: int) -> dict[str, float]:
        """Weigh by rarity and scale to sum one."""
        weights = {gram: tells(rows, seen(gram)) for gram in counts}
        total = sum(weights.values()) or 1.0
        return {gram: w / total for gram, w in weights.items()}


class GramIndex:
    """An inverted index: gram → the phrasings it stands in, with its weight there.

    Its numbers lie side by side in a few arrays of two bytes each: some 4 bytes for a gram of a phrasing.
    """

    def __init__(self, texts: Sequence[str], weighing: Weighing) -> None:
        """Count and weigh every phrasing once."""
        found = counted(texts)
        weights = np.round(weighing.stored(found) * _WHOLE).astype(np.uint16)
        self.rows = found.rows
        self.known: Mapping[str, int] = {name: number for number, name in enumerate(found.names)}
        self._weighing, self._seen = weighing, found.seen.astype(np.int32)
        common = self._seen > COMMON * found.rows
        self._full = {number: _full(found, weights, number) for number in np.flatnonzero(common).tolist()}
        rest = ~common[found.gram]
        self._row = found.row[rest].astype(np.uint16 if found.rows <= _WHOLE else np.uint32)
        self._weight = weights[rest]
        self._starts = np.concatenate([[0], np.cumsum(np.where(common, 0, self._seen))]).astype(np.int32)

    def seen(self, gram: str) -> int:
        """Return in how many phrasings a gram stands."""
        number = self.known.get(gram)
        return 0 if number is None else int(self._seen[number])

    def tells(self, gram: str) -> float:
        """Return how much a gram tells about a phrasing: nearly nothing when most have it."""
        return tells(self.rows, self.seen(gram))

    def scores(self, text: str) -> Vector:
        """Return how well each phrasing fits the text."""
        scores = np.zeros(self.rows, np.float32)
        for gram, weight in self._weighing.asked(grams(text), self.seen, self.rows).items():
            if (number := self.known.get(gram)) is None:
                continue
            part = np.float32(weight / _WHOLE)
            if (full := self._full.get(number)) is not None:
                scores += full * part
            else:
                at = slice(self._starts[number], self._starts[number + 1])
                scores[self._row[at].astype(np.intp)] += self._weight[at] * part
        return scores


def _full(found: Counted, weights: NDArray[np.uint16], number: int) -> NDArray[np.uint16]:
    """Return the weight of a common gram in every phrasing."""
    start, end = np.searchsorted(found.gram, [number, number + 1])
    full = np.zeros(found.rows, np.uint16)
    full[found.row[start:end]] = weights[start:end]
    return full
