"""See an answered case to its end: told, asked once more for a rating, excused, closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.actions import assignments, clocks, joining, ratings, telling
from bot.actions.cases import SERVICE, Actor, Moved, move, role_for
from bot.actions.handing import Desk, grey, push
from bot.errors import Refused
from bot.message import Text
from bot.rules.lifecycle import MOVES, State
from bot.store.tables import outgoing, suggestion
from bot.store.tables import telling as tellings


async def close(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Close a case; refused while somebody has not been told and no reason is recorded."""
    role_for(case, actor, "close")
    open_ = await telling.untold(desk.db, case.id)
    if open_:
        raise Refused("somebody_untold", number=case.number, count=len(open_))
    return await _close(desk, case, actor)


async def _close(desk: Desk, case: Any, actor: Actor, reason: str = "") -> Moved:
    """Close a case and what is handled with it; its people were told with the reply."""
    moved = await move(desk.db, case, actor, "close", desk.now, reason=reason)
    linked = await joining.linked_to(desk.db, case.id)
    while linked:
        each = linked.pop()
        linked += await joining.linked_to(desk.db, each.id)
        if State(each.state) not in MOVES["follow"].before:
            continue
        await move(desk.db, each, SERVICE, "follow", desk.now, reason="merged", line="close")
        await clocks.drop(desk.db, each.id)
        for holder in await assignments.holders(desk.db, each.id):
            await grey(desk, each, f"assign:{holder.assignment_id}:", "closed")
        await assignments.let_go(desk.db, each.id, desk.now)
    return moved


async def excuse(desk: Desk, case: Any, actor: Actor, reason: str) -> int:
    """Record why people could not be told (told by phone, moved away …) and return how many that were."""
    role_for(case, actor, "untold")
    if not reason.strip():
        raise Refused("needs_reason", number=case.number)
    open_ = await telling.untold(desk.db, case.id)
    if not open_:
        raise Refused("everybody_told", number=case.number)
    await move(desk.db, case, actor, "untold", desk.now, reason=reason)
    ids = [row.id for row in open_]
    await desk.db.run(update(tellings).where(tellings.c.id.in_(ids)).values(untold_reason=reason))
    return len(ids)


async def settle_told(desk: Desk) -> int:
    """Move every answered case to told once the platform took the reply for everybody concerned; returns how many."""
    replied = await desk.db.all(select(suggestion).where(suggestion.c.state == "replied"))
    count = 0
    for case in replied:
        if not await telling.untold(desk.db, case.id):
            await move(desk.db, case, SERVICE, "tell", desk.now)
            count += 1
    return count


async def ask_again(desk: Desk, after: timedelta, close_after: timedelta) -> int:
    """Ask silent proposers once more for a rating, then never; close what has stood long enough; return the asked."""
    asked = 0
    for case in await ratings.answered_before(desk.db, desk.now - after):
        asked_at, newly = await _ask_the_silent(desk, case)
        asked += newly
        since = max([*asked_at, *([case.changed_at] if case.state == "rated" or not asked_at else [])])
        if since <= desk.now - close_after and not await telling.untold(desk.db, case.id):
            await _close(desk, case, SERVICE, "rated" if case.state == "rated" else "no_rating")
    return asked


async def _ask_the_silent(desk: Desk, case: Any) -> tuple[list[datetime], int]:
    """Ask every proposer who has not rated, each by their own number and once; return when each was, and how many now.

    Who asked for a case that is handled with this one rates it as well.
    """
    rated = await ratings.raters(desk.db, case)
    silent = {each.person_id: each for each in reversed(await telling.concerned(desk.db, case)) if each.proposer}
    asked_at, newly = [], 0
    for each in silent.values():
        if each.person_id in rated:
            continue
        key = f"rate-again:{case.id}:{case.round}:{each.person_id}"
        known = await desk.db.one(select(outgoing.c.created_at).where(outgoing.c.key == key))
        if known is None:
            words = desk.texts("told.rate_again", number=each.number, subject=each.subject)
            await push(desk, key, each.person_id, Text(words), case.id)
            newly += 1
        asked_at.append(known.created_at if known else desk.now)
    return asked_at, newly
