"""A representative's own pages by a signed address: cases, visits with photo and place, duty, the record in numbers."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

import structlog
from aiohttp import web

from bot.actions import by_link, own_desk
from bot.actions.by_link import Shown
from bot.actions.handing import Desk
from bot.clock import local_date
from bot.deps import Deps
from bot.errors import Refused
from bot.rules import links, passes, sniffing
from bot.rules.links import Link
from bot.rules.passes import Pass
from bot.store import Db
from handlers import errands
from handlers.pages.page import calmly, form_of, form_with_files, here, page
from handlers.public import callers
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

MOST_BYTES = 8 * 1024 * 1024  # of a photo and the words beside it
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_STATUS = {"link_forged": 403, "link_stale": 403, "link_expired": 410, "link_broken": 404}
# The address is the key: it must not travel in a Referer or stand in a search index.
_QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Guest:
    """A representative at their own pages."""

    request: web.Request
    deps: Deps
    mine: Pass
    who: Any  # name, level, station

    @property
    def home(self) -> str:
        """Return where their pages are."""
        return f"/rep/{self.request.match_info['token']}"

    def page(self, template: str, refusal: Refused | None = None, **facts: Any) -> web.Response:
        """Return one of their pages."""
        words = self.refusal(refusal) if refusal else ""
        return page(
            self.request, f"representative/{template}", status=_STATUS.get(refusal.code, 409) if refusal else 200,
            who=self.who, home=self.home, refusal=words, consent=self.consent,
            today=local_date(self.deps.clock.now()).isoformat(), **facts,
        )  # fmt: skip

    def refusal(self, no: Refused) -> str:
        """Return why something was refused and what to do on a page; chats have words of their own for some."""
        texts = self.deps.texts
        if f"refused_here.{no.code}" in texts:
            return texts(f"refused_here.{no.code}", **no.facts)
        return texts(f"refused.{no.code}", **no.facts)

    def consent(self, deed: str) -> str:
        """Return the word a form of theirs carries."""
        return links.consent(self.deps.sealer, self.request.match_info["token"], deed)

    def check(self, deed: str, word: str) -> None:
        """Raise Refused if a form does not come from this very page."""
        if not links.consents(self.deps.sealer, self.request.match_info["token"], deed, word):
            raise Refused("link_stale")

    def link(self, assignment_id: int) -> Link:
        """Return the link to one case, good as long as these pages are."""
        return Link(assignment_id, self.mine.person_id, self.mine.expires_at)

    def case(self, assignment_id: int) -> str:
        """Return where one case is shown."""
        return f"/case/{links.write(self.deps.sealer, self.link(assignment_id))}"


Page = Callable[[Guest], Awaitable[web.Response]]


def known(handler: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Let in whoever holds the address and is a representative still; anybody else hears why not."""

    @calmly
    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        await callers.spare(request, "pages")
        deps: Deps = request.app[DEPS]
        try:
            answered = await handler(await _guest(request, deps))
        except Refused as refusal:
            words = deps.texts(f"refused.{refusal.code}", **refusal.facts)
            answered = page(request, "broken_link.html", status=_STATUS.get(refusal.code, 409), words=words)
        answered.headers.update(_QUIET)
        return answered

    return answer


async def _guest(request: web.Request, deps: Deps) -> Guest:
    mine = passes.read(deps.sealer, request.match_info["token"], deps.clock.now())
    async with deps.store.read() as db:
        who = await own_desk.who(db, mine.person_id)
    if who is None:
        raise Refused("link_forged")
    return Guest(request, deps, mine, who)


@known
async def cases(guest: Guest) -> web.Response:
    """Show what is mine to do, the nearest day first, each with its next step; and what I did lately."""
    start, today = number_in(guest.request.query.get("from", "")), local_date(guest.deps.clock.now()).isoformat()
    async with guest.deps.store.read() as db:
        todo = await own_desk.held(db, guest.mine.person_id, today, start)
        settled = [] if start else await own_desk.settled(db, guest.mine.person_id)
    beyond = start + own_desk.MOST if todo.count > start + own_desk.MOST else 0
    return guest.page("cases.html", todo=todo, start=start, beyond=beyond, settled=settled, case=guest.case)


@known
async def duty(guest: Guest) -> web.Response:
    """Show my days of duty and what I am asked."""
    return await _duty(guest)


