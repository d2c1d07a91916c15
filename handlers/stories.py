"""Say a line of a case's history: when, who, what, and why; and how its people were told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.actions.by_link import STORY
from bot.actions.telling import UNREACHED
from bot.clock import local
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


def delivered(texts: Texts, case: Any, row: Any) -> str:
    """Return a row of `reads_cases.tellings_of` in words: who by role, which step, by which way, how it went."""
    at = local(row.at)
    return texts(
        "story.telling",
        day=f"{at.month}月{at.day}日",
        who=texts("story.joiner" if row.joined else "story.proposer"),
        what=texts(f"link.story.{row.move}") if row.move in STORY else texts(f"story.{row.move}"),
        way=texts(f"channel.{row.channel or 'none'}"),
        how=_result(texts, case, row),
    )


def _result(texts: Texts, case: Any, row: Any) -> str:
    """Return how a telling stands; a clerk's word for it comes before what the platform said."""
    if row.state == "sent":
        return texts("push_state.arrived" if row.arrived_at else "push_state.sent")
    if row.untold_reason:
        reason = texts("reason.erased") if row.untold_reason == "erased" else shown(case, row.untold_reason)
        return texts("story.excused", reason=reason)
    how = texts(f"push_state.{row.state or 'parked'}")
    why = unreached(texts, row) if row.state in UNREACHED else ""
    return how + (texts("story.because", why=why) if why else "")


def unreached(texts: Texts, row: Any) -> str:
    """Return why a message did not reach somebody: our code in words or the platform's own, and its number."""
    why = texts(f"unreached.{row.error}") if f"unreached.{row.error}" in texts else row.error or ""
    return why + (texts("story.errcode", number=row.errcode) if row.errcode else "")
