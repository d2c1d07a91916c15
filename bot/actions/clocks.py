"""Keep the clocks of a case: start, meet, pause, extend, explain – and climb the ladder when one runs out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions.reception import working_days
from bot.clock import local_date
from bot.errors import Refused
from bot.rules import deadlines
from bot.rules.calendar import WorkingDays
from bot.rules.deadlines import Clock, Extension, Kind, Limits, Pause, Reweighed, Span, Unit
from bot.rules.ladder import Rung, ladder
from bot.rules.why import explain
from bot.store.db import Db
from bot.store.tables import deadline, limit_, suggestion
from config.texts import Texts

SPANS = tuple(Unit)
PROMISE_KINDS = ("promised", "statutory", "rehandle")


async def limits(db: Db) -> Limits:
    """Return every span the office set, by code."""
    rows = await db.all(select(limit_).where(limit_.c.unit.in_(SPANS)))
    return {
        row.code: Span(row.code, row.value, Unit(row.unit), row.source, date.fromisoformat(row.as_of)) for row in rows
    }


async def limit(db: Db, code: str, default: int) -> int:
    """Return one number of the office, or the default if it has none."""
    row = await db.one(select(limit_.c.value).where(limit_.c.code == code))
    return int(row.value) if row is not None else default


async def start(db: Db, case: Any, kind: str, span: str, now: datetime, *, assignment_id: int | None = None) -> None:
    """Start a clock by the office's span of that code; one that runs already (or was met) stays as it is."""
    spans = await limits(db)
    if span not in spans:
        raise LookupError(f"the office has no span {span}: limits.toml")
    await _begin(db, case, Clock(Kind(kind), local_date(now), spans[span]), assignment_id)


async def _begin(db: Db, case: Any, clock: Clock, assignment_id: int | None = None) -> None:
    due = deadlines.due_on(clock, await working_days(db))
    values = {
        "suggestion_id": case.id,
        "assignment_id": assignment_id,
        "kind": str(clock.kind),
        "round": case.round,
        "facts": to_json(clock),
        "due_on": due.on.isoformat() if due.on else None,
        "provisional": due.provisional,
        "key": f"{case.id}:{clock.kind}:{_round(case, clock.kind)}:{assignment_id or 0}",
    }
    await db.run(postgres_insert(deadline).values(**values).on_conflict_do_nothing(index_elements=["key"]))


async def meet(db: Db, suggestion_id: int, kind: str, now: datetime, *, assignment_id: int | None = None) -> None:
    """Stop the running clocks of that kind: what they waited for has come."""
    mine = (deadline.c.suggestion_id == suggestion_id) & (deadline.c.kind == kind) & deadline.c.met_on.is_(None)
    if assignment_id is not None:
        mine &= deadline.c.assignment_id == assignment_id
    for row in await db.all(select(deadline).where(mine)):
        clock = deadlines.meet(from_json(row.facts), local_date(now))
        await _save(db, row.id, clock, await working_days(db))


async def run_on(db: Db, suggestion_id: int, kind: str) -> None:
    """Let the newest clock of that kind run again as if it had not been met: what met it was taken back."""
    mine = (deadline.c.suggestion_id == suggestion_id) & (deadline.c.kind == kind)
    row = await db.one(select(deadline).where(mine).order_by(deadline.c.id.desc()).limit(1))
    if row is not None:
        await _save(db, row.id, replace(from_json(row.facts), met_on=None), await working_days(db))


async def standing_still(db: Db, suggestion_id: int) -> bool:
    """Whether the clocks by which a case is answered are paused."""
    kinds = deadline.c.kind.in_(PROMISE_KINDS) & deadline.c.met_on.is_(None) & deadline.c.due_on.is_(None)
    return await db.one(select(deadline.c.id).where(deadline.c.suggestion_id == suggestion_id, kinds)) is not None


async def drop(db: Db, suggestion_id: int, *, assignment_id: int | None = None) -> None:
    """Forget the running clocks of an assignment (or of the whole case) that is over: nobody is late any more."""
    over = (deadline.c.suggestion_id == suggestion_id) & deadline.c.met_on.is_(None)
    if assignment_id is not None:
        over &= deadline.c.assignment_id == assignment_id
    await db.run(update(deadline).where(over).values(met_on="dropped", due_on=None))


async def retire(db: Db, suggestion_id: int) -> None:
    """Let a case's clocks of before rest for good, so that those of a new beginning may start."""
    mine = deadline.c.suggestion_id == suggestion_id
    for row in await db.all(select(deadline.c.id, deadline.c.key, deadline.c.met_on).where(mine)):
        values = {"key": f"{row.key}/{row.id}", "met_on": row.met_on or "dropped"}
        await db.run(update(deadline).where(deadline.c.id == row.id).values(**values))


