"""Say how alike two matters are: shared pairs of characters, weighed by subject and place; a copy is always alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

from bot.rules.normalise import plain

ALIKE = 0.42  # [A] from here on two open cases of one station are offered as the same matter
MOST = 3
COPY = 0.7  # share of all pairs that two texts have in common from which one is the other, retyped


class Matter(Protocol):
    """A case as it is compared: its row, or anything with these facts."""

    @property
    def id(self) -> int:
        """Orders equals."""
        ...

    @property
    def text(self) -> str:
        """The words."""
        ...

    @property
    def place(self) -> str:
        """Where it is, empty if unknown."""
        ...

    @property
    def category_id(self) -> int | None:
        """What it is about, None if unknown."""
        ...


M = TypeVar("M", bound=Matter)


def similar(text: str, place: str, category_id: int | None, others: Iterable[M]) -> list[tuple[M, float]]:
    """Return up to three matters that are probably the same, most alike first."""
    mine, words = _marks(text), plain(text)
    scored = [
        (other, 1.0 if words and words == plain(other.text) else _likeness(mine, place, category_id, other))
        for other in others
    ]
    alike = sorted((pair for pair in scored if pair[1] >= ALIKE), key=lambda pair: (-pair[1], pair[0].id))
    return alike[:MOST]


def _likeness(mine: frozenset[str], place: str, category_id: int | None, other: Matter) -> float:
    """Return the share of common marks (overlap coefficient), raised or lowered by category and place."""
    theirs = _marks(other.text)
    if not mine or not theirs:
        return 0.0
    both = len(mine & theirs)
    elsewhere = bool(place and other.place and not _same_place(place, other.place))
    if both >= COPY * (len(mine) + len(theirs) - both) and not elsewhere:
        return 1.0  # whatever subject either was taken for
    score = both / min(len(mine), len(theirs))
    if category_id is not None and other.category_id is not None:
        score *= 1.25 if category_id == other.category_id else 0.5
    if place and other.place:
        score *= 0.6 if elsewhere else 1.2
    return min(1.0, score)


def _same_place(one: str, two: str) -> bool:
    a, b = _place(one), _place(two)
    return a in b or b in a


@lru_cache(maxsize=2048)  # a station's open cases are compared with every new one
def _marks(text: str) -> frozenset[str]:
    """Return the pairs of characters that carry meaning."""
    words = plain(text)[:200]
    return frozenset({words[i : i + 2] for i in range(len(words) - 1)} - _COMMON)


@lru_cache(maxsize=2048)
def _place(name: str) -> str:
    return plain(name)


def _pairs(words: Sequence[str]) -> set[str]:
    return {word[i : i + 2] for word in words for i in range(len(word) - 1)}


_IDLE = """
我们 你好 您好 请问 麻烦 一下 没有 什么 怎么 一直 已经 这个 那个 希望 能不能 请帮 帮忙 没人管 坏了 现在 可以 就是 都是
不了 了很 很久 反映 解决 问题 请修 修一下
"""
_COMMON = _pairs(_IDLE.split())
