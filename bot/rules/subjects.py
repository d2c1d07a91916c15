"""Say what subject a message has and how sure that is: the office's words for it, and what its desk has taught."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import field

from ahocorasick_rs import AhoCorasick, MatchKind

from bot.rules.normalise import plain
from bot.rules.subject_model import READ, SubjectModel
from bot.value import value

FIRST, FIRST_COUNTS = 30, 2.0  # what stands first is what the message is about
NO_WORD = 0.5  # what a subject without a single word of its own still weighs
SURE, SURE_OF_PART = 0.4, 0.4  # below the first a subject stays open, below the second only its first level is named
OFFERED = 3
SOBER = 0.75  # how far the model is heard beside the words when it is asked how sure we are


@value(frozen=True, slots=True)
class Fusing:
    """How much the desk's teaching counts beside the words, found out on the corrections themselves.

    `habits` say which subject the desk chooses when the words say another: an office that files 地铁 under 城市建设
    need not rewrite its lists of words.
    """

    learnt: float = 0.0
    words: float = 1.6
    habits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@value(frozen=True, slots=True)
class Guess:
    """The subject of a message: `code` is None when not sure; the candidates are first-level subjects, best first."""

    code: str | None = None
    confidence: float = 0.0
    candidates: tuple[tuple[str, float], ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)  # first level → the best below it


NOTHING = Guess()


class Subjects:
    """The office's subjects in two levels, the words people use for them, and the model learnt from corrections."""

    def __init__(
        self,
        categories: Mapping[str, tuple[str, Iterable[str]]],
        parents: Mapping[str, str] | None = None,
        model: SubjectModel | None = None,
        fusing: Fusing | None = None,
    ) -> None:
        """Take code → (name, keywords) and code → code above."""
        self.top_of = {code: _top(code, parents or {}) for code in categories}
        self._parts: dict[str, list[str]] = {}
        for code, top in self.top_of.items():
            self._parts.setdefault(top, []).append(code)
        words: dict[str, list[str]] = {}
        for code, (name, keywords) in categories.items():
            for word in dict.fromkeys(filter(None, map(plain, (name, *keywords)))):
                words.setdefault(word, []).append(code)
        self._codes = list(words.values())
        self._finder = AhoCorasick(list(words), matchkind=MatchKind.LeftmostLongest) if words else None
        self._model = model
        self._fusing = fusing or Fusing()

    def lineage(self, code: str) -> frozenset[str]:
        """Return a subject and the first level above it."""
        return frozenset({code, self.top_of[code]})

    def guess(self, bare: str) -> Guess:
        """Return the subject of a plain text; not being sure is an answer."""
        weight = self.words_in(bare)
        if self._model is None:
            return self._by_words(weight) if weight else NOTHING
        return self._decide(weight, self._model.margins(bare, self.top_of))

    def words_in(self, bare: str) -> dict[str, float]:
        """Return how much the words of a plain text speak for each subject."""
        weight: dict[str, float] = {}
        if self._finder is None:
            return weight
        heard: dict[int, int] = {}
        for number, start, end in self._finder.find_matches_as_indexes(bare[:READ]):
            heard[number] = heard.get(number, 0) + 1
            # Longer words are more exact; a word that is repeated counts less each time.
            says = (end - start) * (FIRST_COUNTS if start < FIRST else 1.0) / heard[number]
            for code in self._codes[number]:
                weight[code] = weight.get(code, 0.0) + says / len(self._codes[number])
        return weight

    def chances(self, weight: Mapping[str, float], margins: Mapping[str, float], fusing: Fusing) -> dict[str, float]:
        """Return how likely each first-level subject is, by its words and by the model's margins."""
        return _chances(
            {
                top: fusing.words * math.log(said + NO_WORD) + fusing.learnt * margins.get(top, 0.0)
                for top, said in self.firsts(weight).items()
            }
        )

    def _sober(self, weight: Mapping[str, float], margins: Mapping[str, float]) -> dict[str, float]:
        """Return the chances as somebody sees them who trusts the model less where the words say something else.

        A model is as sure of what it has never seen as of what it knows; the words are the second witness.
        """
        if not margins:
            return self.chances(weight, margins, self._fusing)
        said = _by_habit(self.firsts(weight), self._fusing.habits)
        trust = SOBER * self._fusing.learnt
        return _chances({top: math.log(said[top]) + trust * margins.get(top, 0.0) for top in self._parts})

    def firsts(self, weight: Mapping[str, float]) -> dict[str, float]:
        """Return what the words weigh for each first-level subject."""
        return {top: sum(weight.get(code, 0.0) for code in parts) for top, parts in self._parts.items()}

    def _by_words(self, weight: Mapping[str, float]) -> Guess:
        """Decide by words alone as `_decide` would, reckoning only subjects with a word: all messages come by."""
        firsts: dict[str, float] = {}
        for code, says in weight.items():
            top = self.top_of[code]
            firsts[top] = firsts.get(top, 0.0) + says
        odds = {top: (says + NO_WORD) ** self._fusing.words for top, says in firsts.items()}
        total = sum(odds.values()) + (len(self._parts) - len(odds)) * NO_WORD**self._fusing.words
        ranked = sorted(((top, odd / total) for top, odd in odds.items()), key=lambda pair: -pair[1])[:OFFERED]
        parts = {top: self._part_by_words(top, weight) for top, _ in ranked}
        best, chance = ranked[0]
        return Guess(parts[best] if chance >= SURE else None, round(chance, 4), tuple(ranked), parts)

    def _part_by_words(self, top: str, weight: Mapping[str, float]) -> str:
        odds = {
            code: (says + NO_WORD) ** self._fusing.words
            for code, says in weight.items()
            if code != top and self.top_of[code] == top
        }
        if not odds:
            return top
        silent = len(self._parts[top]) - 1 - len(odds)
        best = max(odds, key=odds.__getitem__)
        total = sum(odds.values()) + silent * NO_WORD**self._fusing.words
        return best if odds[best] >= SURE_OF_PART * total else top

    def _decide(self, weight: Mapping[str, float], margins: Mapping[str, float]) -> Guess:
        chances = self.chances(weight, margins, self._fusing)
        ranked = sorted(chances.items(), key=lambda pair: -pair[1])[:OFFERED]
        parts = {top: self._part(top, weight, margins) for top, _ in ranked}
        best = ranked[0][0]
        sure = self._sober(weight, margins)[best]
        return Guess(parts[best] if sure >= SURE else None, round(sure, 4), tuple(ranked), parts)

    def _part(self, top: str, weight: Mapping[str, float], margins: Mapping[str, float]) -> str:
        """Return the best part of a first-level subject, or that itself when none stands out."""
        parts = self._parts[top]
        if len(parts) == 1:
            return top
        below = (code for code in parts if code != top)
        scores = {
            code: self._fusing.words * math.log(weight.get(code, 0.0) + NO_WORD)
            + self._fusing.learnt * margins.get(code, 0.0)
            for code in below
        }
        code, chance = max(_chances(scores).items(), key=lambda pair: pair[1])
        return code if chance >= SURE_OF_PART else top


def _by_habit(firsts: Mapping[str, float], habits: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return what words weigh for each first-level subject, by the habits of the desk; they add up to one."""
    total = sum(firsts.values()) + NO_WORD * len(firsts)
    said = dict.fromkeys(firsts, 1e-6)
    for top, weight in firsts.items():
        for code, often in habits.get(top, {top: 1.0}).items():
            said[code] = said.get(code, 1e-6) + often * (weight + NO_WORD) / total
    return said


def _chances(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    odds = {code: math.exp(score - most) for code, score in scores.items()}
    total = sum(odds.values())
    return {code: odd / total for code, odd in odds.items()}


def _top(code: str, parents: Mapping[str, str]) -> str:
    """Return the first-level subject above a code."""
    while code in parents:
        code = parents[code]
    return code
