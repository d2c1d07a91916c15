"""Show a case to whoever sits at a desk: all they may see of it, and every deed they may do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from bot.actions import asking_time, assignments, clocks, joining, publishing, replies, staff, supplements, telling
from bot.actions.assignments import Holder
from bot.actions.cases import actor_on
from bot.actions.clocks import Explained
from bot.actions.members import Member
from bot.actions.publishing import Draft
from bot.errors import Refused
from bot.rules.assigning import Suggested
from bot.rules.lifecycle import Role, State
from bot.rules.permissions import Sight, open_moves, sight
from bot.store import reads_cases
from bot.store.db import Db
from bot.store.tables import phone_look
from config.texts import Texts

CANDIDATES = 8
#     deed         the move it makes; what is no move of the case has none
DEEDS = {
    "admit": "admit", "decline": "decline", "assign": "assign", "accept": "accept", "return": "return",
    "reply": "reply", "opinion": "opinion", "meet": "meet",
    "ask_time": "ask_time", "urge": "urge", "close": "close", "excuse": "untold",
    "pause": "pause", "resume": "resume", "extend": "extend", "reweigh": "reweigh",
    "categorise": "categorise", "supervise": "supervise",
    "release": "release", "merge": "merge", "unmerge": "unmerge", "recall": "recall", "unadmit": "unadmit",
    "reconsider": "reconsider", "publish": "publish", "unpublish": "unpublish", "seal": "seal", "unseal": "unseal",
    "add": "supplement",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What somebody at a desk sees of a case, and what they may do now."""

    case: Any
    around: Any  # station, group, category, writer (reads_cases.surroundings)
    seen: Sight
    added: Sequence[Any]
    joined: int
    joiners: Sequence[Any]  # with their sealed phones, for a desk
    looks: Sequence[Any]  # who looked at these
    story: Sequence[Any]
    due: Sequence[Explained]
    answers: Sequence[Any]
    told: Sequence[Any]
    pushed: Sequence[Any]
    holders: Sequence[Holder]
    alike: Sequence[Any]
    linked: Sequence[Any]
    deeds: tuple[str, ...]
    candidates: Sequence[Suggested]
    draft: Draft | None  # what would be public
    visits: Sequence[Any]
    asked_time: Any  # what a unit asked for and nobody has answered yet

    @property
    def version(self) -> str:
        """Return what a form names: the case's version, and the last line of its history."""
        return f"{self.case.version}.{self.story[-1].seq if self.story else 0}"


async def look(db: Db, who: Member, number: str, texts: Texts, now: datetime) -> View | None:
    """Return what somebody sees of the case of that number, None if it is not theirs to see."""
    case = await reads_cases.find(db, who.scope, number)
    if case is None:
        return None
    roles = await roles_on(db, case, who)
    seen = sight(roles, confidential=case.confidential)
    at_desk = bool(roles & {Role.CLERK, Role.OFFICE})
    held = await assignments.holders(db, case.id)
    deeds = await _deeds(db, case, roles, who.person_id, held)
    return View(
        case=case,
        around=await reads_cases.surroundings(db, case),
        seen=seen,
        added=await supplements.of_case(db, case.id) if seen.words else (),
        joined=await reads_cases.joined(db, case.id),
        joiners=await reads_cases.joiners(db, case.id) if seen.phone else (),
        looks=await reads_cases.looks_at_phones(db, case.id) if seen.phone else (),
        story=await staff.story(db, case.id) if seen.history else (),
        due=await clocks.explained(db, case.id, texts) if seen.history else (),
        answers=await replies.replies_of(db, case.id) if seen.history else (),
        told=await reads_cases.tellings_of(db, case.id) if seen.history else (),
        pushed=await reads_cases.pushes_of(db, case.id) if at_desk else (),
        holders=held,
        alike=await joining.alike(db, case, now) if "merge" in deeds else (),
        linked=await joining.linked_to(db, case.id),
        deeds=deeds,
        candidates=await assignments.suggestions_for(db, case, CANDIDATES) if "assign" in deeds else (),
        draft=await publishing.draft(db, case) if "publish" in deeds else None,
        visits=await reads_cases.visits_of(db, case.id) if seen.history else (),
        asked_time=await asking_time.waiting(db, case.id) if "extend" in deeds else None,
    )


async def look_at_phone(db: Db, who: Member, number: str, joiner_id: int, now: datetime) -> Any:
    """Note that somebody looks at a joiner's whole phone number and return the joiner's row; raises Refused."""
    case = await reads_cases.find(db, who.scope, number)
    if case is None or not sight(await roles_on(db, case, who), confidential=case.confidential).phone:
        raise Refused("no_phone_here")
    row = next((each for each in await reads_cases.joiners(db, case.id) if each.id == joiner_id), None)
    if row is None or row.phone_sealed is None:
        raise Refused("no_phone_here")
    look_ = {"suggestion_id": case.id, "person_id": row.person_id, "by_id": who.person_id, "at": now}
    await db.run(insert(phone_look).values(**look_))
    return row


async def deeds_on(db: Db, who: Member, case: Any) -> tuple[str, ...]:
    """Return what somebody may do on a case now."""
    roles = await roles_on(db, case, who)
    return await _deeds(db, case, roles, who.person_id, await assignments.holders(db, case.id))


async def roles_on(db: Db, case: Any, who: Member) -> frozenset[Role]:
    """Return what somebody is to a case at their desk; that it may be their own, they hear in their chat."""
    roles = (await actor_on(db, case, who.person_id)).roles - {Role.VOTER, Role.JOINER}
    return roles if roles or case.station_id not in who.sees else frozenset({Role.AUDITOR})


async def _deeds(db: Db, case: Any, roles: frozenset[Role], person_id: int, held: Sequence[Holder]) -> tuple[str, ...]:
    """Return what somebody may do now, in the order of the table."""
    if case.merged_into_id is not None:
        return ("unmerge",) if "unmerge" in open_moves(State(case.state), roles) else ()
    moves = set(open_moves(State(case.state), roles))
    mine = await assignments.held_by(db, case.id, person_id)
    assisting = mine is not None and mine.role == assignments.ASSISTING
    desk = bool(roles & {Role.CLERK, Role.OFFICE})
    paused = case.state in ("accepted", "handling", "rehandling") and await clocks.standing_still(db, case.id)
    gone = {
        "assign": False,
        "accept": mine is None or mine.state != "assigned",
        "return": mine is None,
        "reply": assisting,
        "opinion": not assisting,
        "ask_time": assisting or await asking_time.waits(db, case.id),
        "urge": not held,
        "pause": paused,
        "resume": not paused,
        "supervise": case.supervised_at is not None,
        "release": case.supervised_at is None,
        "unmerge": True,
        "unadmit": case.state == "admitted" and await assignments.assigned_before(db, case.id),
        "publish": case.confidential or case.published_at is not None,
        "unpublish": case.published_at is None,
        "seal": case.confidential,
        "unseal": not case.confidential,
        "excuse": not desk or not await _to_be_told(db, case),
    }
    if "admit" in moves:
        moves.add("assign")  # who assigns a new case admits it
    return tuple(deed for deed, move in DEEDS.items() if move in moves and not gone.get(deed, False))


async def _to_be_told(db: Db, case: Any) -> bool:
    """Whether a desk may have somebody to call: of an answer, or of what a receipt said was told in vain."""
    return case.state == "replied" or (case.state in ("declined", "told") and bool(await telling.untold(db, case.id)))
