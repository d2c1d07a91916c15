"""What one message means to the chat door: a command, or an intent with its facts."""

from __future__ import annotations

from typing import Any

from bot.rules.commands import command_of, rating_of
from bot.rules.matter import place_of, subject_of
from bot.rules.subjects import Subjects
from bot.rules.understanding import NO_SUBJECTS, Intent, as_row, understand
from bot.value import value

Categories = Subjects
ASKING = ("?", "？", "吗", "呢")


@value(frozen=True, slots=True)
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


def classify(row_id: object, text: str, subjects: Subjects) -> dict[str, Any]:
    """Return one line of `classify --jsonl`."""
    return as_row(row_id, understand(text, subjects))


__all__ = ["Categories", "Intent", "Meaning", "classify", "meaning_of", "place_of", "rating_of", "subject_of"]
