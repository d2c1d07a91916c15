"""Bring messages about the same matter together, name each group, and say how it grows.

Groups are joined two and two, the most alike first, by the average likeness of their members: one message that
lies between two matters cannot chain them together, and a slightly other threshold gives slightly other groups.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.rules.matter import place_of, without_names
from bot.rules.normalise import plain

TOGETHER = 0.14  # average likeness from which two groups are one; the only knob
LARGEST = 0.08  # share of all messages that a group may hold …
LARGEST_AT_LEAST = 12  # … or so many, when there are few
READ, HEAD = 200, 30  # characters that are read, and those of the head: a matter is named where it begins
HEAD_COUNTS = 4.0
FAINT = 0.06  # likeness that is no likeness
SAME = 1e-9  # of two sums that were added up in another order
COMMON = 0.1  # share of messages from which a pair of characters tells nothing; a hot topic stays below it
NAMES = 3
LONGEST_NAME = 8


@dataclass(frozen=True, slots=True)
class Said:
    """One message: who it is, what it says, and on which day."""

    id: object
    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Messages about one matter: their ids in the order they came, its typical words, its place, its growth."""

    ids: tuple[object, ...]
    words: tuple[str, ...]
    place: str
    per_day: Mapping[str, int] = field(default_factory=dict)


def topics(messages: Sequence[Said], together: float = TOGETHER) -> list[Topic]:
    """Return the groups of two and more, the largest first."""
    bare = [plain(without_names(message.text[: 2 * READ]))[:READ] for message in messages]
    groups = _groups(bare, together)
    found = [_topic([messages[n] for n in group], [bare[n] for n in group], bare) for group in groups if len(group) > 1]
    return sorted(found, key=lambda topic: -len(topic.ids))


def _groups(bare: Sequence[str], together: float) -> list[list[int]]:
    """Return the numbers of the messages of each group; the very same words are one from the start."""
    copies: dict[str, list[int]] = {}
    for number, text in enumerate(bare):
        copies.setdefault(text or f" {number}", []).append(number)
    texts = [text.strip() if text[0] != " " else "" for text in copies]
    members = list(copies.values())
    most = max(LARGEST_AT_LEAST, int(LARGEST * len(bare)))
    return _joined(members, _alike(texts), together, most)


def _alike(texts: Sequence[str]) -> list[dict[int, float]]:
    """Return for each text how alike every other is, where that is more than faint."""
    rows: dict[str, list[int]] = defaultdict(list)
    values: dict[str, list[float]] = defaultdict(list)
    counted = [_pairs(text) for text in texts]
    seen = Counter(pair for counts in counted for pair in counts)
    most = max(LARGEST_AT_LEAST, COMMON * len(texts))
    for number, counts in enumerate(counted):
        weighed = {
            pair: n * math.log((1 + len(texts)) / seen[pair]) for pair, n in counts.items() if 1 < seen[pair] <= most
        }
        alone = sum((n * math.log(1 + len(texts))) ** 2 for pair, n in counts.items() if seen[pair] == 1)
        # What only this message says makes it less like the others, but not by its full weight: letters tell stories.
        length = math.sqrt(sum(weight * weight for weight in weighed.values()) + 0.25 * alone) or 1.0
        for pair, weight in weighed.items():
            rows[pair].append(number)
            values[pair].append(weight / length)
    postings = {pair: (np.array(rows[pair], np.int32), np.array(values[pair], np.float32)) for pair in rows}
    return [_near(number, counts, postings, len(texts)) for number, counts in enumerate(counted)]


Postings = Mapping[str, tuple[NDArray[np.int32], NDArray[np.float32]]]


def _near(number: int, counts: Mapping[str, float], postings: Postings, count: int) -> dict[int, float]:
    found = [posting for pair in counts if (posting := postings.get(pair)) is not None]
    if not found:
        return {}
    rows = np.concatenate([at for at, _ in found])
    mine = [weights[np.searchsorted(at, number)] for at, weights in found]
    parts = np.concatenate([weights * own for (_, weights), own in zip(found, mine, strict=True)])
    scores = np.bincount(rows, parts, count)
    scores[number] = 0
    near = np.flatnonzero(scores > FAINT)
    return dict(zip(near.tolist(), scores[near].tolist(), strict=True))


