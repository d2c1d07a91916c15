"""Say which questions would be answered otherwise if the pack were changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.rules.search import Entry, FaqIndex


@dataclass(frozen=True, slots=True)
class Change:
    """A wording for an entry; with an answer the entry is a new one and the wording its question."""

    code: str
    wording: str
    answer: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """A question and the codes it was and would be answered with; an empty code: not answered outright."""

    text: str
    before: str
    after: str


def changed(entries: Iterable[Entry], change: Change) -> tuple[Entry, ...]:
    """Return the pack as it would be."""
    if change.answer:
        return (*entries, Entry(change.code, change.wording, answer=change.answer, office=change.office))
    return tuple(
        replace(entry, similar=(*entry.similar, change.wording)) if entry.code == change.code else entry
        for entry in entries
    )


def outright(index: FaqIndex, text: str) -> str:
    """Return the code of the entry a question is answered with, empty if it is not answered outright."""
    found = index.ask(text)
    return found.candidates[0].code if found.answered else ""


def flips(questions: Sequence[tuple[str, str]], after: FaqIndex) -> list[Flip]:
    """Return what becomes of questions, given with the codes they were answered with."""
    asked = ((text, before, outright(after, text)) for text, before in questions)
    return [Flip(text, before, now) for text, before, now in asked if now != before]
