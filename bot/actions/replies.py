"""Answer a case: meetings before and after, a class A to D, and everybody told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from bot.actions.assignments import ASSISTING, LEAD, held_by
from bot.actions.cases import Actor, Moved, move
from bot.errors import Refused
from bot.rules.lifecycle import Role
from bot.store.db import Db
from bot.store.tables import assignment, meeting, reply, unit, visit

CLASSES = ("A", "B", "C", "D")
STAGES = ("before", "during", "after")
MODES = ("phone", "in_person", "online")
OFF, WARN, BLOCK = 0, 1, 2  # the gate of the three meetings, an office's choice (limit `meetings-gate`)


async def meet(db: Db, case: Any, actor: Actor, stage: str, mode: str, note: str, now: datetime) -> Moved:
    """Note one of the three meetings; raises Refused. A missing one is told by `missing_meetings`."""
    if stage not in STAGES or mode not in MODES:
        raise Refused("unknown_meeting", number=case.number)
    moved = await move(db, case, actor, "meet", now, reason=f"{stage}/{mode}")
    values = {"suggestion_id": case.id, "stage": stage, "mode": mode, "round": case.round, "note": note,
              "by_id": actor.person_id, "at": now}  # fmt: skip
    await db.run(insert(meeting).values(**values))
    return moved


async def missing_meetings(db: Db, case: Any, stages: tuple[str, ...]) -> list[str]:
    """Return which of these meetings this round of the case has not had."""
    rows = await db.all(
        select(meeting.c.stage).where(meeting.c.suggestion_id == case.id, meeting.c.round == case.round)
    )
    had = {row.stage for row in rows}
    return [stage for stage in stages if stage not in had]


async def go_and_look(
    db: Db, case: Any, actor: Actor, text: str, now: datetime, *, place: tuple[float, float] | None = None,
    media_id: int | None = None,
) -> Moved:  # fmt: skip
    """Note that somebody went and looked; the case is then being handled."""
    moved = await move(db, case, actor, "handle" if case.state == "accepted" else "visit", now, reason=text)
    latitude, longitude = place or (None, None)
    values = {"suggestion_id": case.id, "person_id": actor.person_id, "text": text, "media_id": media_id,
              "latitude": latitude, "longitude": longitude, "at": now}  # fmt: skip
    await db.run(insert(visit).values(**values))
    return moved


async def describe_visit(db: Db, suggestion_id: int, person_id: int, text: str) -> bool:
    """Put words to a person's latest visit; False if it has some."""
    row = await _latest_visit(db, suggestion_id, person_id)
    if row is None or row.text:
        return False
    await db.run(update(visit).where(visit.c.id == row.id).values(text=text))
    return True


async def show_visit(
    db: Db, suggestion_id: int, person_id: int, media_id: int | None, place: tuple[float, float] | None
) -> bool:
    """Put a photo or a place to a person's latest visit; False if it has one already."""
    row = await _latest_visit(db, suggestion_id, person_id)
    if row is None:
        return False
    values: dict[str, Any] = {}
    if media_id is not None and row.media_id is None:
        values["media_id"] = media_id
    if place is not None and row.latitude is None:
        values |= {"latitude": place[0], "longitude": place[1]}
    if not values:
        return False
    await db.run(update(visit).where(visit.c.id == row.id).values(**values))
    return True


async def _latest_visit(db: Db, suggestion_id: int, person_id: int) -> Any:
    return await db.one(
        select(visit)
        .where(visit.c.suggestion_id == suggestion_id, visit.c.person_id == person_id)
        .order_by(visit.c.id.desc())
        .limit(1)
    )


async def answer(
    db: Db,
    case: Any,
    actor: Actor,
    text: str,
    now: datetime,
    *,
    grade: str = "A",
    lacks: str = "",
    track_on: date | None = None,
) -> Moved:
    """Reply to a case; raises Refused.

    C says what is lacking; B and C are looked at again on `track_on`. An assisting unit's opinion goes to the lead
    and does not answer the case.
    """
    if not text.strip():
        raise Refused("empty_reply", number=case.number)
    if grade not in CLASSES:
        raise Refused("unknown_class", number=case.number)
    if grade == "C" and not lacks.strip():
        raise Refused("says_not_what_lacks", number=case.number)
    mine = await held_by(db, case.id, actor.person_id)
    if mine is not None and mine.role == ASSISTING:
        return await _opinion(db, case, actor, mine, text, grade, now)
    moved = await move(db, case, actor, "reply", now)
    await _keep(db, case, actor, mine, text, grade, lacks, track_on, now)
    return moved


async def missing_before_reply(db: Db, case: Any, person_id: int | None) -> list[str]:
    """Return which meetings with the representative a lead unit's reply lacks; nobody else's needs any."""
    mine = await held_by(db, case.id, person_id)
    return await missing_meetings(db, case, ("before", "during")) if mine and mine.role == LEAD else []


async def latest(db: Db, suggestion_id: int) -> Any:
    """Return the reply a case was answered with last (no assisting unit's opinion)."""
    return await db.one(
        select(reply, reply.c["class"].label("grade"))
        .outerjoin(assignment, assignment.c.id == reply.c.assignment_id)
        .where(reply.c.suggestion_id == suggestion_id, or_(assignment.c.role.is_(None), assignment.c.role != ASSISTING))
        .order_by(reply.c.id.desc())
        .limit(1)
    )


async def opinions(db: Db, case: Any) -> list[Any]:
    """Return what the assisting units gave in this round (name, text), in order."""
    return await db.all(
        select(unit.c.name, reply.c.text)
        .join(assignment, assignment.c.id == reply.c.assignment_id)
        .join(unit, unit.c.id == assignment.c.unit_id)
        .where(reply.c.suggestion_id == case.id, reply.c.round == case.round, assignment.c.role == ASSISTING)
        .order_by(reply.c.id)
    )


async def replies_of(db: Db, suggestion_id: int) -> list[Any]:
    """Return every reply to a case in order; the lead's and each assisting unit's."""
    return await db.all(select(reply).where(reply.c.suggestion_id == suggestion_id).order_by(reply.c.id))


async def _opinion(db: Db, case: Any, actor: Actor, mine: Any, text: str, grade: str, now: datetime) -> Moved:
    moved = await move(db, case, Actor(actor.person_id, frozenset({Role.UNIT})), "opinion", now)
    await _keep(db, case, actor, mine, text, grade, "", None, now)
    return moved


async def _keep(
    db: Db, case: Any, actor: Actor, mine: Any, text: str, grade: str, lacks: str, track_on: date | None, now: datetime
) -> None:
    values = {
        "suggestion_id": case.id,
        "assignment_id": mine.id if mine else None,
        "unit_id": mine.unit_id if mine else None,
        "author_id": actor.person_id,
        "round": case.round,
        "class": grade,
        "lacks": lacks,
        "text": text,
        "track_on": track_on.isoformat() if track_on else None,
        "at": now,
    }
    await db.run(insert(reply).values(values))
    if mine is not None:
        await db.run(update(assignment).where(assignment.c.id == mine.id).values(state="replied", settled_at=now))
