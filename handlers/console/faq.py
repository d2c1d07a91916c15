"""The answers: found, written anew after a look at what that changes, with every edition and a way back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import editions, faq_desk, faq_edit
from bot.actions.faq_edit import Item, Reach
from bot.actions.faq_import import Line
from bot.actions.handing import Desk
from bot.clock import local_date
from bot.errors import Refused
from bot.rules.search import Entry
from bot.store import Db, reads_faq
from bot.store.reads_faq import MOST, ORIGINS, STATES, Wanted
from handlers import faq_change, faq_lines
from handlers.console.visit import Visit, number_in
from handlers.faq_files import Row

log = structlog.get_logger(__name__)

FAQ = "/console/faq"
FIELDS = ("question", "answer", "similar", "source", "category", "valid_from", "valid_until", "office", "station")
UNDO_WITHIN = timedelta(minutes=10)
ONE_DAY = timedelta(days=1)


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of answers."""
    query, wanted = visit.request.query, _wanted(visit)
    async with visit.deps.store.read() as db:
        rows = await reads_faq.page(db, wanted)
        reach = await faq_edit.reach_of(db, visit.me)
    more = urlencode({**query, "beyond": rows[MOST - 1].id}) if len(rows) > MOST else ""
    return visit.page(
        "faq.html", rows=rows[:MOST], more=more, wanted=wanted, query=query, states=STATES, origins=ORIGINS,
        reach=reach, limits=visit.deps.knowledge.faq.calibration, undo=undoable(visit), today=wanted.today,
    )  # fmt: skip


async def edit(visit: Visit) -> web.StreamResponse:
    """Show one answer, as it stands or as an edition had it, or an empty form for a new one."""
    return await _page(visit, await _asked_for(visit))


async def look(visit: Visit) -> web.StreamResponse:
    """Show which of the past questions a change would answer otherwise; nothing is written yet."""
    values, number = _values(visit), number_in(visit.word("edition"))
    faults = faq_lines.faults_of(values)
    if faults:
        return await _page(visit, (values, number), faults=faults)
    line = _line(visit, values)
    async with visit.deps.store.read() as db:
        before = (await faq_edit.find(db, [line.code])).get(line.code)
        if not (await faq_edit.reach_of(db, visit.me)).holds(line):
            return await _page(visit, (values, number), refusal=Refused("answer_of_others"))
    deps = visit.deps
    pack = with_entries(deps.knowledge.faq.entries, [entry_of(line)])
    effect = await faq_change.effect_of(deps.store, deps.knowledge, pack, deps.sealer)
    flips = faq_change.named(effect, deps.knowledge, deps.texts, line.code)
    return visit.page(
        "faq_look.html", line=line, given=visit.form, code=line.code, effect=effect, flips=flips, new=before is None,
        fields=FIELDS, most=faq_change.MOST_SHOWN,
    )  # fmt: skip


async def save(visit: Visit) -> web.StreamResponse:
    """Write what was looked at; a question that waited for it is settled, and whoever asked it is told."""
    values, number = _values(visit), number_in(visit.word("edition"))
    if faults := faq_lines.faults_of(values):
        return await _page(visit, (values, number), faults=faults)
    line, batch = _line(visit, values), editions.new_batch()
    try:
        changed, told = await visit.deps.store.write(
            partial(_save, visit=visit, line=line, number=number, batch=batch)
        )  # fmt: skip
    except Refused as refusal:
        return await _page(visit, (values, number), refusal=refusal)
    visit.deps.outbox.wake.set()
    if not changed:
        return await visit.go(address(line.code), visit.deps.texts("faq_page.same"))
    log.info("faq_saved", code=line.code, by=visit.me.person_id)
    await keep_undo(visit, batch)
    said = visit.deps.texts("faq_page.saved_told" if told else "faq_page.saved")
    return await visit.go(address(line.code), said)


async def undo(visit: Visit) -> web.StreamResponse:
    """Put back what stood there before the last change of this browser."""
    known = undoable(visit)
    if known is None or visit.word("batch") != known["batch"]:
        return await visit.go(FAQ, visit.deps.texts("refused.edition_too_late"))
    work = partial(faq_edit.undo, batch=known["batch"], who=visit.me, now=visit.now)
    try:
        count = await visit.deps.store.write(work)
    except Refused as refusal:
        return await visit.go(FAQ, visit.refusal(refusal))
    await visit.remember(faq_undo=None)
    log.info("faq_undone", count=count, by=visit.me.person_id)
    return await visit.go(FAQ, visit.deps.texts("faq_page.undone", count=count))


def address(code: str) -> str:
    """Return where an answer's page is."""
    return f"{FAQ}/one?{urlencode({'code': code})}"


def entry_of(line: Line) -> Entry:
    """Return an answer as the index takes it."""
    return Entry(
        line.code, line.question, line.similar, line.answer, line.source, office=line.office, station=line.station,
        valid_from=line.valid_from, valid_until=line.valid_until,
    )  # fmt: skip


