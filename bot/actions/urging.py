"""Climb the ladder when a clock runs out: the holder, then the clerk, then the office – each step said once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from bot.actions import assignments, clocks
from bot.actions.cases import SERVICE, fresh, move, officers_of
from bot.actions.handing import Desk
from bot.clock import local_date
from bot.message import Text
from bot.outbox.queue import owe, owe_errand, way_to
from bot.rules.ladder import Rung
from bot.rules.redaction import title
from bot.store.db import Db
from bot.store.tables import clerk, deadline, outgoing, reply, suggestion

NEW = timedelta(days=1)  # [A] whoever waited longer is not asked any more whether it is the same
EVER = timedelta(days=3650)
OVER = ("closed", "withdrawn", "declined")


_UNTRIAGED = (
    select(suggestion)
    .outerjoin(deadline, (deadline.c.suggestion_id == suggestion.c.id) & (deadline.c.kind == "triage"))
    .where(suggestion.c.state == "received", deadline.c.id.is_(None), suggestion.c.created_at > bindparam("since"))
    .limit(500)
)


async def new_cases(db: Db, now: datetime) -> bool:
    """Whether cases wait to be taken up."""
    return await db.one(_UNTRIAGED.limit(1), {"since": now - NEW}) is not None


async def take_up(db: Db, now: datetime, within: timedelta = NEW) -> int:
    """Start the clock of triage for every case of that time that has none, from the day the case came.

    What looks like a new case is searched for in an errand, beside the hot path; the voter is asked by a push.
    """
    rows = await db.all(_UNTRIAGED, {"since": now - within})
    for case in rows:
        await clocks.start(db, case, "triage", "triage", case.created_at)
        if case.created_at > now - NEW:
            await owe_errand(db, key=f"alike:{case.number}", errand="alike", facts={"case": case.id}, now=now)
    return len(rows)


async def climb(desk: Desk) -> int:
    """Owe every step of the ladder that is due and not said yet; returns how many people are told."""
    told = 0
    for case, row, rung in await clocks.rungs(desk.db, desk.now):
        # What is handled with another has no clock of its own; taken apart again, it goes on where it stood.
        if case.state in OVER or rung.to == "voter" or case.merged_into_id is not None:
            continue
        key = f"clock:{row.id}:{rung.key}"
        known = await desk.db.one(select(outgoing.c.id).where(outgoing.c.key.like(f"{key}:%")).limit(1))
        if known is not None:
            continue
        people = await _people(desk.db, case, row, rung)
        told += await _say(desk, case, row, rung, key, people)
        await _mark(desk, case, rung)
    return told


async def track(desk: Desk) -> int:
    """Remind the desk of every B or C reply whose day has come, once; returns how many."""
    rows = await desk.db.all(
        select(reply).where(reply.c.track_on.is_not(None), reply.c.track_on <= local_date(desk.now).isoformat())
    )
    told = 0
    for row in rows:
        case = await fresh(desk.db, row.suggestion_id)
        words = desk.texts("push.track", number=case.number, subject=title(case), text=row.text)
        for person_id in await _clerks(desk.db, case):
            told += await _push(desk, f"track:{row.id}:{person_id}", person_id, words, case.id)
    return told


async def urge(desk: Desk, case: Any, actor_id: int) -> int:
    """Remind whoever holds a case, on a clerk's word; at most once a day; returns how many people are told."""
    day = local_date(desk.now).isoformat()
    words = desk.texts("push.urged", number=case.number, subject=title(case))
    told = 0
    for holder in await assignments.holders(desk.db, case.id):
        for person_id in holder.people:
            if person_id != actor_id:
                told += await _push(desk, f"urged:{case.id}:{day}:{person_id}", person_id, words, case.id)
    return told


async def _people(db: Db, case: Any, row: Any, rung: Rung) -> list[int]:
    """Return who hears a step; whoever is not there passes it up, so that no step is said to nobody."""
    if rung.to == "office":
        return await officers_of(db, case.station_id) or await _clerks(db, case)
    if rung.to == "clerk" or row.kind == "triage":
        return await _clerks(db, case) or await officers_of(db, case.station_id)
    held = await assignments.holders(db, case.id)
    mine = [holder for holder in held if row.assignment_id in (None, holder.assignment_id)]
    people = [person_id for holder in mine for person_id in holder.people]
    return people or await _clerks(db, case)


async def _say(desk: Desk, case: Any, row: Any, rung: Rung, key: str, people: list[int]) -> int:
    due = date.fromisoformat(row.due_on)
    words = desk.texts(
        f"ladder.{rung.step.replace('-', '_')}",
        number=case.number,
        subject=title(case),
        clock=desk.texts(f"clock.{row.kind}"),
        due=f"{due.month}月{due.day}日",
    )
    return sum([await _push(desk, f"{key}:{person_id}", person_id, words, case.id) for person_id in people])


async def _mark(desk: Desk, case: Any, rung: Rung) -> None:
    """Write the step into the history; at the office's step the case is escalated and supervised."""
    case = await fresh(desk.db, case.id)
    if rung.to == "office":
        if case.escalated_to != "office":
            await move(desk.db, case, SERVICE, "escalate", desk.now, reason=rung.step, escalated_to="office")
            case = await fresh(desk.db, case.id)
        if case.supervised_at is None:
            await move(desk.db, case, SERVICE, "supervise", desk.now, reason="overdue", supervised_at=desk.now)
    elif rung.to == "clerk" and not case.escalated_to:
        await move(desk.db, case, SERVICE, "escalate", desk.now, reason=rung.step, escalated_to="clerk")
    else:
        await move(desk.db, case, SERVICE, "urge", desk.now, reason=rung.step)


async def _clerks(db: Db, case: Any) -> list[int]:
    rows = await db.all(select(clerk.c.person_id).where(clerk.c.station_id == case.station_id).order_by(clerk.c.id))
    return [row.person_id for row in rows]


async def _push(desk: Desk, key: str, person_id: int, words: str, suggestion_id: int) -> int:
    way = await way_to(desk.db, person_id)
    content = Text(words)
    return await owe(
        desk.db, key=key, way=way, content=content, now=desk.now, person_id=person_id, suggestion_id=suggestion_id
    )
