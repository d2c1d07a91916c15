"""Show a case to whoever was handed it by a link, and do the one deed they ask for there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from bot.actions import answering, assignments, casework, clocks, ratings, replies
from bot.actions.assignments import ASSISTING, HELD, REPRESENTATIVE
from bot.actions.cases import Actor, actor_on, fresh
from bot.actions.clocks import Explained
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.assigning import Suggested
from bot.rules.lifecycle import Role, State
from bot.rules.links import Link
from bot.rules.permissions import Sight, open_moves, sight
from bot.store.db import Db
from bot.store.tables import (
    assignment,
    event,
    group,
    media,
    person,
    rating,
    representative,
    suggestion,
    supplement,
    unit_member,
)
from config.texts import Texts

DEEDS = ("accept", "reply", "visit", "meet", "return", "transfer")
# Why nothing can be done by a link any more: what became of the assignment, of the case, of the person's seat.
OVER = ("returned", "transferred", "replied", "dropped", "ended", "left")
COLLEAGUES = 8  # representatives to choose from
MOST_SIGNS = 600  # of one text: the answer must fit into one message to the voter

# What the story of a case tells, and of which steps it gives the reason: the others' are codes of ours.
STORY = (
    "submit", "admit", "decline", "reconsider", "assign", "accept", "return", "transfer", "handle", "visit", "meet",
    "opinion", "reply", "tell", "rate", "rehandle", "close", "withdraw", "pause", "resume", "extend", "urge",
    "supervise", "merge", "unmerge", "seal", "supplement",
)  # fmt: skip
REASONS = frozenset({"return", "transfer", "handle", "visit", "pause", "extend", "rehandle", "reconsider", "unmerge"})
NAMED = frozenset({Role.REPRESENTATIVE, Role.UNIT, Role.CLERK, Role.OFFICE})  # the others are people's own affair
PICTURES = ("image", "video")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case as its story tells it."""

    seq: int
    at: datetime
    move: str
    role: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class View:
    """What the holder of a link sees of a case, and what they may do now."""

    case: Any
    role: str  # of the assignment
    over: str  # one of OVER, or merged; empty while something can be done
    into: str  # the number it was merged into
    seen: Sight
    writer: str
    area: str
    more: tuple[str, ...]  # what the voter added in words
    pictures: int
    due: tuple[Explained, ...]
    story: tuple[Step, ...]
    answers: tuple[Any, ...]
    deeds: tuple[str, ...]
    colleagues: tuple[Suggested, ...]
    last: int  # the line of history of their own last step, 0 if they made none
    did: Step | None


@dataclass(frozen=True, slots=True)
class _Standing:
    """How the holder of a link stands to the case."""

    handed: Any  # the assignment the link is for
    case: Any
    roles: frozenset[Role]
    deeds: tuple[str, ...]
    last: Any  # their own last event


