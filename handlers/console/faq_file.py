"""Answers as a file: brought in after a report on every row, and taken out for Excel, WPS or a program."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.actions import editions, faq_edit
from bot.actions.faq_import import Imported, Line
from bot.errors import Refused
from bot.paper.figures_sheet import figures_xlsx
from bot.paper.plain import csv_text
from bot.store import Db, reads_faq
from handlers import faq_change, faq_lines
from handlers.console.faq import entry_of, keep_undo, with_entries
from handlers.console.register import TYPES, attached
from handlers.console.visit import Visit
from handlers.faq_files import COLUMNS, BadFile, rows_in

log = structlog.get_logger(__name__)

FILE = "/console/faq/file"
MOST_BYTES = 4 * 1024 * 1024  # of a file; the sample pack is a tenth of it
MOST_FAULTS = 200  # lines of the report
WAITS_S = 15 * 60.0  # for the yes
FILE_OF_FAQ = "faq-file"  # what an upload is sealed for


@dataclass(frozen=True, slots=True)
class Report:
    """What a file would do (or did): the tally, and what is wrong with which row."""

    done: Imported
    faults: list[tuple[int, str]]


class _Enough(Exception):
    """What the file would do is known: nothing of it is to stay."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


async def show(visit: Visit) -> web.StreamResponse:
    """Ask for a file, and offer the answers as one."""
    return visit.page("faq_file.html", wrong="", columns=COLUMNS)


async def look(visit: Visit) -> web.StreamResponse:
    """Report on every row of a file and on what its answers would change; nothing is written yet."""
    sent = visit.files.get("file")
    try:
        lines, faults = await _read(sent.name, sent.data) if sent and sent.data else ([], [])
    except BadFile as fault:
        return visit.page("faq_file.html", status=400, wrong=str(fault), columns=COLUMNS)
    if sent is None or not sent.data:
        wrong = visit.deps.texts("faq_file.nothing")
        return visit.page("faq_file.html", status=400, wrong=wrong, columns=COLUMNS)
    deps = visit.deps
    report = await _rehearse(visit, lines, faults)
    ready = [each for each in lines if each.number not in {number for number, _ in report.faults}]
    pack = with_entries(deps.knowledge.faq.entries, map(entry_of, ready))
    effect = await faq_change.effect_of(deps.store, deps.knowledge, pack, deps.sealer)
    kept = deps.sealer.seal(json.dumps([sent.name, base64.b64encode(sent.data).decode()]), FILE_OF_FAQ)
    await deps.memory.keep(_kept(visit), base64.b64encode(kept).decode(), WAITS_S)
    return visit.page(
        "faq_report.html", name=sent.name, report=report, most=MOST_FAULTS, effect=effect, ready=len(ready),
        flips=faq_change.named(effect, deps.knowledge, deps.texts)[: faq_change.MOST_SHOWN],
    )  # fmt: skip


async def do(visit: Visit) -> web.StreamResponse:
    """Bring the file in that was looked at."""
    deps = visit.deps
    kept = await deps.memory.recall(_kept(visit), WAITS_S)
    if kept is None:
        return await visit.go(FILE, deps.texts("faq_file.gone"))
    name, data = json.loads(deps.sealer.open(base64.b64decode(kept), FILE_OF_FAQ))
    lines, faults = await _read(name, base64.b64decode(data))
    batch = editions.new_batch()
    try:
        report = await deps.store.write(partial(_bring, visit=visit, lines=lines, faults=faults, batch=batch))
    except Refused as refusal:
        return await visit.go(FILE, visit.refusal(refusal))
    await deps.memory.forget(_kept(visit))
    tally = report.done.tally
    log.info("faq_imported", added=tally.added, changed=tally.changed, by=visit.me.person_id)
    if tally.added or tally.changed:
        await keep_undo(visit, batch, tally.added + tally.changed)
    facts = {"added": tally.added, "changed": tally.changed, "same": tally.unchanged, "bad": len(report.faults)}
    return await visit.go("/console/faq", deps.texts("faq_file.done", **facts))


async def export_csv(visit: Visit) -> web.StreamResponse:
    """Send all answers as CSV."""
    head, rows = await _table(visit)
    return attached(csv_text(head, rows).encode(), f"{visit.deps.texts('faq_page.title')}.csv", "text/csv")


async def export_xlsx(visit: Visit) -> web.StreamResponse:
    """Send all answers as an Excel workbook."""
    head, rows = await _table(visit)
    title = visit.deps.texts("faq_page.title")
    return attached(await asyncio.to_thread(figures_xlsx, title, head, rows), f"{title}.xlsx", TYPES["xlsx"])


async def export_jsonl(visit: Visit) -> web.StreamResponse:
    """Send all answers as one JSON object a line."""
    _, rows = await _table(visit)
    words = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
    return attached(words.encode(), f"{visit.deps.texts('faq_page.title')}.jsonl", "application/jsonl")


async def _table(visit: Visit) -> tuple[list[str], list[list[str]]]:
    """Return all answers under the columns by which they can be brought back."""
    async with visit.deps.store.read() as db:
        codes = await reads_faq.every_code(db)
        found = await faq_edit.find(db, codes)
    return list(COLUMNS.values()), [_row(found[code].line) for code in codes if code in found]


def _row(line: Line) -> list[str]:
    cells = {"id": line.code, "similar": "\n".join(line.similar)}
    return [cells.get(name) or str(getattr(line, name, "")) for name in COLUMNS]


async def _read(name: str, data: bytes) -> tuple[list[Line], list[tuple[int, str]]]:
    rows = await asyncio.to_thread(rows_in, name, data)
    return faq_lines.checked(rows)


async def _rehearse(visit: Visit, lines: Sequence[Line], faults: list[tuple[int, str]]) -> Report:
    """Return what bringing the file in would do; it is done and undone."""

    async def work(db: Db) -> None:
        raise _Enough(await _bring(db, visit=visit, lines=lines, faults=faults, batch=editions.new_batch()))

    try:
        await visit.deps.store.write(work)
    except _Enough as known:
        return known.report
    raise AssertionError("a rehearsal ends with what it found")


async def _bring(
    db: Db, *, visit: Visit, lines: Sequence[Line], faults: list[tuple[int, str]], batch: str
) -> Report:  # fmt: skip
    done, others = await faq_edit.bring(db, lines, visit.me, visit.now, batch)
    texts: Any = visit.deps.texts
    more = [(line.number, texts("refused.answer_of_others")) for line in others]
    return Report(done, sorted(faults + more))


def _kept(visit: Visit) -> str:
    return f"{FILE_OF_FAQ}:{visit.me.person_id}"
