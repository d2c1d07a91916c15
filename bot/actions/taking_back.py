"""Take back what a click did: an admission nobody has acted on, an assignment nobody has signed for."""

from __future__ import annotations

from typing import Any

from bot.actions import assignments, cards, clocks
from bot.actions.cases import Actor, Moved, move, role_for
from bot.actions.handing import Desk
from bot.errors import Refused


async def unadmit(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Take an admission back: the case waits for triage by the day it had; raises Refused once it was assigned."""
    role_for(case, actor, "unadmit")
    if await assignments.assigned_before(desk.db, case.id):
        raise Refused("assigned_before", number=case.number)
    moved = await move(desk.db, case, actor, "unadmit", desk.now)
    await clocks.run_on(desk.db, case.id, "triage")
    return moved


async def recall(desk: Desk, case: Any, actor: Actor, reason: str = "") -> Moved:
    """Take an assignment back that nobody has signed for; its cards turn grey, the case's own clocks go on."""
    held = await assignments.holders(desk.db, case.id)
    moved = await move(desk.db, case, actor, "recall", desk.now, reason=reason)
    await assignments.let_go(desk.db, case.id, desk.now)
    for holder in held:
        await clocks.drop(desk.db, case.id, assignment_id=holder.assignment_id)
        card = f"assign:{holder.assignment_id}:"
        await cards.settle(desk.db, case.id, card, desk.texts("card.recalled"), desk.now, desk.press)
    return moved
