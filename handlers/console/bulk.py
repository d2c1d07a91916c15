"""Several cases in one go: first what would happen to each, then the deed, and a while in which it can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.actions import assignments, by_desk, desk_deeds
from bot.actions.cases import fresh
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.redaction import title
from bot.store import Db, reads_cases
from handlers.console.visit import Visit

log = structlog.get_logger(__name__)

#       deed      what takes it back
UNDO = {"admit": "unadmit", "assign": "recall", "merge": "unmerge", "supervise": "release"}
MOST = 50  # cases in one go
UNDO_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a preview: its version, and why the deed cannot be done on it, empty if it can."""

    number: str
    version: int
    subject: str
    state: str
    but: str


async def preview(visit: Visit) -> web.StreamResponse:
    """Show what a deed would do to each of the cases; nothing is done yet."""
    deed = visit.word("deed")
    numbers = list(dict.fromkeys(visit.form.getall("case", [])))[:MOST]
    if deed not in UNDO or not numbers:
        return await visit.go("/console/", visit.deps.texts("bulk.nothing"))
    async with visit.deps.store.read() as db:
        cases = [case for each in numbers if (case := await reads_cases.find(db, visit.me.scope, each)) is not None]
        into = cases[0].number if cases and deed == "merge" else ""  # the oldest number: the others join it
        rows = [await _row(db, visit, case, deed, into) for case in cases]
        people = await assignments.suggestions_for(db, cases[0], by_desk.CANDIDATES) if cases else []
    ready = sum(not row.but for row in rows)
    will = visit.deps.texts(f"bulk.will_{deed}", count=ready, into=into)
    people = people if deed == "assign" else []
    return visit.page("bulk.html", rows=rows, deed=deed, into=into, people=people, ready=ready, will=will)


async def do(visit: Visit) -> web.StreamResponse:
    """Do the deed on each of them, each by itself: one that is refused keeps no other waiting."""
    deed = visit.word("deed")
    if deed not in UNDO:
        raise web.HTTPNotFound
    done, refused = await _each(visit, deed, visit.form.getall("case", [])[:MOST])
    until = (visit.now + UNDO_WITHIN).timestamp()
    await visit.remember(undo={"deed": deed, "cases": done, "until": until} if done else None)
    return await visit.go("/console/", *_say(visit, deed, done, refused))


async def undo(visit: Visit) -> web.StreamResponse:
    """Take back what was done last, on each case that has not moved since."""
    known = visit.undoable
    if known is None:
        return await visit.go("/console/", visit.deps.texts("bulk.too_late"))
    await visit.remember(undo=None)
    cases = [f"{number} {version}" for number, version in known["cases"]]
    done, refused = await _each(visit, UNDO[known["deed"]], cases)
    return await visit.go("/console/", *_say(visit, UNDO[known["deed"]], done, refused))


async def _each(visit: Visit, deed: str, cases: list[str]) -> tuple[list[tuple[str, int]], list[str]]:
    """Do a deed on cases given as "number version"; return those done with their new version, and the refusals."""
    done, refused = [], []
    reason = visit.deps.texts("bulk.many" if deed == "supervise" else "bulk.reason")
    form = {"to": visit.word("to"), "into": visit.word("into"), "reason": reason}
    for each in cases:
        number, _, version = each.partition(" ")
        given = form | {"version": f"{version}.0"}
        try:
            after = await visit.deps.store.write(partial(_act, visit=visit, number=number, deed=deed, form=given))
        except Refused as refusal:
            refused.append(visit.refusal(refusal))
        else:
            done.append((number, after))
    visit.deps.outbox.wake.set()
    log.info("desk_bulk", deed=deed, done=len(done), refused=len(refused))
    return done, refused


async def _act(db: Db, *, visit: Visit, number: str, deed: str, form: dict[str, str]) -> int:
    """Do a deed on one case and return its version afterwards."""
    deps = visit.deps
    case = await desk_deeds.act(Desk(db, deps.texts, visit.now, deps.links), visit.me, number, deed, form)
    return int((await fresh(db, case.id)).version)


async def _row(db: Db, visit: Visit, case: Any, deed: str, into: str) -> Row:
    open_ = deed in await by_desk.deeds_on(db, visit.me, case)
    but = "" if open_ else visit.deps.texts("bulk.not_now")
    if case.number == into:
        but = visit.deps.texts("bulk.into_this")
    return Row(case.number, case.version, title(case), case.state, but)


def _say(visit: Visit, deed: str, done: list[tuple[str, int]], refused: list[str]) -> list[str]:
    said = [visit.deps.texts(f"bulk.done_{deed}", count=len(done))] if done else []
    return [*said, *refused]
