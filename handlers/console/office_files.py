"""Take the office out into a table and bring a table in: looked at line by line first, then all of it or nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from bot.actions import office_edit
from bot.actions.office_edit import Editor, Faulty, Step
from bot.errors import Refused
from bot.paper.figures_sheet import figures_xlsx
from bot.paper.plain import csv_text
from bot.rules import officewords
from bot.rules.office import Fault, Items, differences
from bot.rules.officewords import FORMS
from bot.store import Db, reads_office
from handlers.console.office import OFFICE, editor, fault_words, fingerprint, kind_of, mine, value_words
from handlers.console.visit import Visit
from handlers.pages.page import HEADERS
from handlers.tables import Unreadable, lines_of

log = structlog.get_logger(__name__)

MOST_BYTES = 4 * 1024 * 1024
KEPT_S = 30 * 60  # how long a file waits between the look and the deed
PURPOSE = "import"
SHOWN = 200  # lines shown of those that are fine; whatever is wrong is always shown
AFTER = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: what it would do (new, changed, same, wrong), what changes, and what is wrong with it."""

    number: int
    code: str
    name: str
    fate: str
    changes: list[tuple[str, str, str]]
    wrong: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was looked at: a row for each line, the steps it makes, and a word for how things stood then."""

    rows: list[Row]
    steps: list[Step]
    seen: str

    def count(self, fate: str) -> int:
        """Return how many lines have that fate."""
        return sum(row.fate == fate for row in self.rows)


async def export(visit: Visit) -> web.StreamResponse:
    """Send everything of one kind as csv or xlsx; read back unchanged it changes nothing."""
    kind, suffix = kind_of(visit), ".xlsx" if visit.request.query.get("as") == "xlsx" else ".csv"
    who, texts = await editor(visit), visit.deps.texts
    async with visit.deps.store.read() as db:
        all_ = await reads_office.items(db, visit.deps.sealer)
    head = [texts(f"field.{field.name}") for field in FORMS[kind]]
    said = [officewords.words_of(kind, each, "；") for each in mine(kind, all_, who).values()]
    rows = [[words[field.name] for field in FORMS[kind]] for words in said]
    title = texts(f"office_kind.{kind}")
    if suffix == ".xlsx":
        body = await asyncio.to_thread(figures_xlsx, title, head, rows)
    else:
        body = csv_text(head, rows).encode()
    log.info("office_exported", kind=kind, rows=len(rows), by=who.person_id)
    name = {"Content-Disposition": f'attachment; filename="{kind}{suffix}"'}
    return web.Response(body=body, content_type=AFTER[suffix], headers=HEADERS | name)


async def preview(visit: Visit) -> web.StreamResponse:
    """Show what a file would do, line by line; nothing is done yet."""
    kind, file = kind_of(visit), visit.files.get("file")
    if file is None or not file.name:
        return await visit.go(f"{OFFICE}/{kind}", visit.deps.texts("table.none"))
    try:
        words = _by_field(visit, kind, await asyncio.to_thread(lines_of, file.name, file.data))
    except Unreadable as fault:
        return await visit.go(f"{OFFICE}/{kind}", visit.deps.texts(f"table.{fault}"))
    key = secrets.token_urlsafe(18)
    kept = visit.deps.sealer.seal(json.dumps(words), PURPOSE)
    await visit.deps.memory.keep(_name(visit, kind, key), base64.b64encode(kept).decode(), KEPT_S)
    return await _page(visit, kind, key, words)


async def do(visit: Visit) -> web.StreamResponse:
    """Bring in what was looked at: all of it, or nothing if meanwhile anything stands in the way."""
    kind, key, who = kind_of(visit), visit.word("key"), await editor(visit, "import")
    kept = await visit.deps.memory.recall(_name(visit, kind, key), KEPT_S)
    if kept is None:
        return await visit.go(f"{OFFICE}/{kind}", visit.deps.texts("table.over"))
    words = json.loads(visit.deps.sealer.open(base64.b64decode(kept), PURPOSE))
    try:
        count = await visit.deps.store.write(partial(_do, visit=visit, kind=kind, words=words, who=who))
    except (Refused, Faulty):
        return await _page(visit, kind, key, words, moved=True)
    await visit.deps.memory.forget(_name(visit, kind, key))
    log.info("office_imported", kind=kind, rows=count, by=who.person_id)
    return await visit.go(f"{OFFICE}/{kind}", visit.deps.texts("table.done", count=count))


async def _do(db: Db, *, visit: Visit, kind: str, words: list[tuple[int, dict[str, str]]], who: Editor) -> int:
    look = await _look(db, visit, kind, words, who)
    if look.count("wrong") or look.seen != visit.word("seen"):
        raise Refused("edited_meanwhile")
    await office_edit.change(db, look.steps, who)
    return len(look.steps)


async def _page(
    visit: Visit, kind: str, key: str, words: list[tuple[int, dict[str, str]]], *, moved: bool = False
) -> web.Response:
    who = await editor(visit)
    async with visit.deps.store.read() as db:
        look = await _look(db, visit, kind, words, who)
    wrong = [row for row in look.rows if row.fate == "wrong"]
    shown = wrong + [row for row in look.rows if row.fate in ("new", "changed")][:SHOWN]
    return visit.page(
        "office_import.html", status=409 if moved else 200, kind=kind, key=key, look=look, rows=shown, moved=moved,
        counts={fate: look.count(fate) for fate in ("new", "changed", "same", "wrong")},
    )  # fmt: skip


async def _look(db: Db, visit: Visit, kind: str, words: list[tuple[int, dict[str, str]]], who: Editor) -> Look:
    all_ = await reads_office.items(db, who.sealer)
    read = [(number, *_read(kind, said, all_)) for number, said in words]
    seen: set[str] = set()
    faults: dict[int, list[Fault]] = {}
    for number, code, _, wrong in read:
        faults[number] = [*wrong, *([Fault("code", "file_twice")] if code in seen else [])]
        seen.add(code)
    good = {number: Step(kind, code, item) for number, code, item, _ in read if item is not None and not faults[number]}
    for at, wrong in (await office_edit.faults_of(db, list(good.values()), all_, who)).items():
        faults[list(good)[at]] += wrong
    for number, step in good.items():
        if step.code not in all_[kind] and await reads_office.is_taken(db, kind, step.code):
            faults[number].append(Fault("code", "taken"))
    rows = [_row(visit, number, Step(kind, code, item), faults[number], all_) for number, code, item, _ in read]
    before = "".join(fingerprint(all_[kind].get(code)) for _, code, _, _ in read)
    steps = [good[row.number] for row in rows if row.fate in ("new", "changed")]
    return Look(rows, steps, hashlib.sha256(before.encode()).hexdigest()[:16])


def _read(kind: str, said: dict[str, str], all_: Items) -> tuple[str, object, list[Fault]]:
    """Return what a line makes of a thing: columns the file does not have stay as they are."""
    code = said.get("code", "")
    before = all_[kind].get(code)
    words = (officewords.words_of(kind, before) if before is not None else {}) | said
    item, wrong = officewords.read(kind, words, all_)
    return code, item, wrong


def _row(visit: Visit, number: int, step: Step, faults: list[Fault], all_: Items) -> Row:
    before = all_[step.kind].get(step.code)
    wrong = [(each.at, fault_words(visit, each)) for each in faults]
    name = getattr(step.after or before, "name", "")
    if wrong:
        return Row(number, step.code, name, "wrong", [], wrong)
    if before is None:
        return Row(number, step.code, name, "new", [], [])
    changed = differences(before, step.after)
    told = partial(value_words, visit, step.kind, all_=all_)
    fields = [field for field in FORMS[step.kind] if field.name in changed]
    changes = [(field.name, told(field, item=before), told(field, item=step.after)) for field in fields]
    return Row(number, step.code, name, "changed" if changed else "same", changes, [])


def _by_field(visit: Visit, kind: str, lines: list[tuple[int, list[str]]]) -> list[tuple[int, dict[str, str]]]:
    """Return each line by our names of its columns; raises Unreadable where the first line does not name them."""
    known = {visit.deps.texts(f"field.{field.name}"): field.name for field in FORMS[kind]}
    known |= {field.name: field.name for field in FORMS[kind]}
    names = [known.get(cell, "") for cell in lines[0][1]]
    if "code" not in names:
        raise Unreadable("head")
    if any(cell and not name for cell, name in zip(lines[0][1], names, strict=True)):
        raise Unreadable("column")
    if len(set(filter(None, names))) < len(list(filter(None, names))):
        raise Unreadable("column_twice")
    return [
        (number, {name: cell for name, cell in zip(names, cells, strict=False) if name}) for number, cells in lines[1:]
    ]


def _name(visit: Visit, kind: str, key: str) -> str:
    return f"import:{visit.me.person_id}:{kind}:{key[:40]}"
