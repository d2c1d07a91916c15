"""Keep a proposer unknown to unit and group, or let them be known again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select, update

from bot.actions import assignments, publishing
from bot.actions.cases import Actor, Moved, move, role_for
from bot.actions.handing import Desk, push
from bot.errors import Refused
from bot.message import Card, Content, Text
from bot.outbox.queue import from_json, to_json
from bot.rules.redaction import redact
from bot.store.db import Db
from bot.store.tables import outgoing


async def seal(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Make a case confidential: from now on nobody but its voter and the desk sees who asked; raises Refused."""
    role_for(case, actor, "seal")
    if case.confidential:
        raise Refused("sealed_already", number=case.number)
    moved = await move(desk.db, case, actor, "seal", desk.now, confidential=True)
    await publishing.no_longer_true(desk, case.id, "sealed")
    await _hush(desk.db, case)
    for holder in await assignments.holders(desk.db, case.id):
        for each in holder.people:
            said = desk.texts("push.sealed", number=case.number)
            await push(desk, f"sealed:{moved.event_id}:{each}", each, Text(said), case.id)
    return moved


async def unseal(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Let a case be like any other again; raises Refused."""
    role_for(case, actor, "unseal")
    if not case.confidential:
        raise Refused("not_sealed", number=case.number)
    return await move(desk.db, case, actor, "unseal", desk.now, confidential=False)


async def _hush(db: Db, case: Any) -> None:
    """Take the proposer out of whatever is owed to others about the case and has not been sent yet."""
    waits = outgoing.c.state.in_(("waiting", "parked")) & (outgoing.c.suggestion_id == case.id)
    others = or_(outgoing.c.person_id.is_(None), outgoing.c.person_id != case.voter_id)
    for row in await db.all(select(outgoing.c.id, outgoing.c.content).where(waits, others, outgoing.c.kind == "push")):
        content = to_json(_hushed(from_json(row.content)))
        await db.run(update(outgoing).where(outgoing.c.id == row.id).values(content=content))


def _hushed(content: Content) -> Content:
    if not isinstance(content, Text | Card):
        return content
    notice = {name: redact(value) for name, value in content.notice.items()}
    if isinstance(content, Text):
        return replace(content, text=redact(content.text), notice=notice)
    facts = tuple((name, redact(value)) for name, value in content.facts)
    return replace(content, text=redact(content.text), facts=facts, notice=notice)
