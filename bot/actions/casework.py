"""Hand a case over: admit it, assign it, sign, give back, pass on – with clocks, cards and news, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions import assignments, clocks, telling
from bot.actions.assignments import Holder
from bot.actions.cases import Actor, Moved, fresh, move
from bot.actions.handing import Desk, grey, hand_card, tell_desk
from bot.errors import Refused
from bot.rules.redaction import title

#           weight     clock that is promised, clock the law sets (codes of the office's limits)
CLOCKS = {
    "simple": ("simple-reply", ""),
    "hard": ("hard-reply", ""),
    "formal": ("formal-reply", "formal-reply"),
    "wide": ("wide-reply", "wide-reply"),
}
LIGHT, LAWFUL = ("simple", "hard"), ("formal", "wide")


async def admit(desk: Desk, case: Any, actor: Actor, *, weight: str = "simple") -> Any:
    """Admit a case and return its fresh row; whoever it is assigned to is told of with the assignment."""
    if weight not in CLOCKS:
        raise Refused("unknown_weight", number=case.number)
    await move(desk.db, case, actor, "admit", desk.now, weight=weight)
    await clocks.meet(desk.db, case.id, "triage", desk.now)
    await grey(desk, case, f"new:{case.number}:c", "admitted")
    return await fresh(desk.db, case.id)


async def assign(
    desk: Desk,
    case: Any,
    actor: Actor,
    *,
    to: int | None = None,
    lead: int | None = None,
    assisting: Sequence[int] = (),
    reason: str = "",
) -> list[Holder]:
    """Assign a case (admitting it first), start its clocks, hand out cards, tell its people; raises Refused."""
    if case.state == "received":
        case = await admit(desk, case, actor, weight=case.weight)
    again = case.state != "admitted" or await assignments.assigned_before(desk.db, case.id)
    before = await assignments.holders(desk.db, case.id)
    moved, handed = await assignments.assign(
        desk.db, case, actor, desk.now, to=to, lead=lead, assisting=assisting, reason=reason
    )
    for holder in before:
        await clocks.drop(desk.db, case.id, assignment_id=holder.assignment_id)
        await grey(desk, case, f"assign:{holder.assignment_id}:", "moved")
    await _start_clocks(desk, case, handed)
    for holder in handed:
        await hand_card(desk, case, holder)
    if not again:  # whom it went to before is the desk's business; the number and the clock stay
        names = "、".join(holder.name for holder in handed)
        due = await clocks.due_day(desk.db, case.id, "promised")
        await telling.tell(
            desk.db,
            case,
            moved.event_id,
            lambda each: desk.texts("told.assign", number=each.number, subject=each.subject, names=names, due=due),
            desk.now,
            but=actor.person_id,
        )
    return handed


async def accept(desk: Desk, case: Any, actor: Actor) -> Moved:
    """Sign for a case; the clock of signing stops."""
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    moved = await assignments.accept(desk.db, case, actor, desk.now)
    await clocks.meet(desk.db, case.id, "accept", desk.now, assignment_id=mine.id)
    await grey(desk, case, f"assign:{mine.id}:", "accepted")
    return moved


async def give_back(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Return a case with a reason and tell the desk; after two returns by units the office."""
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    if (
        mine is not None
        and mine.unit_id is not None
        and await clocks.passed(desk.db, case.id, "return", mine.id, desk.now)
    ):
        raise Refused("too_late_to_return", number=case.number)
    moved = await assignments.give_back(desk.db, case, actor, reason, desk.now)
    await clocks.drop(desk.db, case.id, assignment_id=mine.id)
    await grey(desk, case, f"assign:{mine.id}:", "returned")
    words = desk.texts("push.returned", number=case.number, subject=title(case), reason=reason)
    office = mine.unit_id is not None and await assignments.office_decides(desk.db, case.id)
    await tell_desk(desk, case, f"returned:{moved.event_id}", words, office=office)
    return moved


async def transfer(desk: Desk, case: Any, actor: Actor, to: int, reason: str = "") -> Holder:
    """Pass a case to another representative, with a card and a clock of signing of their own."""
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    _, holder = await assignments.transfer(desk.db, case, actor, to, reason, desk.now)
    await clocks.drop(desk.db, case.id, assignment_id=mine.id)
    await grey(desk, case, f"assign:{mine.id}:", "transferred")
    await clocks.start(desk.db, case, "accept", "accept", desk.now, assignment_id=holder.assignment_id)
    await hand_card(desk, case, holder)
    return holder


async def _start_clocks(desk: Desk, case: Any, handed: list[Holder]) -> None:
    """Start each holder's clock of signing; the case's own two clocks start once and stay (domain.md §3)."""
    promised, statutory = CLOCKS[case.weight]
    await clocks.start(desk.db, case, "promised", promised, desk.now)
    if statutory:
        await clocks.start(desk.db, case, "statutory", statutory, desk.now)
    for holder in handed:
        await clocks.start(desk.db, case, "accept", "accept", desk.now, assignment_id=holder.assignment_id)
        if holder.role != assignments.REPRESENTATIVE:
            await clocks.start(desk.db, case, "return", "unit-return", desk.now, assignment_id=holder.assignment_id)
        if holder.role == assignments.ASSISTING:
            await clocks.start(
                desk.db, case, "opinion", "assisting-opinion", desk.now, assignment_id=holder.assignment_id
            )