async def look(db: Db, link: Link, texts: Texts) -> View:
    """Return what the link shows; changes nothing, for platforms open links before people do. Raises Refused."""
    my = await _standing(db, link)
    case = my.case
    seen = sight(my.roles, confidential=case.confidential)
    people = await db.one(
        select(person.c.name, group.c.name.label("area"))
        .select_from(person)
        .outerjoin(group, group.c.id == case.group_id)
        .where(person.c.id == case.voter_id)
    )
    added = await db.all(select(supplement.c.kind, supplement.c.text).where(supplement.c.suggestion_id == case.id))
    story = await _story(db, case.id) if seen.history else ()
    return View(
        case=case,
        role=my.handed.role,
        over=_over(my),
        into=(await fresh(db, case.merged_into_id)).number if case.merged_into_id is not None else "",
        seen=seen,
        writer=people.name if seen.writer else "",
        area=people.area or "",
        more=tuple(row.text for row in added if row.text and row.kind in ("text", "voice")) if seen.words else (),
        pictures=sum(row.kind in PICTURES for row in added) if seen.words else 0,
        due=tuple(await clocks.explained(db, case.id, texts, assignment_id=my.handed.id)) if seen.history else (),
        story=story,
        answers=tuple(await replies.replies_of(db, case.id)) if seen.history else (),
        deeds=my.deeds,
        colleagues=await _colleagues(db, case, link) if "transfer" in my.deeds else (),
        last=my.last.seq if my.last else 0,
        did=next(
            (step for step in reversed(story) if my.last and step.at == my.last.at and step.move == my.last.move), None
        ),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows of a visit: a picture kept under its hash, and where they stood."""

    sha256: str = ""
    content_type: str = ""
    size: int = 0
    place: tuple[float, float] | None = None  # latitude, longitude


async def act(desk: Desk, link: Link, deed: str, form: Mapping[str, str], shown: Shown | None = None) -> None:
    """Do one deed in the name of the link's person; raises Refused.

    The form names their last step as the page showed it: if they have made another since, this is the same form sent
    twice.
    """
    my = await _standing(desk.db, link)
    number = my.case.number
    if form.get("last") != str(my.last.seq if my.last else 0):
        raise Refused("link_done_already", number=number)
    if deed not in my.deeds:
        raise Refused("link_over", number=number)
    if any(len(words) > MOST_SIGNS for words in form.values()):
        raise Refused("link_too_long", number=number, most=MOST_SIGNS)
    await _do(desk, my.case, Actor(link.person_id, my.roles), link, deed, form, shown or Shown())


async def _do(
    desk: Desk, case: Any, actor: Actor, link: Link, deed: str, form: Mapping[str, str], shown: Shown
) -> None:
    match deed:
        case "accept":
            await casework.accept(desk, case, actor)
        case "reply":
            _need(case, form.get("text"))
            lacks = form.get("lacks", "") if form.get("grade") == "C" else ""
            await answering.answer(desk, case, actor, form.get("text", ""), grade=form.get("grade", ""), lacks=lacks)
        case "visit":
            _need(case, form.get("text"))
            file = await _keep_picture(desk, shown) if shown.sha256 else None
            await replies.go_and_look(desk.db, case, actor, form["text"], desk.now, place=shown.place, media_id=file)
        case "meet":
            stage, mode = form.get("stage", ""), form.get("mode", "")
            await replies.meet(desk.db, case, actor, stage, mode, form.get("text", ""), desk.now)
        case "return":
            await casework.give_back(desk, case, actor, form.get("reason", ""))
        case "transfer":
            known = {str(each.person_id): each.person_id for each in await _colleagues(desk.db, case, link)}
            if form.get("to") not in known:
                raise Refused("link_nobody_chosen", number=case.number)
            await casework.transfer(desk, case, actor, known[form["to"]], form.get("reason", ""))


async def _keep_picture(desk: Desk, shown: Shown) -> int:
    facts: dict[str, Any] = {"channel": "page", "account": "", "kind": "image", "state": "kept", "sha256": shown.sha256}
    facts |= {"content_type": shown.content_type, "size": shown.size, "created_at": desk.now}
    return await desk.db.add(insert(media), facts)


def _need(case: Any, words: str | None) -> None:
    if not words:
        raise Refused("link_no_words", number=case.number)


async def _standing(db: Db, link: Link) -> _Standing:
    handed = await db.one(select(assignment).where(assignment.c.id == link.assignment_id))
    if handed is None:
        raise Refused("link_broken")
    case = await db.one(select(suggestion).where(suggestion.c.id == handed.suggestion_id))
    # A link is for one thing: whatever else its person may be to this case – its voter, its clerk – is left outside.
    mine = {Role.REPRESENTATIVE, Role.UNIT} if await _serves(db, handed, link.person_id) else set()
    roles = frozenset(mine & (await actor_on(db, case, link.person_id)).roles)
    last = await db.one(
        select(event)
        .where(event.c.suggestion_id == case.id, event.c.actor_id == link.person_id)
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    deeds = await _deeds(db, case, handed, roles, link)
    return _Standing(handed, case, roles, deeds, last)


async def _serves(db: Db, handed: Any, person_id: int) -> bool:
    """Whether the person is still the representative, or of the unit, that was handed the case."""
    if handed.unit_id is None:
        seat = select(representative.c.id).where(representative.c.person_id == person_id)
        return handed.person_id == person_id and await db.one(seat) is not None
    inside = unit_member.c.unit_id == handed.unit_id
    return await db.one(select(unit_member.c.id).where(inside, unit_member.c.person_id == person_id)) is not None


async def _deeds(db: Db, case: Any, handed: Any, roles: frozenset[Role], link: Link) -> tuple[str, ...]:
    """Return what can be done by this link now, in the order of the page."""
    held = await assignments.held_by(db, case.id, link.person_id) if roles else None
    if held is None or held.id != handed.id or case.merged_into_id is not None:
        return ()
    moves = open_moves(State(case.state), roles)
    opinion = handed.role == ASSISTING and "opinion" in moves
    answers = opinion or "reply" in moves or "accept" in moves
    may = {
        "accept": answers and handed.state == "assigned",
        "reply": answers,
        "visit": "visit" in moves,
        "meet": "meet" in moves,
        "return": opinion or "return" in moves,
        "transfer": handed.role == REPRESENTATIVE and "transfer" in moves,
    }
    return tuple(deed for deed in DEEDS if may[deed])


def _over(my: _Standing) -> str:
    if my.case.merged_into_id is not None:
        return "merged"
    if my.handed.state not in HELD:
        return str(my.handed.state)
    return "" if my.deeds else "ended" if my.roles else "left"


async def _colleagues(db: Db, case: Any, link: Link) -> tuple[Suggested, ...]:
    found = await assignments.suggestions_for(db, case, COLLEAGUES + 1)
    return tuple(each for each in found if each.person_id != link.person_id)[:COLLEAGUES]


async def _story(db: Db, suggestion_id: int) -> tuple[Step, ...]:
    rows = await db.all(
        select(
            event,
            func.coalesce(person.c.name, "").label("name"),
            func.coalesce(func.nullif(rating.c.reason, ""), event.c.reason).label("said"),
        )
        .outerjoin(person, person.c.id == event.c.actor_id)
        .outerjoin(rating, ratings.GIVEN_WITH)
        .where(event.c.suggestion_id == suggestion_id, event.c.move.in_(STORY))
        .order_by(event.c.seq)
    )
    return tuple(_step(row) for row in rows)


def _step(row: Any) -> Step:
    """Return a line of history as the story tells it; a voter stays without a name here."""
    name = row.name if row.role in NAMED else ""
    return Step(row.seq, row.at, row.move, row.role, name, row.said if row.move in REASONS else "")
