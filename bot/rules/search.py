"""Find the FAQ entry a question means, and say whether it is sure enough to answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.rules.calibration import Calibration, calibrate
from bot.rules.closeness import Closeness, Likeness, PassageCloseness, QuestionCloseness
from bot.rules.encoding import Encoder, Vectors
from bot.rules.grams import Vector
from bot.rules.normalise import plain

OFFER = 10  # candidates that are handed back
LONG = 80  # characters; packs of longer texts are passages, not questions
ASKED = 200  # characters of a question that are read; the rest is story


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer and the ways people ask for it."""

    code: str
    question: str
    similar: tuple[str, ...] = ()
    answer: str = ""
    source: str = ""
    category: str = ""
    office: str = ""  # empty: everywhere
    station: str = ""  # empty: at every station
    valid_from: str = ""  # ISO days, inclusive; empty: always
    valid_until: str = ""

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Return the question and its other wordings."""
        return (self.question, *self.similar)

    @property
    def limited(self) -> bool:
        """Whether it holds only at a place or for a time."""
        return bool(self.office or self.station or self.valid_from or self.valid_until)

    def holds(self, scope: Scope) -> bool:
        """Whether it is in force where and when somebody asks."""
        place = {self.office, self.station} - {""} <= scope.places
        return place and self.valid_from <= scope.today <= (self.valid_until or scope.today)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when somebody asks: the codes of their station and of the offices above it, and the day."""

    today: str
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may be meant; the score lies between 0 and 1."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a question may mean, best first, and whether the first is sure enough to be the answer.

    `sure` is what the threshold is held against: the likeness of the first, raised by its lead over the second.
    `agreed` says whether words and meaning name the same first, where there is an encoder.
    """

    candidates: tuple[Candidate, ...]
    answered: bool
    threshold: float
    margin: float
    sure: float = 0.0
    lead: float = 0.0
    agreed: bool = True

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """Return up to three entries worth offering when none is sure."""
        return tuple(c for c in self.candidates[:3] if self.sure >= self.threshold / 2)


class FaqIndex:
    """All entries of a pack, ready to be asked; it never changes: build a new one and swap it in."""

    def __init__(self, entries: Sequence[Entry], encoder: Encoder | None = None) -> None:
        """Prepare every phrasing and find out from the pack itself how sure is sure enough."""
        self.entries = tuple(entries)
        self.by_code: Mapping[str, Entry] = {entry.code: entry for entry in self.entries}
        spoken = [(n, text) for n, entry in enumerate(self.entries) for text in map(plain, entry.phrasings) if text]
        texts, entry_of = [text for _, text in spoken], [n for n, _ in spoken]
        self._closeness = _closeness(texts, entry_of)
        short = isinstance(self._closeness, QuestionCloseness)  # passages are long for an encoder
        self._vectors = Vectors(encoder, texts, entry_of) if encoder and texts and short else None
        self.limited = any(entry.limited for entry in self.entries)
        self.calibration: Calibration = calibrate(self._closeness)

    @classmethod
    def build(cls, entries: Iterable[Entry], encoder: Encoder | None = None) -> FaqIndex:
        """Return an index over these entries, with vectors if there is an encoder."""
        return cls(tuple(entries), encoder)

    @property
    def encodes(self) -> bool:
        """Whether a question is to be encoded, in a thread, before it is asked."""
        return self._vectors is not None

    def vector(self, text: str) -> Vector | None:
        """Return the vector of a question for `ask`, None without an encoder."""
        return self._vectors.of(plain(text[: 2 * ASKED])[:ASKED]) if self._vectors else None

    def knows(self, text: str) -> str:
        """Return the code of the entry that has these very words, else an empty word; costs nothing."""
        row = self._closeness.texts.row_of(plain(text[: 2 * ASKED]))
        return "" if row is None else self.entries[self._closeness.entry_of[row]].code

    def ask(self, text: str, scope: Scope | None = None, vector: Vector | None = None) -> Found:
        """Return the entries the text may mean; answered only above the threshold and with a margin.

        With a scope, entries that do not hold there and then are as if they were not in the pack. A vector re-orders
        the entries; where it and the words disagree about the first, they are choices and no answer.
        """
        hidden = self._not_in_force(scope) if scope and self.limited else ()
        likeness = self._closeness.rank(plain(text[: 2 * ASKED])[:ASKED], hidden)
        limits = self.calibration
        ranked = likeness.ranked if vector is None else self._ordered(likeness, vector, hidden)
        agreed = vector is None or _same_first(ranked, likeness.ranked)
        return Found(
            candidates=tuple(Candidate(self.entries[n].code, max(0.0, min(1.0, score))) for n, score in ranked[:OFFER]),
            answered=agreed and likeness.sure >= limits.threshold and likeness.lead >= limits.margin,
            threshold=limits.threshold,
            margin=limits.margin,
            sure=likeness.sure,
            lead=likeness.lead,
            agreed=agreed,
        )

    def _ordered(self, likeness: Likeness, vector: Vector, hidden: Collection[int]) -> list[tuple[int, float]]:
        """Return the entries by what words and vector say together, on the scale of the words."""
        assert self._vectors is not None  # who has a vector got it from us
        return self._vectors.order(vector, dict(likeness.ranked), hidden, OFFER)

    def _not_in_force(self, scope: Scope) -> list[int]:
        """Return the phrasings whose entries do not hold there and then."""
        out = {n for n, entry in enumerate(self.entries) if entry.limited and not entry.holds(scope)}
        return [row for row, entry in enumerate(self._closeness.entry_of.tolist()) if entry in out] if out else []


def _same_first(one: Sequence[tuple[int, float]], two: Sequence[tuple[int, float]]) -> bool:
    return bool(one and two) and one[0][0] == two[0][0]


def as_row(row_id: object, found: Found) -> dict[str, Any]:
    """Return the line `faq ask --jsonl` prints for one question."""
    best = found.candidates[0] if found.candidates else None
    return {
        "id": row_id,
        "answer_id": best.code if best and found.answered else None,
        "score": round(found.sure, 4),
        "candidates": [{"answer_id": c.code, "score": round(c.score, 4)} for c in found.candidates[:3]],
    }


def _closeness(texts: Sequence[str], entry_of: Sequence[int]) -> Closeness:
    """Choose the ruler that suits the pack."""
    if texts and median(map(len, texts)) > LONG:
        return PassageCloseness(texts, entry_of)
    return QuestionCloseness(texts, entry_of)


__all__ = ["Calibration", "Candidate", "Encoder", "Entry", "FaqIndex", "Found", "Likeness", "as_row"]
