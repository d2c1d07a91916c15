"""Measure how close a text is to each stored phrasing, and rank the entries behind them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from bot.rules.grams import Cosine, GramIndex, Passages, Vector, grams, rarity
from bot.rules.homophones import mended
from bot.rules.lines import Lines
from bot.rules.normalise import meant

LOOK_AT = 40  # phrasings that are compared closely
WORTH = 0.2  # of the best score; what lies below cannot overtake
BESIDE, BESIDES = 0.3, 3  # what an entry's next best wordings, and how many of them, add to its best
CROWDED = 0.5  # of how near an entry lies to what is asked of others (see _crowding): so much is taken off
NEAREST, TRIED = 10, 300  # the questions an entry lies nearest to, of so many that are tried
LEAD_COUNTS = 0.5  # how much a lead over the second entry adds to being sure
EVIDENCE = 60.0  # matched rarity at which a passage is taken at its score

# These characters shape a question or make it polite; they do not say what it is about.
SHAPE = frozenset(
    "的了是我不在有你这那吗呢吧啊呀么什怎样为就也都还要会能可以和与及被把给对到从去来上下里个一请问想谢您好如何哪几多少时候"
    "帮忙位知道诉告急求推荐介绍款些该应麻烦哦嘛哈咨询"
)
SHAPE_COUNTS = 0.5
# Two self-governments that have everything in common but their law: nobody who names one means the other.
VILLAGE, COMMUNITY = re.compile("村"), re.compile("居委|居民|居务|社区")
ELSEWHERE = 0.75  # what a likeness across them still counts


Entries = NDArray[np.int32]


class Likeness(NamedTuple):
    """The entries a text is like, best first, how sure the first is and its lead over the second."""

    ranked: list[tuple[int, float]]
    sure: float
    lead: float


class _Likest(NamedTuple):
    """How an entry is like a text: all wordings together, its best wording alone, and what that one shares with it."""

    score: float
    alone: float
    shared: float


NOTHING = Likeness([], 0.0, 0.0)
NO_LIKEST = _Likest(0.0, 0.0, 0.0)


class Closeness(Protocol):
    """A ruler for one pack."""

    def rank(self, text: str, hide: Collection[int] = ()) -> Likeness:
        """Return the entries a plain text is like, leaving out the phrasings to hide."""
        ...

    @property
    def texts(self) -> Lines:
        """The stored phrasings in plain form."""
        ...

    @property
    def entry_of(self) -> Entries:
        """The entry of each phrasing; those of one entry are adjacent."""
        ...


class _Phrasing(NamedTuple):
    """One wording in the words of the office, prepared for close comparison."""

    text: str
    characters: frozenset[str]
    weight: float
    where: str  # village or community, empty if it names neither or both


class QuestionCloseness:
    """For short questions: the cosine finds them; order of characters and shared rare characters decide."""

    def __init__(self, texts: Sequence[str], entry_of: Sequence[int]) -> None:
        """Prepare the phrasings; those of one entry are adjacent."""
        self.texts, self.entry_of = Lines(texts), np.array(entry_of, np.int32)
        self._grams = GramIndex(texts, Cosine())
        office_words = [meant(text) for text in texts]
        self._weight_of = _character_weights(office_words)
        self._unseen = math.sqrt(rarity(len(texts), 0))
        self._office_words = Lines(office_words)
        self._weights = np.array([self._weight(frozenset(text)) for text in office_words], np.float32)
        self._where = list(map(_where, office_words))
        self._crowded = CROWDED * _crowding(self._grams, self.texts, self.entry_of)

    def rank(self, text: str, hide: Collection[int] = ()) -> Likeness:
        """Return the entries a plain text is like, leaving out the phrasings to hide."""
        text = mended(text, self._grams.known)
        asked = self._prepare(meant(text))
        found: dict[int, list[tuple[float, float]]] = {}
        for row, entry, cosine in _best_rows(self._grams.scores(text), self.entry_of, hide):
            found.setdefault(entry, []).append(self._compare(asked, self._stored(row), cosine))
        return _likeness({entry: self._apart(entry, _together(alike)) for entry, alike in found.items()})

    def _apart(self, entry: int, likest: _Likest) -> _Likest:
        """Take off what the entry is like because it is like everything."""
        crowded = float(self._crowded[entry])
        return _Likest(likest.score - crowded, likest.alone - crowded, likest.shared)

    def _compare(self, asked: _Phrasing, stored: _Phrasing, cosine: float) -> tuple[float, float]:
        """Return the score two wordings have together and the share of what they say that both say."""
        both = self._weight(asked.characters & stored.characters)
        shared = both / ((asked.weight + stored.weight - both) or 1.0)
        order = Indel.normalized_similarity(asked.text, stored.text)
        counts = ELSEWHERE if asked.where and stored.where and asked.where != stored.where else 1.0
        return counts * (cosine + 0.3 * order + 0.3 * shared) / 1.6, counts * shared

    def _prepare(self, text: str) -> _Phrasing:
        """Note which characters a wording has and what they weigh."""
        characters = frozenset(text)
        return _Phrasing(text, characters, self._weight(characters), _where(text))

    def _stored(self, row: int) -> _Phrasing:
        """Return a stored wording as `_prepare` made it; its characters take more room than looking at them time."""
        text = self._office_words[row]
        return _Phrasing(text, frozenset(text), float(self._weights[row]), self._where[row])

    def _weight(self, characters: Iterable[str]) -> float:
        """Add up what characters tell; one that no entry has tells most."""
        known, unseen = self._weight_of, self._unseen
        return sum(known.get(c) or (unseen * SHAPE_COUNTS if c in SHAPE else unseen) for c in characters)


class PassageCloseness:
    """For long passages: BM25 finds them; being sure needs evidence, not only a share of a short text."""

    def __init__(self, texts: Sequence[str], entry_of: Sequence[int]) -> None:
        """Prepare the passages."""
        self.texts, self.entry_of = Lines(texts), np.array(entry_of, np.int32)
        self._grams = GramIndex(texts, Passages())

    def rank(self, text: str, hide: Collection[int] = ()) -> Likeness:
        """Return the entries a plain text is like, leaving out the phrasings to hide."""
        evidence = sum(map(self._grams.tells, grams(text)))
        best: dict[int, _Likest] = {}
        for _, entry, score in _best_rows(self._grams.scores(text), self.entry_of, hide):
            sure = math.sqrt(score * min(1.0, score * evidence / EVIDENCE))
            if sure > best.get(entry, NO_LIKEST).score:
                best[entry] = _Likest(sure, sure, sure)
        return _likeness(best, lead_counts=0.0)


def _where(text: str) -> str:
    """Return which of the two self-governments a text speaks of, if it is one."""
    village, community = VILLAGE.search(text), COMMUNITY.search(text)
    return "" if bool(village) == bool(community) else "village" if village else "community"


def _crowding(index: GramIndex, texts: Lines, entry_of: Entries) -> Vector:
    """Return how near each entry lies to what is asked of others, compared with the pack as a whole.

    That is its mean likeness to the questions it is nearest to: an entry that is near to many is like whatever is
    asked, so that being like it tells less.
    """
    entries, starts = np.unique(entry_of, return_index=True)
    crowded = np.zeros(int(entries[-1]) + 1 if len(entries) else 0, np.float32)
    tried = np.arange(0, len(entries), max(1, -(-len(entries) // TRIED)))
    if (nearest := min(NEAREST, len(tried) - 1)) < 1:
        return crowded
    likeness = np.array([np.maximum.reduceat(index.scores(texts[starts[at]]), starts) for at in tried])
    likeness[np.arange(len(tried)), tried] = 0.0  # everything is near to itself
    near = np.partition(likeness, -nearest, axis=0)[-nearest:].mean(axis=0)
    crowded[entries] = near - near.mean()
    return crowded


def _best_rows(scores: Vector, entry_of: Entries, hide: Collection[int]) -> Iterable[tuple[int, int, float]]:
    """Return the phrasings worth a close look with their entries and scores."""
    if hide:
        scores[list(hide)] = 0
    if not scores.size or (top := float(scores.max())) <= 0:
        return []
    # The many zeros are cut off first: partitioning equal numbers is what would take the time.
    rows = np.flatnonzero(scores >= top * WORTH)
    if len(rows) > LOOK_AT:
        rows = rows[np.argpartition(scores[rows], -LOOK_AT)[-LOOK_AT:]]
    return zip(rows.tolist(), entry_of[rows].tolist(), scores[rows].tolist(), strict=True)


def _together(alike: list[tuple[float, float]]) -> _Likest:
    """Return an entry's score: its best wording's, raised a little by the others that are like the text."""
    if len(alike) == 1:
        return _Likest(alike[0][0], *alike[0])
    (alone, shared), *others = sorted(alike, reverse=True)
    beside = sum(other for other, _ in others[:BESIDES]) / BESIDES
    return _Likest(alone + BESIDE * beside, alone, shared)


def _likeness(best: dict[int, _Likest], lead_counts: float = LEAD_COUNTS) -> Likeness:
    """Sort the entries and see how far the first leads; one whose best wording does not lead has no lead."""
    if not best:
        return NOTHING
    # The same score goes to the entry that stands first in the pack, whatever order the numbers came in.
    ranked = sorted(((entry, likest.score) for entry, likest in best.items()), key=lambda pair: (-pair[1], pair[0]))
    first = best.pop(ranked[0][0])
    lead = first.score - (ranked[1][1] if len(ranked) > 1 else 0.0)
    lead = min(lead, first.alone - max((likest.alone for likest in best.values()), default=0.0))
    return Likeness(ranked, min(1.0, first.shared + lead_counts * lead), lead)


def _character_weights(texts: Sequence[str]) -> dict[str, float]:
    """Weigh each character by its rarity in the pack; those that only shape a sentence count less."""
    seen = Counter(character for text in texts for character in set(text))
    return {
        character: math.sqrt(rarity(len(texts), rows)) * (SHAPE_COUNTS if character in SHAPE else 1.0)
        for character, rows in seen.items()
    }
