"""What one message means to the chat door: a command, or an intent with its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.rules.commands import command_of, rating_of
from bot.rules.matter import place_of, subject_of
from bot.rules.understanding import NO_SUBJECTS, Intent, Subjects, as_row, understand

Categories = Subjects
ASKING = ("?", "？", "吗", "呢")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message as the router wants it: `command` or `intent` (one of Intent, or `unsure`).

    `argument` is what stands behind a command, the word of a rating, or the kind of danger.
    """

    intent: str = ""
    confidence: float = 0.0
    command: str = ""
    argument: str = ""
    category: str = ""


def meaning_of(text: str, categories: Subjects = NO_SUBJECTS) -> Meaning:
    """Return what a message means; a crisis is heard before anything else."""
    command = command_of(text)
    if command is not None and not command.argument:
        return Meaning("command", 1.0, command.name)
    understood = understand(text, categories)
    if understood.danger is not None:
        return Meaning(str(understood.intent), understood.confidence, argument=str(understood.danger))
    if command is not None:
        return Meaning("command", 1.0, command.name, command.argument, understood.category or "")
    wanted = str(understood.intent)
    if understood.unsure:  # a question mark is the writer's own word for what it is
        wanted = "question" if text.rstrip().endswith(ASKING) else "unsure"
    return Meaning(wanted, understood.confidence, "", understood.rating, understood.category or "")


def classify(row_id: object, text: str, categories: Mapping[str, tuple[str, tuple[str, ...]]]) -> dict[str, Any]:
    """Return one line of `classify --jsonl`."""
    return as_row(row_id, understand(text, _subjects(categories)))


_KNOWN: list[tuple[Mapping[str, tuple[str, tuple[str, ...]]], Subjects]] = []


def _subjects(categories: Mapping[str, tuple[str, tuple[str, ...]]]) -> Subjects:
    """Return the finder of these categories; the last one is kept, since a run asks with the same."""
    if not _KNOWN or _KNOWN[0][0] is not categories:
        _KNOWN[:] = [(categories, Subjects(categories))]
    return _KNOWN[0][1]


__all__ = ["Categories", "Intent", "Meaning", "classify", "meaning_of", "place_of", "rating_of", "subject_of"]
