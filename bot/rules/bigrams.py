"""Say which pairs of characters a text has, and keep the cases that have a pair in a few bytes."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from itertools import pairwise

BLOCK = 4096  # cases of a block; a place in it needs two bytes
_ONE = 1 << 21  # more than there are characters


def pairs(text: str) -> set[int]:
    """Return the neighbouring characters of a text, each pair as one number; blanks part words."""
    return {
        ord(one) * _ONE + ord(other)
        for one, other in pairwise(text.lower())
        if not one.isspace() and not other.isspace()
    }


def packed(places: Iterable[int]) -> bytes:
    """Return places of a block (below BLOCK) as bytes, in order, each once."""
    return _ordered(array("H", sorted(set(places)))).tobytes()


def places(cases: bytes) -> set[int]:
    """Return the places that `packed` wrote."""
    known = array("H")
    known.frombytes(cases)
    return set(_ordered(known))


def _ordered(numbers: array[int]) -> array[int]:
    """Return numbers in the order of bytes that is stored, on any machine."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