async def pause(db: Db, case: Any, reason: str, now: datetime) -> None:
    """Let the case's two clocks stand still; raises Refused."""
    days = await working_days(db)
    await _change(db, case, lambda clock: deadlines.pause(clock, local_date(now), reason, days))


async def resume(db: Db, case: Any, now: datetime) -> None:
    """Let the case's two clocks run on; raises Refused."""
    await _change(db, case, lambda clock: deadlines.resume(clock, local_date(now)))


async def extend(db: Db, case: Any, more: int, reason: str, now: datetime, *, consent: bool, notice: str = "") -> None:
    """Give the case's clocks more time, in the unit of each; raises Refused."""
    days, spans = await working_days(db), await limits(db)

    def longer(clock: Clock) -> Clock:
        given = Extension(more, clock.span.unit, reason, consent, local_date(now), notice)
        return deadlines.extend(clock, given, days, spans)

    await _change(db, case, longer)


async def reweigh(db: Db, case: Any, promised: str, statutory: str, now: datetime) -> None:
    """Give the case's running clocks the spans of its new weight, counted from the first assignment; raises Refused.

    A clock the law sets begins on that day too, if the weight it had knew none.
    """
    row = await _running(db, case.id, "promised")
    if row is None:
        return  # nobody was handed it yet: its clocks will start by the new weight
    days, spans = await working_days(db), await limits(db)
    clock = from_json(row.facts)
    await _save(db, row.id, deadlines.reweigh(clock, local_date(now), spans[promised]), days)
    if not statutory:
        return
    lawful = await _running(db, case.id, "statutory")
    if lawful is None:
        await _begin(db, case, replace(clock, kind=Kind.STATUTORY, span=spans[statutory]))
    else:
        await _save(db, lawful.id, deadlines.reweigh(from_json(lawful.facts), local_date(now), spans[statutory]), days)


async def due_day(db: Db, suggestion_id: int, kind: str) -> str:
    """Return the day a clock is due in words, empty if there is none."""
    row = await _running(db, suggestion_id, kind)
    if row is None or row.due_on is None:
        return ""
    day = date.fromisoformat(row.due_on)
    return f"{day.year}年{day.month}月{day.day}日"


async def answer_day(db: Db, suggestion_id: int) -> str:
    """Return the day by which a case is to be answered in words: as promised, or when it is handled anew."""
    return await due_day(db, suggestion_id, "promised") or await due_day(db, suggestion_id, "rehandle")


async def passed(db: Db, suggestion_id: int, kind: str, assignment_id: int, now: datetime) -> bool:
    """Whether an assignment's clock of that kind has run out."""
    row = await db.one(
        select(deadline.c.due_on).where(
            deadline.c.suggestion_id == suggestion_id,
            deadline.c.kind == kind,
            deadline.c.assignment_id == assignment_id,
            deadline.c.met_on.is_(None),
        )
    )
    return row is not None and row.due_on is not None and row.due_on < local_date(now).isoformat()


async def tracked_on(db: Db, now: datetime) -> date:
    """Return the day on which a B or C reply is looked at again."""
    days = await working_days(db)
    spans = await limits(db)
    span = spans.get("track-again")
    return deadlines.after(local_date(now), span, days) if span else days.add(local_date(now), 20)[0]


async def why(db: Db, suggestion_id: int, texts: Texts) -> list[str]:
    """Say of every running clock of a case why it is due on its day."""
    running = await explained(db, suggestion_id, texts)
    return [texts("why.clock", clock=each.clock, words=each.words) for each in running]


@dataclass(frozen=True, slots=True)
class Explained:
    """A running clock in words: what it is called, the day it is due (empty while it stands still), and why."""

    clock: str
    on: str
    words: str


async def explained(
    db: Db, suggestion_id: int, texts: Texts, *, assignment_id: int | None = None, kinds: Sequence[str] = ()
) -> list[Explained]:
    """Return every running clock of a case in words; for one assignment, without those of the others."""
    days = await working_days(db)
    running = (deadline.c.suggestion_id == suggestion_id) & deadline.c.met_on.is_(None)
    if kinds:
        running &= deadline.c.kind.in_(kinds)
    if assignment_id is not None:
        running &= deadline.c.assignment_id.is_(None) | (deadline.c.assignment_id == assignment_id)
    said = []
    for row in await db.all(select(deadline).where(running).order_by(deadline.c.id)):
        facts = explain(from_json(row.facts), days)
        on = next((fact.words()["on"] for fact in facts if fact.code == "due"), "")
        words = "".join(texts(f"why.{fact.code}", **fact.words()) for fact in facts)
        said.append(Explained(texts(f"clock.{row.kind}"), on, words))
    return said


