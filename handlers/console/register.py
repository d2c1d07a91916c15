"""The register of a session: who attends, who comes, what each says, what becomes of it – and the closing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import web

from bot.actions import bookings, register, register_desk
from bot.deps import Knowledge
from bot.errors import Refused
from bot.rules.meaning import meaning_of
from bot.rules.register import DISPOSITIONS
from bot.store import Db, reads_cases
from handlers import register_files
from handlers.console.case import send_file
from handlers.console.reception import desk_of
from handlers.console.visit import Visit, number_in
from handlers.pages.page import HEADERS

log = structlog.get_logger(__name__)

REGISTER = "/console/register"
GUESS = "guess"  # the choice of a category that leaves it to the words
TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


async def show(visit: Visit) -> web.StreamResponse:
    """Show a session's register."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Do one deed of the session; a refusal is said on its page, and what was written stays."""
    deed, day = visit.request.match_info["deed"], await _day(visit)
    if deed not in register_desk.DEEDS:
        raise web.HTTPNotFound
    form = guessed(visit.form, visit.deps.knowledge) if deed == "enter" else visit.form
    try:
        number = await visit.deps.store.write(partial(_act, visit=visit, day=day, deed=deed, form=form))
    except Refused as refusal:
        return await _page(visit, refusal, deed)
    visit.deps.outbox.wake.set()
    log.info("register_deed", deed=deed, day=day.id, by=visit.me.person_id)
    said = visit.deps.texts(f"register_page.did_{deed}", number=number)
    return await visit.go(f"{address(day.id)}/{number}" if number else address(day.id), said)


async def show_entry(visit: Visit) -> web.StreamResponse:
    """Show one entry with everything it says and every version of it."""
    return await _entry_page(visit)


async def change(visit: Visit) -> web.StreamResponse:
    """Do one deed with one entry."""
    deed, day = visit.request.match_info["deed"], await _day(visit)
    number = number_in(visit.request.match_info["entry"])
    if deed not in register_desk.OF_AN_ENTRY:
        raise web.HTTPNotFound
    try:
        case, told = await visit.deps.store.write(partial(_change, visit=visit, day=day, deed=deed, number=number))
    except Refused as refusal:
        if refusal.code == "no_such_entry":
            raise web.HTTPNotFound from None
        return await _entry_page(visit, refusal, deed)
    visit.deps.outbox.wake.set()
    log.info("entry_deed", deed=deed, day=day.id, by=visit.me.person_id)
    return await visit.go(f"{address(day.id)}/{number}", _said(visit, deed, number, case, told=told))


async def picture(visit: Visit) -> web.StreamResponse:
    """Send a photo or a file of an entry."""
    day, number = await _day(visit), number_in(visit.request.match_info["entry"])
    async with visit.deps.store.read() as db:
        try:
            entry = await register.by_number(db, day, number, visit.deps.sealer)
        except Refused:
            raise web.HTTPNotFound from None
        files = await register_desk.files_of(db, entry.row.id)
    wanted = number_in(visit.request.match_info["media"])
    return await send_file(visit, next((each for each in files if each.id == wanted), None))


async def print_docx(visit: Visit) -> web.StreamResponse:
    """Send the register as the office prints it, for Word."""
    return await _printed(visit, "docx")


async def print_xlsx(visit: Visit) -> web.StreamResponse:
    """Send the register as the office prints it, for Excel."""
    return await _printed(visit, "xlsx")


async def _printed(visit: Visit, kind: str) -> web.StreamResponse:
    day, deps = await _day(visit), visit.deps
    async with deps.store.read() as db:
        body = await register_files.printed(db, day.id, kind, deps.sealer, deps.texts)
    log.info("register_printed", day=day.id, kind=kind, by=visit.me.person_id)
    return attached(body, f"{deps.texts('sheet.title')}-{day.station}-{day.date}.{kind}", TYPES[kind])


def attached(body: bytes, name: str, kind: str) -> web.Response:
    """Return a file to be saved under a name people can read."""
    how = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.Response(body=body, content_type=kind, headers=HEADERS | {"Content-Disposition": how})


def address(day_id: int) -> str:
    """Return where a session's register is."""
    return f"{REGISTER}/{day_id}"


async def _act(db: Db, *, visit: Visit, day: Any, deed: str, form: Mapping[str, str]) -> int:
    return await register_desk.act(desk_of(visit, db), day, deed, form, visit.me.person_id, visit.deps.sealer)


async def _change(db: Db, *, visit: Visit, day: Any, deed: str, number: int) -> tuple[str, bool]:
    who, sealer = visit.me.person_id, visit.deps.sealer
    return await register_desk.change(desk_of(visit, db), day, number, deed, visit.form, who, sealer)


def _said(visit: Visit, deed: str, number: int, case: str, *, told: bool) -> str:
    if deed == "settle" and not told:
        return visit.deps.texts("register.settled_by_phone", number=number)
    return visit.deps.texts(f"entry_page.did_{deed}", number=number, case=case)


def guessed(form: Mapping[str, str], known: Knowledge) -> Mapping[str, str]:
    """Return the form of a new entry with the category its words speak of, where nobody chose one."""
    if form.get("category") != GUESS:
        return form
    code = meaning_of(form.get("words", ""), known.categories).category
    return {**form, "category": str(known.category_ids.get(code, ""))}


async def _day(visit: Visit) -> Any:
    """Return the day of the address, if it is one of my desk."""
    async with visit.deps.store.read() as db:
        try:
            day = await bookings.day_by_id(db, number_in(visit.request.match_info["day"]))
        except Refused:
            raise web.HTTPNotFound from None
    if day.station_id not in visit.me.desk:
        raise web.HTTPNotFound
    return day


async def _page(visit: Visit, refusal: Refused | None = None, tried: str = "") -> web.Response:
    day = await _day(visit)
    async with visit.deps.store.read() as db:
        book = await register_desk.look(desk_of(visit, db), day, visit.deps.sealer)
        categories = await reads_cases.categories(db)
    return visit.page(
        "register.html", status=409 if refusal else 200, day=day, book=book, categories=categories, tried=tried,
        given=visit.form, dispositions=tuple(DISPOSITIONS), guess=GUESS, refusal=_refusal(visit, refusal),
    )  # fmt: skip


async def _entry_page(visit: Visit, refusal: Refused | None = None, tried: str = "") -> web.Response:
    day, sealer = await _day(visit), visit.deps.sealer
    async with visit.deps.store.read() as db:
        try:
            entry = await register.by_number(db, day, number_in(visit.request.match_info["entry"]), sealer)
        except Refused:
            raise web.HTTPNotFound from None
        versions = await register.versions_of(db, entry.row.id, sealer)
        files = await register_desk.files_of(db, entry.row.id)
        case = await reads_cases.number_of(db, entry.row.suggestion_id) if entry.row.suggestion_id else ""
        categories = await reads_cases.categories(db)
    return visit.page(
        "entry.html", status=409 if refusal else 200, day=day, entry=entry, versions=versions[::-1], files=files,
        case=case, categories=categories, dispositions=tuple(DISPOSITIONS), tried=tried, given=visit.form,
        refusal=_refusal(visit, refusal), fields=register_desk.WRITTEN,
    )  # fmt: skip


def _refusal(visit: Visit, refusal: Refused | None) -> str:
    return visit.refusal(refusal) if refusal else ""
