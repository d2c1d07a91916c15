"""Handle cases together and answer each apart: offer, join, merge, part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions import answering, assignments, joining, telling
from bot.actions.cases import Actor, Moved, fresh, living, record
from bot.actions.handing import Desk, push
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.rules.lifecycle import Role
from bot.rules.redaction import title


async def merge(desk: Desk, case: Any, into: Any, actor: Actor) -> Moved:
    """Link a case to another and tell its own people that they will be answered separately."""
    moved = await joining.bring_together(desk.db, case, into, actor, desk.now)
    words = desk.texts("push.merged", number=case.number, subject=title(case), into=into.number)
    held = [*await assignments.holders(desk.db, case.id), *await assignments.holders(desk.db, into.id)]
    for each in dict.fromkeys(who for holder in held for who in holder.people):
        if each != actor.person_id:
            await push(desk, f"merged:{moved.event_id}:{each}", each, Text(words), into.id)
    await telling.tell(
        desk.db,
        await fresh(desk.db, case.id),
        moved.event_id,
        lambda each: desk.texts("told.merge", number=each.number, subject=each.subject, into=into.number),
        desk.now,
        but=actor.person_id,
    )
    await answering.catch_up(desk, (await living(desk.db, into)).id)
    return moved


async def join(desk: Desk, case: Any, person_id: int, identity_id: int | None, text: str) -> Moved:
    """Note that somebody else has the same trouble; if it is answered already they hear how; raises Refused."""
    case = await living(desk.db, case)
    moved = await joining.join(desk.db, case, person_id, identity_id, text, desk.now)
    await answering.catch_up(desk, case.id)
    return moved


async def unmerge(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Take a link back and tell the case's people."""
    moved = await joining.take_apart(desk.db, case, actor, reason, desk.now)
    await apart(desk, case, moved, but=actor.person_id)
    return moved


async def apart(desk: Desk, case: Any, moved: Moved, *, but: int | None = None) -> None:
    """Tell a case's people that it is handled by itself from now on."""
    await telling.tell(
        desk.db,
        await fresh(desk.db, case.id),
        moved.event_id,
        lambda each: desk.texts("told.unmerge", number=each.number, subject=each.subject),
        desk.now,
        but=but,
    )


async def offer_alike(desk: Desk, suggestion_id: int, found: Sequence[Any]) -> int:
    """Offer a voter the open cases that are probably the same as theirs, once; returns how many were offered."""
    case = await fresh(desk.db, suggestion_id)
    way = await way_to(desk.db, case.voter_id)
    if way is None:  # who can only be answered in a group is not asked there
        return 0
    lines = "\n".join(
        desk.texts("same.line", n=n, number=each.number, subject=title(each)) for n, each in enumerate(found, 1)
    )
    words = desk.texts("same.offer" if len(found) == 1 else "same.offer_some", number=case.number, cases=lines)
    if not await owe(desk.db, key=f"alike:{case.id}", way=way, content=Text(words), now=desk.now,
                     person_id=case.voter_id, suggestion_id=case.id):  # fmt: skip
        return 0
    offered = " ".join(each.number for each in found)
    await record(desk.db, case.id, None, Role.SERVICE, joining.OFFER, case.state, desk.now, reason=offered)
    return len(found)
