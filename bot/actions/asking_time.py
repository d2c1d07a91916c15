"""Let a unit ask for more time: the clock runs on, the desk hears until when and why, and decides by an extension."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from bot.actions.cases import Actor, Moved, move, role_for
from bot.actions.handing import Desk, tell_desk
from bot.clock import local_date
from bot.errors import Refused
from bot.rules.redaction import title
from bot.store.db import Db
from bot.store.tables import event
from config.texts import Texts

ASKED, ANSWERED = "ask_time", ("extend", "reply", "return", "recall", "assign", "pause")


async def ask(desk: Desk, case: Any, actor: Actor, until: str, reason: str) -> Moved:
    """Note that a unit asks for time until a day and tell the desk; raises Refused."""
    role_for(case, actor, ASKED)
    words = said(desk.texts, case, until, reason)
    if date.fromisoformat(until) <= local_date(desk.now):
        raise Refused("ask_time_until", number=case.number)
    if await waits(desk.db, case.id):
        raise Refused("asked_time_already", number=case.number)
    moved = await move(desk.db, case, actor, ASKED, desk.now, reason=f"{until} {reason}")
    await tell_desk(desk, case, f"ask-time:{moved.event_id}", words)
    return moved


async def waiting(db: Db, suggestion_id: int) -> Any:
    """Return the line of history by which more time was asked for, None if none was or it has been answered."""
    last = await db.one(
        select(event)
        .where(event.c.suggestion_id == suggestion_id, event.c.move.in_((ASKED, *ANSWERED)))
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    return last if last is not None and last.move == ASKED else None


async def waits(db: Db, suggestion_id: int) -> bool:
    """Whether somebody asked for more time and has no answer yet."""
    return await waiting(db, suggestion_id) is not None


def said(texts: Texts, case: Any, until: str, reason: str) -> str:
    """Return what the desk reads of such a wish; raises Refused if it lacks the day or the reason."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Refused("ask_time_until", number=case.number) from None
    if not reason.strip():
        raise Refused("needs_reason", number=case.number)
    facts = {"number": case.number, "subject": title(case), "reason": reason}
    return texts("push.asks_time", day=f"{day.year}年{day.month}月{day.day}日", **facts)
