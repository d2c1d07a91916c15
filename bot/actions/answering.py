"""Reply to a case, tell everybody concerned, and hear how they rate it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.actions import assignments, casework, clocks, publishing, ratings, replies, telling
from bot.actions.cases import Actor, Moved, fresh, living
from bot.actions.handing import Desk, grey, hand_card, tell_desk
from bot.errors import Refused
from bot.rules.lifecycle import Role
from bot.rules.privacy import mask
from bot.rules.redaction import redact, title
from bot.store.db import Db
from bot.store.tables import event, person
from config.texts import Texts

ANSWERED = ("replied", "told", "rated")


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply that was given: the step, which meetings it lacks and which assisting units have not said anything."""

    moved: Moved
    missing: tuple[str, ...] = ()  # in words
    silent: tuple[str, ...] = ()  # names


async def answer(desk: Desk, case: Any, actor: Actor, text: str, *, grade: str = "A", lacks: str = "") -> Answered:
    """Reply to a case and tell everybody concerned, who is asked to rate it; raises Refused."""
    missing = await _meetings_missing(desk, case, actor)
    if case.state == "assigned":  # who answers has signed
        await casework.accept(desk, case, actor)
        case = await fresh(desk.db, case.id)
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    tracked = await clocks.tracked_on(desk.db, desk.now) if grade in "BC" else None
    moved = await replies.answer(desk.db, case, actor, text, desk.now, grade=grade, lacks=lacks, track_on=tracked)
    if mine is not None:
        await clocks.drop(desk.db, case.id, assignment_id=mine.id)
        await grey(desk, case, f"assign:{mine.id}:", "replied")
    if moved.state != "replied":  # an assisting unit's opinion
        await tell_desk(
            desk, case, f"opinion:{moved.event_id}", desk.texts("push.opinion", number=case.number, text=text)
        )
        return Answered(moved)
    for kind in ("promised", "statutory", "rehandle"):
        await clocks.meet(desk.db, case.id, kind, desk.now)
    others = await assignments.holders(desk.db, case.id)
    for other in others:  # what they had to do was for this reply
        await clocks.drop(desk.db, case.id, assignment_id=other.assignment_id)
    await _tell_reply(desk, case, moved.event_id, actor.person_id)
    silent = tuple(other.name for other in others if other.role == assignments.ASSISTING)
    return Answered(moved, missing, silent)


async def _tell_reply(desk: Desk, case: Any, event_id: int, by: int | None) -> None:
    """Tell everybody concerned what was replied; who asked for it is asked to rate it."""
    given = await replies.latest(desk.db, case.id)
    words = await reply_words(desk.db, desk.texts, case, given.text, given.grade, given.lacks)
    await telling.tell(desk.db, case, event_id, words, desk.now, but=by)


async def reply_words(db: Db, texts: Texts, case: Any, text: str, grade: str, lacks: str) -> telling.Words:
    """Return what turns a reply into the words that each of those concerned is told."""
    rest = texts("told.lacks", lacks=lacks) if lacks else ""
    for each in await replies.opinions(db, case):
        rest += "\n" + texts("told.opinion", unit=each.name, text=each.text)
    fit, kind = await _without_others(db, case), texts(f"class.{grade}")
    return lambda each: texts(
        "told.reply" if each.proposer else "told.reply_joiner",
        number=each.number, subject=each.subject, text=fit(each, text), grade=kind, rest=fit(each, rest),
    )  # fmt: skip


async def _without_others(db: Db, case: Any) -> Callable[[telling.Concerned, str], str]:
    """Return what takes the proposers who want to stay unknown out of words that somebody else is told."""
    unknown = {each.person_id for each in await telling.concerned(db, case) if each.proposer and each.confidential}
    rows = await db.all(select(person.c.id, person.c.name).where(person.c.id.in_(unknown)))
    names = {row.id: row.name for row in rows}

    def fit(each: telling.Concerned, words: str) -> str:
        others = unknown - {each.person_id}
        return redact(words, [names[who] for who in others]) if others else words

    return fit


async def catch_up(desk: Desk, suggestion_id: int) -> None:
    """Tell whoever came to a case after its reply what was replied; the others have heard it and hear nothing."""
    case = await fresh(desk.db, suggestion_id)
    if case.state not in ANSWERED:
        return
    last = await desk.db.one(
        select(event.c.id, event.c.actor_id)
        .where(event.c.suggestion_id == case.id, event.c.move == "reply")
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    await _tell_reply(desk, case, last.id, last.actor_id)


async def _meetings_missing(desk: Desk, case: Any, actor: Actor) -> tuple[str, ...]:
    """Return which meetings a reply would lack, in words; raises Refused where the office lets none out without."""
    gate = await clocks.limit(desk.db, "meetings-gate", replies.WARN)
    stages = await replies.missing_before_reply(desk.db, case, actor.person_id) if gate != replies.OFF else []
    missing = tuple(desk.texts(f"reason.{stage}") for stage in stages)
    if missing and gate == replies.BLOCK:
        raise Refused("meetings_missing", number=case.number, missing="、".join(missing))
    return missing


async def rate(desk: Desk, case: Any, actor: Actor, value: str, reason: str = "") -> Moved:
    """Take a rating; a bad one starts the case anew, with its own clock and cards to who held it."""
    moved = await ratings.rate(desk.db, case, actor, value, reason, desk.now)
    if moved.state != "rehandling":
        return moved
    await publishing.no_longer_true(desk, case.id, "rehandled")
    case = await fresh(desk.db, case.id)
    await clocks.start(desk.db, case, "rehandle", "rehandle", desk.now)
    for holder in await assignments.hand_again(desk.db, case, desk.now):
        await clocks.start(desk.db, case, "accept", "accept", desk.now, assignment_id=holder.assignment_id)
        await hand_card(desk, case, holder)
    words = desk.texts("push.rehandle", number=case.number, subject=title(case), reason=mask(reason))
    await tell_desk(desk, case, f"rehandle:{moved.event_id}", words)
    await telling.tell(
        desk.db,
        case,
        moved.event_id,
        lambda each: desk.texts("told.rehandle", number=each.number, subject=each.subject),
        desk.now,
        but=actor.person_id,
    )
    return moved


async def rate_as_proposer(desk: Desk, case: Any, person_id: int, value: str, reason: str = "") -> Moved:
    """Take the rating of whoever asked for a case, also of one that is handled together with another."""
    return await rate(desk, await living(desk.db, case), Actor(person_id, frozenset({Role.VOTER})), value, reason)