def _pairs(text: str) -> dict[str, float]:
    """Count the pairs of characters, those of the head twice; repetition counts less and less."""
    head = {a + b for a, b in pairwise(text[:HEAD])}
    counts = Counter(a + b for a, b in pairwise(text))
    return {pair: (1 + math.log(n)) * (HEAD_COUNTS if pair in head else 1.0) for pair, n in counts.items()}


def _joined(members: list[list[int]], alike: list[dict[int, float]], together: float, most: int) -> list[list[int]]:
    """Join the two most alike groups again and again, as long as they are alike enough and not too large together."""
    groups = {number: list(group) for number, group in enumerate(members)}
    size = [len(group) for group in members]
    # the sum of likenesses between two groups, each copy counted
    links = [{other: score * size[n] * size[other] for other, score in near.items()} for n, near in enumerate(alike)]
    heap = [(-score, n, other) for n, near in enumerate(alike) for other, score in near.items() if n < other]
    heapq.heapify(heap)
    while heap:
        score, one, two = heapq.heappop(heap)
        if -score < together:
            break
        if one not in groups or two not in groups or len(groups[one]) + len(groups[two]) > most:
            continue
        if abs(score + _average(links, groups, one, two)) > SAME:
            continue  # one of them has grown since
        groups[one] += groups.pop(two)
        for other, link in links[two].items():
            links[other].pop(two, None)
            if other != one and other in groups:
                links[one][other] = links[other][one] = links[one].get(other, 0.0) + link
        links[one].pop(two, None)
        for other in links[one]:
            if other in groups:
                pair = (min(one, other), max(one, other))
                heapq.heappush(heap, (-_average(links, groups, *pair), *pair))
    return [sorted(group) for group in groups.values()]


def _average(links: list[dict[int, float]], groups: Mapping[int, list[int]], one: int, two: int) -> float:
    return links[one].get(two, 0.0) / (len(groups[one]) * len(groups[two]))


def _topic(members: Sequence[Said], bare: Sequence[str], every: Sequence[str]) -> Topic:
    places = Counter(place for message in members if (place := place_of(message.text)))
    days = Counter(message.day.isoformat() for message in members if message.day)
    return Topic(
        ids=tuple(message.id for message in members),
        words=_typical(bare, every),
        place=places.most_common(1)[0][0] if places else "",
        per_day=dict(sorted(days.items())),
    )


def _typical(bare: Sequence[str], every: Sequence[str]) -> tuple[str, ...]:
    """Return up to three wordings that many of the group have and few others."""
    counts: Counter[str] = Counter()
    for text in bare:
        head = text[: 2 * HEAD]
        counts.update({head[i : i + n] for n in range(2, LONGEST_NAME + 1) for i in range(len(head) - n + 1)})
    usual = [(word, n) for word, n in counts.items() if n >= max(2, 0.3 * len(bare))]
    usual.sort(key=lambda pair: -pair[1] * (len(pair[0]) - 1))
    scored = sorted(usual[:60], key=lambda pair: -_telling(pair[0], pair[1], every))
    chosen: list[str] = []
    for word, _ in scored:
        if not any(word in other or other in word or _overlap(word, other) for other in chosen):
            chosen.append(word)
        if len(chosen) == NAMES:
            break
    return tuple(chosen)


def _telling(word: str, here: int, every: Iterable[str]) -> float:
    everywhere = sum(word in text for text in every)
    return here * here / everywhere * math.sqrt(len(word) - 1)


def _overlap(word: str, other: str) -> bool:
    """Whether two wordings are pieces of one longer one."""
    return len(set(pairwise(word)) & set(pairwise(other))) > 0
