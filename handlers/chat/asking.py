"""Wait for the words a deed of staff still lacks, and carry them back to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.actions.cards import Press
from bot.errors import Refused
from bot.message import Incoming, Reply
from handlers.context import Context

AWAITING_WORDS = "staff_words"


def ask(ctx: Context, deed: str, case: Any, question: str, words: str, **facts: Any) -> Reply:
    """Ask for what is lacking; `question` names it for whoever hears the answer."""
    press = ctx.press
    kept = [press.task_id, press.code, press.at.isoformat()] if press else []
    return Reply(words, AWAITING_WORDS, {"deed": deed, "case": case.id, "question": question, "press": kept, **facts})


def not_here(msg: Incoming, case: Any) -> None:
    """Raise Refused where others would learn from our answer whose confidential case it is."""
    if msg.in_group and case.confidential:
        raise Refused("say_it_in_private")


def press_in(facts: Mapping[str, Any]) -> Press | None:
    """Return the press that began the talk, if it was one."""
    kept = facts.get("press")
    return Press(kept[0], kept[1], datetime.fromisoformat(kept[2])) if kept else None
