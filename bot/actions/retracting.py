"""Take a case back on its voter's word, and let everybody it concerns know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.actions import assignments, clocks, joining, linking, telling
from bot.actions.cases import Actor, Moved, move
from bot.actions.handing import Desk, grey, push
from bot.errors import Refused
from bot.message import Card
from bot.rules.lifecycle import MOVES, Role, State
from bot.rules.redaction import title
from bot.store.tables import clerk


async def withdraw(desk: Desk, case: Any, person_id: int) -> Moved:
    """Take a case back on its voter's word: whoever held it is let go and told, what was linked to it stands alone."""
    if case.state == "withdrawn":
        raise Refused("already_withdrawn", number=case.number)
    if State(case.state) not in MOVES["withdraw"].before:
        raise Refused("too_late_to_withdraw", number=case.number)
    return await take_back(desk, case, person_id, "withdraw")


async def take_back(desk: Desk, case: Any, person_id: int, name: str) -> Moved:
    """Make the move that ends a case on its voter's word, and let everybody else it concerns know."""
    voter = Actor(person_id, frozenset({Role.VOTER}))
    held = await assignments.holders(desk.db, case.id)
    moved = await move(desk.db, case, voter, name, desk.now)
    await clocks.drop(desk.db, case.id)
    await assignments.let_go(desk.db, case.id, desk.now)
    await grey(desk, case, f"new:{case.number}:c", "withdrawn")
    for holder in held:
        await grey(desk, case, f"assign:{holder.assignment_id}:", "withdrawn")
    for linked in await joining.linked_to(desk.db, case.id):
        if State(linked.state) not in MOVES["unmerge"].before:
            continue  # closed with an earlier answer
        await linking.apart(desk, linked, await joining.let_go(desk.db, linked, voter, case.number, desk.now))
    await telling.tell(
        desk.db,
        case,
        moved.event_id,
        lambda each: desk.texts("told.withdraw", number=each.number, subject=each.subject),
        desk.now,
        but=person_id,
    )
    rows = await desk.db.all(select(clerk.c.person_id).where(clerk.c.station_id == case.station_id))
    people = {row.person_id for row in rows} | {who for holder in held for who in holder.people}
    for each in sorted(people - {person_id}):
        card = Card(
            task_id=f"withdrawn-{case.number}-{each}",
            title=desk.texts("push.withdrawn_title", number=case.number),
            text=desk.texts("push.withdrawn", subject=title(case)),
        )
        await push(desk, f"withdrawn:{case.number}:{each}", each, card, case.id)
    return moved
