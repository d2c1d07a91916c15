"""Add to a case long after it was logged: its voter, whoever joined it, or the desk in their name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from bot.actions import assignments, suggestions, supplements
from bot.actions.cases import Actor, fresh, living, record, role_for
from bot.actions.handing import Desk, push, tell_desk
from bot.errors import Refused
from bot.message import Text
from bot.rules.lifecycle import MOVES, Role, State
from bot.rules.redaction import shown, title
from bot.store.db import Db
from bot.store.tables import joiner, suggestion

MOST_QUOTED = 200  # characters of a voter's later words in a push


async def own_or_joined(db: Db, person_id: int, number: str) -> Any:
    """Return the case of theirs, or else the one they joined, that somebody names; raises Refused."""
    try:
        return await suggestions.mine(db, person_id, number)
    except Refused:
        named = func.lower(suggestion.c.number)
        wanted = or_(named == number, named.like(f"%-{number}"))
        joined = select(joiner.c.suggestion_id).where(joiner.c.person_id == person_id)
        row = await db.one(select(suggestion).where(suggestion.c.id.in_(joined), wanted).limit(1)) if number else None
        if row is None:
            raise
        return row


def may(case: Any, actor: Actor) -> Role:
    """Return the role in which somebody adds to a case; raises Refused where it is over."""
    role = role_for(case, actor, "supplement")
    if State(case.state) not in MOVES["supplement"].before:
        raise Refused("over_to_add", number=case.number)
    return role


async def add(desk: Desk, case: Any, actor: Actor, given: Sequence[Mapping[str, Any]], key: str) -> int:
    """Add to a case and return how many things it holds; whoever holds the living one hears of it; raises Refused.

    The row keeps its version: who adds words does not get in the way of who moves the case at the same moment.
    """
    role = may(case, actor)
    await record(desk.db, case.id, actor.person_id, role, "supplement", case.state, desk.now)
    return await attach(desk, case, given, actor.person_id or 0, key)


async def attach(desk: Desk, case: Any, given: Sequence[Mapping[str, Any]], person_id: int, key: str) -> int:
    """Attach what follows a case and return how many things it holds; whoever holds the living case hears of it.

    The words stay where they were said; the case they are handled with shows them as well (`supplements.of_case`).
    """
    count = await supplements.attach(desk.db, case.id, given, desk.now)
    if case.state == "received" and case.merged_into_id is None:
        return count  # the desk has yet to look at it and will see it all
    alive = await living(desk.db, await fresh(desk.db, case.id))
    words = " ".join(str(piece["text"]) or desk.texts("push.attachment") for piece in given)
    said = desk.texts("push.more", number=alive.number, subject=title(alive), words=shown(case, words)[:MOST_QUOTED])
    people = [each for holder in await assignments.holders(desk.db, alive.id) for each in holder.people]
    if not people:
        await tell_desk(desk, alive, key, said)
    for each in dict.fromkeys(people):
        if each != person_id:
            await push(desk, f"{key}:{each}", each, Text(said), alive.id)
    return count
