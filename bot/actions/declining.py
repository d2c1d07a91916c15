"""Look at a declined case again: it comes back to the desk with its number, and its people hear of it."""

from __future__ import annotations

from typing import Any

from bot.actions import clocks, joining, telling
from bot.actions.cases import Actor, Moved, fresh, move
from bot.actions.handing import Desk, tell_desk
from bot.rules.lifecycle import MOVES, State
from bot.rules.redaction import title


async def reconsider(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Take a declined case, and what was declined with it, up again; raises Refused."""
    moved = await _again(desk, case, actor, reason)
    for linked in await joining.linked_to(desk.db, case.id):
        if State(linked.state) in MOVES["reconsider"].before:
            await _again(desk, linked, actor, case.number)
    said = desk.texts("push.reconsidered", number=case.number, subject=title(case), reason=reason)
    await tell_desk(desk, case, f"reconsidered:{moved.event_id}", said)
    await telling.tell(
        desk.db,
        case,
        moved.event_id,
        lambda each: desk.texts("told.reconsider", number=each.number, subject=each.subject),
        desk.now,
        but=actor.person_id,
    )
    return moved


async def _again(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Move a case back to its beginning, with clocks of its own from today on."""
    moved = await move(desk.db, case, actor, "reconsider", desk.now, reason=reason, decline_code="")
    await clocks.retire(desk.db, case.id)
    await clocks.start(desk.db, await fresh(desk.db, case.id), "triage", "triage", desk.now)
    return moved