@known
async def change(guest: Guest) -> web.Response:
    """Take leave, ask somebody to sit instead, agree or decline; and lead back to the page."""
    deed, form = guest.request.match_info["deed"], await form_of(guest.request)
    if deed not in own_desk.DEEDS:
        raise web.HTTPNotFound
    try:
        guest.check(deed, form.get("csrf", ""))
        await guest.deps.store.write(partial(_change, guest=guest, deed=deed, form=form))
    except Refused as refusal:
        log.info("duty_refused", deed=deed, why=refusal.code)
        return await _duty(guest, refusal, form)
    guest.deps.outbox.wake.set()
    return lead(guest, f"{guest.home}/duty?did={deed}")


@known
async def record(guest: Guest) -> web.Response:
    """Show my record in numbers."""
    today = local_date(guest.deps.clock.now()).isoformat()
    async with guest.deps.store.read() as db:
        own = await own_desk.own(db, guest.mine.person_id, today)
        groups = await own_desk.groups_of(db, guest.mine.person_id)
    return guest.page("record.html", own=own, groups=groups)


@known
async def ask_visit(guest: Guest) -> web.Response:
    """Ask what was seen, with a photo and the place."""
    return await _visit(guest)


@known
async def visit(guest: Guest) -> web.Response:
    """Note a visit with what was seen, a photo if there is one, and where it was; once."""
    deps, (form, files) = guest.deps, await form_with_files(guest.request, MOST_BYTES)
    data = files["photo"].data if "photo" in files else b""
    kind = sniffing.kind_of(data) if data else ""
    try:
        guest.check("visit", form.get("csrf", ""))
        shown = await _keep(deps, data, kind, _place(form))
        await deps.store.write(partial(_note_visit, guest=guest, form=form, shown=shown))
    except Refused as refusal:
        if data and kind in PICTURES:  # kept for nothing, unless somebody else shows the same
            name = hashlib.sha256(data).hexdigest()
            await errands.shred_unless_held(deps, name)
        return await _visit(guest, refusal, form)
    deps.outbox.wake.set()
    return lead(guest, guest.case(_assignment(guest)))


async def _keep(deps: Deps, data: bytes, kind: str, place: tuple[float, float] | None) -> Shown:
    """Return what is shown of a visit, its photo kept on the disk under its hash; raises Refused if it is none."""
    if not data:
        return Shown(place=place)
    if kind not in PICTURES:
        raise Refused("no_picture")
    name = hashlib.sha256(data).hexdigest()
    await asyncio.to_thread(errands.keep_file, deps.settings.home / "media", name, data)
    return Shown(name, kind, len(data), place)


async def _note_visit(db: Db, *, guest: Guest, form: Mapping[str, str], shown: Shown) -> None:
    deps = guest.deps
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    words = {"last": form.get("last", ""), "text": form.get("text", "")}
    await by_link.act(desk, guest.link(_assignment(guest)), "visit", words, shown)


async def _change(db: Db, *, guest: Guest, deed: str, form: Mapping[str, str]) -> None:
    deps = guest.deps
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    await own_desk.change(desk, guest.mine.person_id, deed, form)


async def _duty(guest: Guest, refusal: Refused | None = None, given: Mapping[str, str] | None = None) -> web.Response:
    deps = guest.deps
    async with deps.store.read() as db:
        mine = await own_desk.duty_of(Desk(db, deps.texts, deps.clock.now()), guest.mine.person_id)
    did = guest.request.query.get("did", "")
    done = deps.texts(f"rep_did.{did}") if did in own_desk.DEEDS and not refusal else ""
    return guest.page("duty.html", refusal, mine=mine, done=done, given=given or {})


async def _visit(guest: Guest, refusal: Refused | None = None, given: Mapping[str, str] | None = None) -> web.Response:
    async with guest.deps.store.read() as db:
        view = await by_link.look(db, guest.link(_assignment(guest)), guest.deps.texts)
    if "visit" not in view.deeds:
        return lead(guest, guest.case(_assignment(guest)))
    return guest.page(
        "visit.html", refusal, view=view, given=given or {}, assignment=_assignment(guest), most=by_link.MOST_SIGNS,
        case=guest.case(_assignment(guest)),
    )  # fmt: skip


def _place(form: Mapping[str, str]) -> tuple[float, float] | None:
    """Return where the phone says it is; nothing for numbers that are no place."""
    with suppress(ValueError):
        latitude, longitude = float(form.get("latitude", "")), float(form.get("longitude", ""))
        if math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180:
            return latitude, longitude
    return None


def _assignment(guest: Guest) -> int:
    return number_in(guest.request.match_info["assignment"])


def number_in(words: str) -> int:
    """Return the number an address names, 0 if it is none that could be one."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0


def lead(guest: Guest, path: str) -> web.Response:
    """Lead to another page."""
    return web.Response(status=303, headers={"Location": here(guest.request, path), "Cache-Control": "no-store"})