def with_entries(pack: Iterable[Entry], new: Iterable[Entry]) -> list[Entry]:
    """Return the pack with these entries in the places of those of the same code, new ones behind."""
    left = {each.code: each for each in new}
    return [left.pop(each.code, each) for each in pack] + list(left.values())


async def keep_undo(visit: Visit, batch: str, count: int = 1) -> None:
    """Remember for a while what this browser changed last."""
    until = (visit.now + UNDO_WITHIN).timestamp()
    await visit.remember(faq_undo={"batch": batch, "count": count, "until": until})


def undoable(visit: Visit) -> dict[str, Any] | None:
    """Return what this browser changed last, as long as that can be undone."""
    known: dict[str, Any] | None = visit.session.facts.get("faq_undo") if visit.session else None
    return known if known and known["until"] > visit.now.timestamp() else None


async def _save(db: Db, *, visit: Visit, line: Line, number: int, batch: str) -> tuple[bool, bool]:
    changed = await faq_edit.save(db, line, visit.me, visit.now, number=number, batch=batch)
    waits = number_in(visit.word("miss"))
    if not waits:
        return changed, False
    by, desk = visit.me.person_id, Desk(db, visit.deps.texts, visit.now)
    miss = await faq_desk.miss_of(db, tuple(visit.me.desk), waits)
    await faq_desk.settle(db, miss, line.code, miss.text[:500], "entry", by=by, now=visit.now)
    return changed, await faq_change.answer_asker(desk, miss, line.answer)


def _values(visit: Visit) -> dict[str, str]:
    return {name: visit.word(name) for name in FIELDS}


def _line(visit: Visit, values: dict[str, str]) -> Line:
    """Return the form as an answer; a new one gets a code from its question and its place, so twice is once."""
    miss, code = number_in(visit.word("miss")), visit.word("code")
    if not code:
        named = f"{values['question'].strip()}{values['office']}{values['station']}"
        code = f"desk-{miss}" if miss else faq_lines.code_of(Row(0, {"question": named}))
    return faq_lines.line_of(Row(0, values), code)


async def _asked_for(visit: Visit) -> tuple[dict[str, str], int]:
    """Return the fields of the form at its first showing, and the edition it stands on."""
    query = visit.request.query
    code, wanted = query.get("code", ""), number_in(query.get("edition", ""))
    async with visit.deps.store.read() as db:
        item = (await faq_edit.find(db, [code])).get(code) if code else None
        if code and item is None:
            raise web.HTTPNotFound
        shown = item
        if item is not None and wanted:
            rows = {row.number: row for row in await editions.history(db, faq_edit.KIND, code)}
            shown = faq_edit.read(rows[wanted].content) if wanted in rows else item
        if shown is None:
            question = await _question(db, visit)
            return dict.fromkeys(FIELDS, "") | {"question": question}, item.edition if item else 0
    line = shown.line
    values = {name: getattr(line, name) for name in FIELDS if name != "similar"}
    return {**values, "similar": "\n".join(line.similar)}, item.edition if item else 0


async def _question(db: Db, visit: Visit) -> str:
    """Return the question that waits for the new answer, if it is asked for one."""
    waits = number_in(visit.request.query.get("miss", ""))
    if not waits:
        return ""
    try:
        return str((await faq_desk.miss_of(db, tuple(visit.me.desk), waits)).text)[:500]
    except Refused:
        raise web.HTTPNotFound from None


async def _page(
    visit: Visit, shown: tuple[dict[str, str], int], *, faults: list[str] | None = None, refusal: Refused | None = None
) -> web.Response:
    values, number = shown
    code = visit.word("code") or visit.request.query.get("code", "")
    async with visit.deps.store.read() as db:
        reach = await faq_edit.reach_of(db, visit.me)
        item = (await faq_edit.find(db, [code])).get(code) if code else None
        past = await editions.history(db, faq_edit.KIND, code) if code else []
    said = [visit.refusal(refusal)] if refusal else faults or []
    return visit.page(
        "faq_one.html", status=409 if refusal else 400 if faults else 200, code=code, item=item, values=values,
        number=number, faults=said, reach=reach, past=[(row, faq_edit.read(row.content)) for row in past],
        may=_may(item, reach), miss=visit.word("miss") or visit.request.query.get("miss", ""),
        longest=faq_lines.LONGEST, undo=undoable(visit),
        yesterday=(local_date(visit.now) - ONE_DAY).isoformat(), today=local_date(visit.now).isoformat(),
    )  # fmt: skip


def _may(item: Item | None, reach: Reach) -> bool:
    return item is None or reach.holds(item.line)


def _wanted(visit: Visit) -> Wanted:
    query = visit.request.query
    state, origin = query.get("state", ""), query.get("origin", "")
    return Wanted(
        local_date(visit.now).isoformat(),
        words=query.get("q", "").strip()[:80],
        state=state if state in STATES else "",
        origin=origin if origin in ORIGINS else "",
        beyond=number_in(query.get("beyond", "")),
    )