async def rungs(db: Db, now: datetime) -> list[tuple[Any, Any, Rung]]:
    """Return every step of every running clock that is due: (case, deadline row, rung)."""
    days, spans = await working_days(db), await limits(db)
    today = local_date(now)
    rows = await db.all(select(deadline).where(deadline.c.met_on.is_(None), deadline.c.due_on.is_not(None)))
    found = []
    for row in rows:
        due = ladder(from_json(row.facts), today, days, spans)
        if due:
            case = await db.one(select(suggestion).where(suggestion.c.id == row.suggestion_id))
            found += [(case, row, rung) for rung in due]
    return found


async def recompute(db: Db) -> int:
    """Reckon every running clock anew, after the calendar changed; returns how many days moved."""
    days = await working_days(db)
    moved = 0
    for row in await db.all(select(deadline).where(deadline.c.met_on.is_(None), deadline.c.due_on.is_not(None))):
        due = deadlines.due_on(from_json(row.facts), days)
        if due.on is not None and (due.on.isoformat(), due.provisional) != (row.due_on, row.provisional):
            await _save(db, row.id, from_json(row.facts), days)
            moved += 1
    return moved


def to_json(clock: Clock) -> str:
    """Return a clock as it is stored."""
    span = clock.span
    return json.dumps(
        {
            "kind": clock.kind,
            "started_on": clock.started_on.isoformat(),
            "span": [span.code, span.value, span.unit, span.source, span.as_of.isoformat()],
            "extensions": [
                [more.value, more.unit, more.reason, more.consent, more.at.isoformat(), more.notice]
                for more in clock.extensions
            ],
            "pauses": [
                [each.from_on.isoformat(), each.until_on.isoformat() if each.until_on else None, each.reason]
                for each in clock.pauses
            ],
            "met_on": clock.met_on.isoformat() if clock.met_on else None,
            "reweighed": [[change.before, change.at.isoformat()] for change in clock.reweighed],
        },
        ensure_ascii=False,
    )


def from_json(text: str) -> Clock:
    """Return the clock that `to_json` wrote."""
    values = json.loads(text)
    code, value, unit, source, as_of = values["span"]
    return Clock(
        kind=Kind(values["kind"]),
        started_on=date.fromisoformat(values["started_on"]),
        span=Span(code, value, Unit(unit), source, date.fromisoformat(as_of)),
        extensions=tuple(
            Extension(value, Unit(unit), reason, consent, date.fromisoformat(at), notice)
            for value, unit, reason, consent, at, notice in values["extensions"]
        ),
        pauses=tuple(
            Pause(date.fromisoformat(first), date.fromisoformat(until) if until else None, reason)
            for first, until, reason in values["pauses"]
        ),
        met_on=date.fromisoformat(values["met_on"]) if values["met_on"] else None,
        # clocks stored before there was such a change have none
        reweighed=tuple(Reweighed(was, date.fromisoformat(at)) for was, at in values.get("reweighed", [])),
    )


async def _change(db: Db, case: Any, how: Callable[[Clock], Clock]) -> None:
    """Change the clocks a case is answered by; raises Refused if there is none or a rule says no."""
    rows = await db.all(
        select(deadline).where(
            deadline.c.suggestion_id == case.id, deadline.c.kind.in_(PROMISE_KINDS), deadline.c.met_on.is_(None)
        )
    )
    if not rows:
        raise Refused("no_clock_runs", number=case.number)
    days = await working_days(db)
    for row in rows:
        await _save(db, row.id, how(from_json(row.facts)), days)


async def _save(db: Db, row_id: int, clock: Clock, days: WorkingDays) -> None:
    due = deadlines.due_on(replace(clock, met_on=None), days)
    values = {
        "facts": to_json(clock),
        "due_on": due.on.isoformat() if due.on else None,
        "provisional": due.provisional,
        "met_on": clock.met_on.isoformat() if clock.met_on else None,
    }
    await db.run(update(deadline).where(deadline.c.id == row_id).values(**values))


async def _running(db: Db, suggestion_id: int, kind: str) -> Any:
    return await db.one(
        select(deadline)
        .where(deadline.c.suggestion_id == suggestion_id, deadline.c.kind == kind, deadline.c.met_on.is_(None))
        .order_by(deadline.c.id.desc())
        .limit(1)
    )


def _round(case: Any, kind: str) -> int:
    """Return the round a clock belongs to; the case's first two clocks never begin again (domain.md §3)."""
    return 1 if Kind(kind) in deadlines.ONCE else int(case.round)
