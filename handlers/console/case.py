"""One case: all of it on one page, each deed one form, a reply shown as the voter will see it before it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.actions import by_desk, desk_deeds, foreseeing
from bot.actions.by_desk import View
from bot.actions.casework import CLOCKS
from bot.actions.declining import DECLINES
from bot.actions.handing import Desk
from bot.actions.replies import CLASSES, MODES, STAGES
from bot.clock import local_date
from bot.errors import Refused
from bot.rules import sniffing
from bot.rules.privacy import mask_phone
from bot.store import Db, reads_cases
from handlers.console.visit import Visit, number_in
from handlers.pages.page import HEADERS
from handlers.stories import told

log = structlog.get_logger(__name__)

#        where it stands   the deed whose form stands open: what most often comes next
NEXT = {"received": "assign", "admitted": "assign", "assigned": "accept", "accepted": "reply", "handling": "reply",
        "rehandling": "reply", "replied": "excuse", "told": "close", "rated": "close"}  # fmt: skip
PHONE = "phone"  # the purpose phones are sealed for
# A file is shown by itself in a box of its own: whatever is in it runs nothing and reaches nothing.
_BOXED = HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=600"}


async def show(visit: Visit) -> web.StreamResponse:
    """Show a case."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Do one deed and lead back to the page; a refusal is said on it, and what was written stays in its form."""
    number, deed, form = visit.request.match_info["number"], visit.request.match_info["deed"], _form(visit)
    if deed not in by_desk.DEEDS:
        raise web.HTTPNotFound
    try:
        await visit.deps.store.write(partial(_act, visit=visit, number=number, deed=deed, form=form))
    except Refused as refusal:
        log.info("desk_refused", deed=deed, why=refusal.code)
        if refusal.code == "no_such_case_here":
            raise web.HTTPNotFound from None
        if refusal.code == "done_already":
            return await visit.go(address(number))
        return await _page(visit, refusal=refusal, tried=deed, given=form)
    visit.deps.outbox.wake.set()
    log.info("desk_deed", deed=deed)
    return await visit.go(address(number), visit.deps.texts(f"did.{deed}", number=number))


async def phone(visit: Visit) -> web.StreamResponse:
    """Show the whole phone number of one who joined, on this answer only; that it was looked at is kept."""
    number, joiner_id = visit.request.match_info["number"], number_in(visit.request.match_info["joiner"])
    deed = partial(by_desk.look_at_phone, who=visit.me, number=number, joiner_id=joiner_id, now=visit.now)
    try:
        row = await visit.deps.store.write(deed)
    except Refused:
        raise web.HTTPNotFound from None
    log.info("phone_shown", case=number, person=row.person_id, by=visit.me.person_id)
    return await _page(visit, revealed=row.id)


async def preview(visit: Visit) -> web.StreamResponse:
    """Show what those whom a deed concerns will read; nothing is sent yet."""
    number, deed, form = visit.request.match_info["number"], visit.request.match_info["deed"], _form(visit)
    if deed not in foreseeing.TO:
        raise web.HTTPNotFound
    async with visit.deps.store.read() as db:
        case = await reads_cases.find(db, visit.me.scope, number)
        if case is None:
            raise web.HTTPNotFound
        try:
            words = await foreseeing.words(db, case, visit.deps.texts, deed, form)
        except Refused as refusal:
            return await _page(visit, refusal=refusal, tried=deed, given=form)
        others = await reads_cases.joined(db, case.id) if foreseeing.TO[deed] == "voters" else 0
    given = {name: value for name, value in form.items() if name != "consent"}
    return visit.page(
        "preview.html", case=case, words=words, given=given, others=others, deed=deed, to=foreseeing.TO[deed]
    )


async def rewrite(visit: Visit) -> web.StreamResponse:
    """Show the case with the words of a deed in its form, to be changed before it is done."""
    return await _page(visit, tried=visit.request.match_info["deed"], given=_form(visit))


