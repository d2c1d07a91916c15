"""Whole deeds on a case: the step, its clocks, the cards it hands out and the people it tells – in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.actions import assignments, cards, clocks, joining, publishing, ratings, replies, supplements, telling
from bot.actions.assignments import Holder
from bot.actions.cases import SERVICE, Actor, Moved, fresh, living, move, record, role_for
from bot.actions.handing import Desk, hand_card, push, tell_desk
from bot.errors import Refused
from bot.message import Card, Text
from bot.outbox.queue import owe, way_to
from bot.rules.lifecycle import MOVES, Role, State
from bot.rules.privacy import mask
from bot.rules.redaction import redact, shown, title
from bot.store.db import Db
from bot.store.tables import clerk, event, outgoing, person, suggestion
from bot.store.tables import telling as tellings
from config.texts import Texts

# Why a suggestion is not admitted and which door is the right one; the words stand in texts `decline.{code}`.
DECLINES = ("litigation", "arbitration", "petition", "personal", "no_content", "hotline", "emergency", "elsewhere")
#           weight     clock that is promised, clock the law sets (codes of the office's limits)
CLOCKS = {
    "simple": ("simple-reply", ""),
    "hard": ("hard-reply", ""),
    "formal": ("formal-reply", "formal-reply"),
    "wide": ("wide-reply", "wide-reply"),
}
ANSWERED = ("replied", "told", "rated")
LIGHT, LAWFUL = ("simple", "hard"), ("formal", "wide")
MOST_QUOTED = 200  # characters of a voter's later words in a push


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
            await _apart(desk, linked, await joining.let_go(desk.db, linked, actor, case.number, desk.now))
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


async def _let_rest(desk: Desk, case: Any, moved: Moved, actor: Actor) -> None:
    """Stop the clocks of a declined case, and tell whoever had heard of it that it is over."""
    await clocks.meet(desk.db, case.id, "triage", desk.now)
    await clocks.drop(desk.db, case.id)
    for each in {who for holder in await assignments.holders(desk.db, case.id) for who in holder.people}:
        if each != actor.person_id:  # whoever heard of it as a new matter
            said = desk.texts("push.declined", number=case.number, subject=title(case))
            await push(desk, f"declined:{moved.event_id}:{each}", each, Text(said), case.id)
    await assignments.let_go(desk.db, case.id, desk.now)
    await _grey(desk, case, f"new:{case.number}:c", "declined")


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
    await _grey(desk, case, f"new:{case.number}:c", "withdrawn")
    for holder in held:
        await _grey(desk, case, f"assign:{holder.assignment_id}:", "withdrawn")
    for linked in await joining.linked_to(desk.db, case.id):
        if State(linked.state) not in MOVES["unmerge"].before:
            continue  # closed with an earlier answer
        await _apart(desk, linked, await joining.let_go(desk.db, linked, voter, case.number, desk.now))
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


async def admit(desk: Desk, case: Any, actor: Actor, *, weight: str = "simple") -> Any:
    """Admit a case and return its fresh row; whoever it is assigned to is told of with the assignment."""
    if weight not in CLOCKS:
        raise Refused("unknown_weight", number=case.number)
    await move(desk.db, case, actor, "admit", desk.now, weight=weight)
    await clocks.meet(desk.db, case.id, "triage", desk.now)
    await _grey(desk, case, f"new:{case.number}:c", "admitted")
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
        await _grey(desk, case, f"assign:{holder.assignment_id}:", "moved")
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
    await _grey(desk, case, f"assign:{mine.id}:", "accepted")
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
    await _grey(desk, case, f"assign:{mine.id}:", "returned")
    words = desk.texts("push.returned", number=case.number, subject=title(case), reason=reason)
    office = mine.unit_id is not None and await assignments.office_decides(desk.db, case.id)
    await tell_desk(desk, case, f"returned:{moved.event_id}", words, office=office)
    return moved


async def transfer(desk: Desk, case: Any, actor: Actor, to: int, reason: str = "") -> Holder:
    """Pass a case to another representative, with a card and a clock of signing of their own."""
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    _, holder = await assignments.transfer(desk.db, case, actor, to, reason, desk.now)
    await clocks.drop(desk.db, case.id, assignment_id=mine.id)
    await _grey(desk, case, f"assign:{mine.id}:", "transferred")
    await clocks.start(desk.db, case, "accept", "accept", desk.now, assignment_id=holder.assignment_id)
    await hand_card(desk, case, holder)
    return holder


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
        await accept(desk, case, actor)
        case = await fresh(desk.db, case.id)
    mine = await assignments.held_by(desk.db, case.id, actor.person_id)
    tracked = await clocks.tracked_on(desk.db, desk.now) if grade in "BC" else None
    moved = await replies.answer(desk.db, case, actor, text, desk.now, grade=grade, lacks=lacks, track_on=tracked)
    if mine is not None:
        await clocks.drop(desk.db, case.id, assignment_id=mine.id)
        await _grey(desk, case, f"assign:{mine.id}:", "replied")
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


async def _catch_up(desk: Desk, suggestion_id: int) -> None:
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
            await _grey(desk, each, f"assign:{holder.assignment_id}:", "closed")
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
    await _catch_up(desk, (await living(desk.db, into)).id)
    return moved


async def join(desk: Desk, case: Any, person_id: int, identity_id: int | None, text: str) -> Moved:
    """Note that somebody else has the same trouble; if it is answered already they hear how; raises Refused."""
    case = await living(desk.db, case)
    moved = await joining.join(desk.db, case, person_id, identity_id, text, desk.now)
    await _catch_up(desk, case.id)
    return moved


async def unmerge(desk: Desk, case: Any, actor: Actor, reason: str) -> Moved:
    """Take a link back and tell the case's people."""
    moved = await joining.take_apart(desk.db, case, actor, reason, desk.now)
    await _apart(desk, case, moved, but=actor.person_id)
    return moved


async def _apart(desk: Desk, case: Any, moved: Moved, *, but: int | None = None) -> None:
    """Tell a case's people that it is handled by itself from now on."""
    await telling.tell(
        desk.db,
        await fresh(desk.db, case.id),
        moved.event_id,
        lambda each: desk.texts("told.unmerge", number=each.number, subject=each.subject),
        desk.now,
        but=but,
    )


async def rate_as_proposer(desk: Desk, case: Any, person_id: int, value: str, reason: str = "") -> Moved:
    """Take the rating of whoever asked for a case, also of one that is handled together with another."""
    return await rate(desk, await living(desk.db, case), Actor(person_id, frozenset({Role.VOTER})), value, reason)


async def add(desk: Desk, case: Any, given: Sequence[Mapping[str, Any]], person_id: int, key: str) -> int:
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


async def _grey(desk: Desk, case: Any, prefix: str, word: str) -> None:
    """Let the cards of a deed say that it is done."""
    await cards.settle(desk.db, case.id, prefix, desk.texts(f"card.{word}"), desk.now, desk.press)


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
