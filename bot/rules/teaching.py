"""Turn the desk's corrections into a model, and find out on the corrections themselves how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import product

from bot.rules.normalise import plain
from bot.rules.subject_model import SubjectModel, learn
from bot.rules.subjects import Fusing, Subjects

FOLDS = 3
TRUST = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)  # tried for the model …
HEED = (1.6, 1.0, 0.7, 0.4)  # … and for the words
STUBBORN = 2.0  # corrections that it takes until a habit counts as much as the words' own subject
SAME_HEAD = 12  # characters: what begins alike is one matter written twice and must not examine itself


@dataclass(frozen=True, slots=True)
class Lesson:
    """One message and the subject the desk gave it."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Taught:
    """What was learnt, and the share of corrections whose first-level subject is found when they are held back."""

    model: SubjectModel
    fusing: Fusing
    accuracy: float
    by_words: float  # the same share without any learning


def teach(lessons: Sequence[Lesson], words: Subjects) -> Taught:
    """Learn from all lessons; how far to trust the model is tried on lessons it has not seen."""
    examples = [(lesson.text, words.lineage(lesson.code)) for lesson in lessons]
    trials = [_Trial(lesson, words) for lesson in lessons]
    fold_of = [_fold(lesson.text) for lesson in lessons]
    for fold in range(FOLDS):
        seen = [example for example, each in zip(examples, fold_of, strict=True) if each != fold]
        if not seen:
            continue
        model = learn(seen)
        for trial, each in zip(trials, fold_of, strict=True):
            if each == fold:
                trial.margins = model.margins(trial.bare, words.top_of)
    fusing = _tried(trials, words)
    return Taught(learn(examples), fusing, _share(trials, words, fusing), _share(trials, words, Fusing()))


class _Trial:
    """A lesson held back: what words and model say, and what the desk said."""

    def __init__(self, lesson: Lesson, words: Subjects) -> None:
        self.bare = plain(lesson.text[:400])
        self.right = words.top_of[lesson.code]
        self.weights = words.words_in(self.bare)
        self.margins: dict[str, float] = {}


def _tried(trials: Sequence[_Trial], words: Subjects) -> Fusing:
    """Return the fusing that is least surprised, with the habits of the desk."""
    tried = (Fusing(trust, heed) for trust, heed in product(TRUST, HEED))
    best = min(tried, key=lambda fusing: _loss(trials, words, fusing))
    return replace(best, habits=_habits(trials, words))


def _habits(trials: Sequence[_Trial], words: Subjects) -> dict[str, dict[str, float]]:
    """Return for each first-level subject the words name, how often the desk chose which."""
    counted: dict[str, dict[str, float]] = {}
    for trial in trials:
        total = sum(trial.weights.values())
        for top, weight in words.firsts(trial.weights).items():
            chosen = counted.setdefault(top, {top: STUBBORN})
            if weight:
                chosen[trial.right] = chosen.get(trial.right, 0.0) + weight / total
    return {
        top: {code: often / sum(chosen.values()) for code, often in chosen.items()} for top, chosen in counted.items()
    }


def _loss(trials: Sequence[_Trial], words: Subjects, fusing: Fusing) -> float:
    """Return how surprised one would be by the desk's choices."""
    chances = (words.chances(trial.weights, trial.margins, fusing)[trial.right] for trial in trials)
    return -sum(math.log(max(chance, 1e-4)) for chance in chances)


def _share(trials: Sequence[_Trial], words: Subjects, fusing: Fusing) -> float:
    found = (words.chances(trial.weights, trial.margins, fusing) for trial in trials)
    right = sum(
        max(chances, key=chances.__getitem__) == trial.right for chances, trial in zip(found, trials, strict=True)
    )
    return right / max(1, len(trials))


def _fold(text: str) -> int:
    head = plain(text[: 4 * SAME_HEAD])[:SAME_HEAD]
    return blake2b(head.encode(), digest_size=4).digest()[0] % FOLDS
