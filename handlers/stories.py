"""Say a line of a case's history: when, who, what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.actions.by_link import STORY
from bot.rules.redaction import shown
from config.texts import Texts

NAMED = ("representative", "unit", "clerk", "office")  # the others are people's own affair


@dataclass(frozen=True, slots=True)
class Told:
    """One line as people read it."""

    at: datetime
    move: str
    who: str
    what: str
    reason: str


def told(texts: Texts, case: Any, row: Any) -> Told:
    """Return a row of `staff.story` in words; the voter has no name here."""
    who = row.name if row.role in NAMED and row.name else texts(f"link.role.{row.role}")
    reason, code = row.said, row.said.partition("/")[0].replace("-", "_")
    if f"reason.{code}" in texts:
        reason = texts(f"reason.{code}")
    what = texts(f"link.story.{row.move}") if row.move in STORY else texts(f"story.{row.move}")
    return Told(row.at, row.move, who, what, shown(case, reason))
