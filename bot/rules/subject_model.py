"""Learn from the desk's corrections which subject a message belongs to: a linear model over characters and pairs.

One column for each subject, first level and second; trained by dual coordinate descent on the squared hinge
(what LIBLINEAR calls L2-loss SVC), which needs nothing but numpy and some seconds.
"""

from __future__ import annotations

import io
import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.rules.grams import grams
from bot.rules.normalise import plain

READ = 200  # characters; beyond them a letter repeats itself
HEAD = 30  # what stands first is what it is about, so its marks are noted once more
HEAD_COUNTS = 0.7
ROUNDS = 12
HARDNESS = 0.7  # the C of a support vector machine
SEEN_IN = 2  # rows a mark must stand in, else it is somebody's name
SETTLED = 1000  # lessons after which a subject nobody ever chose is taken for one nobody chooses

Floats = NDArray[np.float32]
Row = tuple[NDArray[np.int32], Floats]


@dataclass(frozen=True)
class SubjectModel:
    """What each mark says for and against each subject."""

    codes: tuple[str, ...]
    place: Mapping[str, int]  # mark → row of the weights
    telling: Floats  # how telling each mark is
    weights: Floats  # (marks + 1, codes); the last row is the bias
    lessons: int

    @property
    def absent(self) -> float:
        """Return the margin of a subject that stands in no lesson."""
        return -min(1.0, self.lessons / SETTLED)

    def margins(self, text: str, codes: Iterable[str] = ()) -> dict[str, float]:
        """Return for each of these subjects how far on its side of the border a plain text lies; ±1 is clearly."""
        rows, values = _row(text, self.place, self.telling)
        found: Floats = values @ self.weights[rows]
        return dict.fromkeys(codes, self.absent) | dict(zip(self.codes, found.tolist(), strict=True))

    def dump(self) -> bytes:
        """Return the model as bytes; half precision does."""
        out = io.BytesIO()
        np.savez_compressed(
            out,
            codes=np.array(" ".join(self.codes)),
            marks=np.array(" ".join(self.place)),
            telling=self.telling.astype(np.float16),
            weights=self.weights.astype(np.float16),
            lessons=np.array(self.lessons),
        )
        return out.getvalue()

    @classmethod
    def load(cls, data: bytes) -> SubjectModel:
        """Return the model that was dumped."""
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            marks = str(kept["marks"]).split(" ")
            return cls(
                codes=tuple(str(kept["codes"]).split(" ")),
                place={mark: n for n, mark in enumerate(marks)},
                telling=kept["telling"].astype(np.float32),
                weights=kept["weights"].astype(np.float32),
                lessons=int(kept["lessons"]),
            )


def marks(text: str) -> tuple[Counter[str], Counter[str]]:
    """Count the characters and pairs of a plain text, and of its head apart."""
    head = Counter({f"^{gram}": n for gram, n in grams(text[:HEAD]).items()})
    return grams(text[:READ]), head


def learn(examples: Sequence[tuple[str, frozenset[str]]]) -> SubjectModel:
    """Learn from (text, its subjects: the chosen one and those above it); the same examples give the same model."""
    texts = [plain(text[: 2 * READ]) for text, _ in examples]
    place, telling = _telling_marks(texts)
    codes = tuple(sorted({code for _, chosen in examples for code in chosen}))
    wanted = np.array([[1.0 if code in chosen else -1.0 for code in codes] for _, chosen in examples], np.float32)
    rows = [_row(text, place, telling) for text in texts]
    return SubjectModel(codes, place, telling, _descend(rows, wanted, len(place) + 1), len(examples))


def _telling_marks(texts: Sequence[str]) -> tuple[dict[str, int], Floats]:
    """Return the marks that stand in several rows, and the rarity of each."""
    seen: Counter[str] = Counter()
    for text in texts:
        for counts in marks(text):
            seen.update(counts.keys())
    kept = sorted(mark for mark, rows in seen.items() if rows >= min(SEEN_IN, len(texts)))
    telling = [math.log((1 + len(texts)) / (1 + seen[mark])) + 1 for mark in kept]
    return {mark: n for n, mark in enumerate(kept)}, np.array(telling, np.float32)


def _row(text: str, place: Mapping[str, int], telling: Floats) -> Row:
    """Return the known marks of a plain text and their weights, body and head of a fixed length each, and the bias."""
    numbers: list[int] = []
    parts: list[Floats] = []
    for counts, share in zip(marks(text), (1.0, HEAD_COUNTS), strict=True):
        known = [(number, n) for mark, n in counts.items() if (number := place.get(mark)) is not None]
        if not known:
            continue
        numbers += [number for number, _ in known]
        often = np.log(np.array([n for _, n in known], np.float32)) + 1
        values = often * telling[[number for number, _ in known]]
        parts.append(values * np.float32(share / float(np.linalg.norm(values))))
    numbers.append(len(place))
    return np.array(numbers, np.int32), np.concatenate([*parts, np.ones(1, np.float32)])


def _descend(rows: Sequence[Row], wanted: Floats, marks_known: int) -> Floats:
    """Return the weights that part each subject from the others, row by row until little changes."""
    weights = np.zeros((marks_known, wanted.shape[1]), np.float32)
    pulls = np.zeros_like(wanted)
    soft = 0.5 / HARDNESS
    lengths = [float(values @ values) + soft for _, values in rows]
    order = np.random.default_rng(2026)
    for _ in range(ROUNDS):
        for n in order.permutation(len(rows)).tolist():
            numbers, values = rows[n]
            slope = wanted[n] * (values @ weights[numbers]) - 1 + soft * pulls[n]
            pull = np.maximum(pulls[n] - slope / lengths[n], 0)
            weights[numbers] += np.outer(values, (pull - pulls[n]) * wanted[n])
            pulls[n] = pull
            time.sleep(0)  # lets the event loop have its turn: we learn in a thread beside it
    return weights
