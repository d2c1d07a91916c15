"""Steer a case from the desk: pause, resume and extend its clocks, urge its holders, put it on the office's list."""

from __future__ import annotations

from typing import Any

from bot.actions import assignments, clocks, urging
from bot.actions.cases import Actor, Moved, move, role_for
from bot.actions.casework import CLOCKS, LAWFUL, LIGHT
from bot.actions.handing import Desk, push, tell_desk
from bot.errors import Refused
from bot.message import Text
from bot.rules.lifecycle import State
from bot.rules.privacy import mask
from bot.rules.redaction import title

UNSIGNED = frozenset({State.RECEIVED, State.ADMITTED, State.ASSIGNED})


async def pause(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Let the case's clocks stand still for a reason; raises Refused."""
    moved = await move(desk.db, case, actor, "pause", desk.now, reason=reason)
    await clocks.pause(desk.db, case, reason, desk.now)
    return moved


async def resume(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Let the case's clocks run on; raises Refused."""
    moved = await move(desk.db, case, actor, "resume", desk.now)
    await clocks.resume(desk.db, case, desk.now)
    return moved


async def extend(
    desk: Desk, case: Any, actor: Actor, more: int, reason: str, *, consent: bool, notice: str = ""
) -> Moved:
    """Give the case's clocks more time; raises Refused unless the rules' conditions are met."""
    moved = await move(desk.db, case, actor, "extend", desk.now, reason=reason)
    await clocks.extend(desk.db, case, more, reason, desk.now, consent=consent, notice=notice)
    return moved


async def reweigh(desk: Desk, case: Any, actor: Actor, weight: str) -> Moved:
    """Change what a case weighs; its clocks get the span of that weight from the first assignment; raises Refused.

    Between 一般 and 较难 as long as it is not replied; to 正式 or 重大 only until it is signed for, because those are
    chosen at the assignment (代表法第五十一条). What is 正式 is made longer by an extension, and never lighter again.
    """
    if weight not in CLOCKS:
        raise Refused("unknown_weight", number=case.number)
    if weight == case.weight:
        raise Refused("weighs_so_already", number=case.number)
    if case.weight in LAWFUL and weight in LIGHT:
        raise Refused("weight_never_lighter", number=case.number)
    if weight in LAWFUL and State(case.state) not in UNSIGNED:
        raise Refused("weight_too_late", number=case.number)
    reason = f"weight_{weight}"
    moved = await move(desk.db, case, actor, "reweigh", desk.now, reason=reason, weight=weight)
    await clocks.reweigh(desk.db, case, *CLOCKS[weight], desk.now)
    words = desk.texts(
        "push.reweighed",
        number=case.number,
        subject=title(case),
        weight=desk.texts(f"reason.{reason}"),
        due=await clocks.due_day(desk.db, case.id, "promised"),
    )
    for holder in await assignments.holders(desk.db, case.id) if case.state != "received" else []:
        for each in holder.people:
            if each != actor.person_id:
                await push(desk, f"reweighed:{moved.event_id}:{each}", each, Text(words), case.id)
    return moved


async def urge(desk: Desk, case: Any, actor: Actor) -> int:
    """Remind whoever holds a case and return how many people that are; raises Refused if nobody is to be reminded."""
    role_for(case, actor, "urge")
    if not await assignments.holders(desk.db, case.id):
        raise Refused("nobody_holds", number=case.number)
    await move(desk.db, case, actor, "urge", desk.now)
    told = await urging.urge(desk, case, actor.person_id or 0)
    if not told:
        raise Refused("urged_today", number=case.number)
    return told


async def supervise(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Put a case on the supervision list by the office's choice and tell the desk; raises Refused."""
    role_for(case, actor, "supervise")
    if case.supervised_at is not None:
        raise Refused("supervised_already", number=case.number)
    moved = await move(desk.db, case, actor, "supervise", desk.now, reason=reason or "office", supervised_at=desk.now)
    words = desk.texts("push.supervised", number=case.number, subject=title(case), reason=mask(reason))
    await tell_desk(desk, case, f"supervised:{moved.event_id}", words)
    return moved


async def release(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Take a case off the supervision list, with a reason; raises Refused."""
    role_for(case, actor, "release")
    if case.supervised_at is None:
        raise Refused("not_supervised", number=case.number)
    return await move(desk.db, case, actor, "release", desk.now, reason=reason, supervised_at=None)
