"""Find out from a pack itself how sure an answer must be before it is given outright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from bot.rules.closeness import Closeness, PassageCloseness
from bot.rules.normalise import plain
from bot.rules.smalltalk import CHAT

MARGIN = 0.01  # two entries that fit the same are a choice, not an answer
SAMPLE = 300  # entries and chat lines that are tried; building stays quick at 5,000 entries
LOWEST, CAUTIOUS = 0.45, 0.65  # of questions: never below the first, not above the second without need
LOWEST_PASSAGE = 0.30
NEAR_ALLOWED, NEAR_AT_MOST = 0.05, 0.20  # strangers that may pass for an entry; the second in a dense field
CHAT_ALLOWED, CHAT_ALLOWED_PASSAGE = 0.003, 0.008
WRONG_ALLOWED = 0.05  # of paraphrases
SUREST = 0.95  # nobody is asked to be surer than this, else the entry's own words would not do

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The limits of one pack and what they mean for people, as shares of what was tried.

    `near`: questions of the same field without an entry that would still get an answer;
    `chat`: small talk that would; `kept`: other wordings that are answered right (1 phrasing each: unknown, -1).
    """

    threshold: float
    margin: float
    near: float
    chat: float
    kept: float


def calibrate(closeness: Closeness) -> Calibration:
    """Ask the pack its own questions with their entries hidden, small talk, and its own paraphrases."""
    if not len(closeness.texts):
        return Calibration(1.0, MARGIN, 0.0, 0.0, -1.0)
    chat = np.array([closeness.rank(plain(line)).sure for line in _sample(CHAT, 2 * SAMPLE)])
    if isinstance(closeness, PassageCloseness):
        threshold = max(LOWEST_PASSAGE, float(np.quantile(chat, 1 - CHAT_ALLOWED_PASSAGE)))
        return Calibration(threshold, MARGIN, 0.0, float((chat >= threshold).mean()), -1.0)
    near = np.array(_near(closeness))
    heard = _paraphrases(closeness)
    allowed, at_most = np.quantile(near, [1 - NEAR_ALLOWED, 1 - NEAR_AT_MOST])
    # One line of small talk that stands in the pack (你能做什么) must not silence it, hence the cap.
    chatty = min(CAUTIOUS, np.quantile(chat, 1 - CHAT_ALLOWED))
    threshold = float(max(LOWEST, min(allowed, max(CAUTIOUS, at_most)), chatty, _beyond_wrong(heard)))
    kept = sum(right and sure >= threshold for right, sure in heard) / len(heard) if heard else -1.0
    return Calibration(
        threshold,
        MARGIN,
        near=float((near >= threshold).mean()),
        chat=float((chat >= threshold).mean()),
        kept=kept,
    )


def _near(closeness: Closeness) -> list[float]:
    """Return how sure the pack would be of one of its questions if it had no entry for it."""
    return [closeness.rank(closeness.texts[own[0]], own).sure for own in _sample(_rows(closeness))]


def _paraphrases(closeness: Closeness) -> list[tuple[bool, float]]:
    """Ask each wording as if it were not stored: did it find its entry, and how sure was that?"""
    heard = []
    several = [own for own in _rows(closeness) if len(own) > 1]
    for row in _sample([row for own in several for row in own]):
        found = closeness.rank(closeness.texts[row], (row,))
        heard.append((bool(found.ranked) and found.ranked[0][0] == closeness.entry_of[row], found.sure))
    return heard


def _beyond_wrong(heard: Sequence[tuple[bool, float]]) -> float:
    """Return how sure one must be so that few paraphrases are answered with another entry."""
    wrong = sorted((sure for right, sure in heard if not right), reverse=True)
    allowed = int(WRONG_ALLOWED * len(heard))
    return min(SUREST, wrong[allowed] + 0.001) if len(wrong) > allowed else 0.0


def _rows(closeness: Closeness) -> list[range]:
    """Return the phrasings of each entry."""
    ends = [*np.unique(closeness.entry_of, return_index=True)[1].tolist(), len(closeness.texts)]
    return [range(start, end) for start, end in pairwise(ends)]


def _sample(things: Sequence[T], most: int = SAMPLE) -> Sequence[T]:
    """Return at most so many of the things, evenly spread, the same ones every time."""
    step = max(1, -(-len(things) // most))
    return things[::step]
