"""Decline a case for a reason of the list, and look at a declined one again; its people hear of both."""

from __future__ import annotations

from typing import Any

from bot.actions import assignments, clocks, joining, linking, telling
from bot.actions.cases import Actor, Moved, fresh, move
from bot.actions.handing import Desk, grey, push, tell_desk
from bot.errors import Refused
from bot.message import Text
from bot.rules.lifecycle import MOVES, State
from bot.rules.redaction import title
from config.texts import Texts

# Why a suggestion is not admitted and which door is the right one; the words stand in texts `decline.{code}`.
DECLINES = ("litigation", "arbitration", "petition", "personal", "no_content", "hotline", "emergency", "elsewhere")


async def decline(desk: Desk, case: Any, actor: Actor, code: str, words: str = "") -> Moved:
    """Decline a case for a reason of the list and tell its people why and where to go; raises Refused."""
    if code not in DECLINES:
        raise Refused("unknown_decline", number=case.number)
    moved = await move(desk.db, case, actor, "decline", desk.now, reason=words or code, decline_code=code)
    await _let_rest(desk, case, moved, actor)
    for linked in await joining.linked_to(desk.db, case.id):
        if State(linked.state) in MOVES["decline"].before:  # it was one matter: its people hear the same
            also = await move(desk.db, linked, actor, "decline", desk.now, reason=words or code, decline_code=code)
            await _let_rest(desk, linked, also, actor)
        elif State(linked.state) in MOVES["unmerge"].before:  # somebody is at work on it: it goes on alone
            await linking.apart(desk, linked, await joining.let_go(desk.db, linked, actor, case.number, desk.now))
    door = door_words(desk.texts, code, words)
    await telling.tell(
        desk.db,
        case,
        moved.event_id,
        lambda each: desk.texts("told.decline", number=each.number, subject=each.subject, door=door),
        desk.now,
        but=actor.person_id,
    )
    return moved


def door_words(texts: Texts, code: str, words: str) -> str:
    """Return what a declined case's people read: what the desk adds, and the right door."""
    more = f"{words}\n" if words and words != code else ""
    return more + texts(f"decline.{code}")


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


async def _let_rest(desk: Desk, case: Any, moved: Moved, actor: Actor) -> None:
    """Stop the clocks of a declined case, and tell whoever had heard of it that it is over."""
    await clocks.meet(desk.db, case.id, "triage", desk.now)
    await clocks.drop(desk.db, case.id)
    for each in {who for holder in await assignments.holders(desk.db, case.id) for who in holder.people}:
        if each != actor.person_id:  # whoever heard of it as a new matter
            said = desk.texts("push.declined", number=case.number, subject=title(case))
            await push(desk, f"declined:{moved.event_id}:{each}", each, Text(said), case.id)
    await assignments.let_go(desk.db, case.id, desk.now)
    await grey(desk, case, f"new:{case.number}:c", "declined")