async def picture(visit: Visit) -> web.StreamResponse:
    """Send a file of a case: what its own bytes say it is, and to be downloaded if they say nothing we show."""
    async with visit.deps.store.read() as db:
        view = await by_desk.look(db, visit.me, visit.request.match_info["number"], visit.deps.texts, visit.now)
        if view is None or not view.seen.words:
            raise web.HTTPNotFound
        ids = [view.case.id, *(each.suggestion_id for each in view.added)]
        found = await reads_cases.media_of(db, ids, number_in(visit.request.match_info["media"]))
    return await send_file(visit, found)


async def send_file(visit: Visit, found: Any) -> web.Response:
    """Return a file somebody sent us (a row of `media`, or None); in a box of its own, whatever is in it."""
    if found is None or found.state != "kept":
        raise web.HTTPNotFound
    path = visit.deps.settings.home / "media" / found.sha256[:2] / found.sha256
    data = await asyncio.get_running_loop().run_in_executor(None, _read, path)
    kind = sniffing.kind_of(data)
    shown = {"Content-Disposition": "inline" if kind != sniffing.UNKNOWN else f'attachment; filename="{found.id}"'}
    return web.Response(body=data, content_type=kind, headers=_BOXED | shown)


def address(number: str) -> str:
    """Return where a case's page is."""
    return f"/console/cases/{number}"


async def _act(db: Db, *, visit: Visit, number: str, deed: str, form: Mapping[str, str]) -> None:
    deps = visit.deps
    await desk_deeds.act(Desk(db, deps.texts, visit.now, deps.links), visit.me, number, deed, form)


async def _page(
    visit: Visit,
    refusal: Refused | None = None,
    tried: str = "",
    given: Mapping[str, str] | None = None,
    revealed: int = 0,
) -> web.Response:
    deps = visit.deps
    async with deps.store.read() as db:
        view = await by_desk.look(db, visit.me, visit.request.match_info["number"], deps.texts, visit.now)
        if view is None:
            raise web.HTTPNotFound
        units = await reads_cases.units(db) if "assign" in view.deeds else []
        categories = await reads_cases.categories(db) if "categorise" in view.deeds else []
    return visit.page(
        "case.html",
        status=409 if refusal else 200,
        view=view,
        story=[told(deps.texts, view.case, row) for row in view.story],
        phone=_phone(visit, view),
        joiners=[(row, _phone_of(visit, row, whole=row.id == revealed)) for row in view.joiners],
        revealed=revealed,
        units=units,
        categories=categories,
        previewed=foreseeing.TO,
        today=local_date(visit.now).isoformat(),
        refusal=visit.refusal(refusal) if refusal else "",
        tried=tried,
        next=NEXT.get(view.case.state, ""),
        given=given or _template(visit, view),
        grades=CLASSES,
        stages=STAGES,
        modes=MODES,
        weights=tuple(CLOCKS),
        declines=DECLINES,
        live=f"?case={view.case.id}",
    )


def _phone(visit: Visit, view: View) -> str:
    sealed = view.around.phone_sealed
    return visit.deps.sealer.open(sealed, PHONE) if sealed and view.seen.phone else ""


def _phone_of(visit: Visit, row: Any, *, whole: bool) -> str:
    """Return a joiner's phone, masked unless it was asked for; empty if there is none."""
    number = visit.deps.sealer.open(row.phone_sealed, PHONE) if row.phone_sealed else ""
    return number if whole else mask_phone(number)


def _template(visit: Visit, view: View) -> Mapping[str, str]:
    """Return the reply's form filled with the words somebody asked to begin with: of the topic, then of the class."""
    grade, texts = visit.request.query.get("like", ""), visit.deps.texts
    if grade not in CLASSES:
        return {}
    topic = f"reply_about.{view.around.topic}"
    about = texts(f"reply_about.{view.around.topic}") if topic in texts else ""
    return {"grade": grade, "text": f"{about}{texts(f'reply_like.{grade}')}"}


def _form(visit: Visit) -> dict[str, str]:
    """Return the fields of a form; units that are ticked together stand in one field."""
    return dict(visit.form) | {"assisting": " ".join(visit.form.getall("assisting", []))}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # cleared away by hand
        raise web.HTTPNotFound from None
