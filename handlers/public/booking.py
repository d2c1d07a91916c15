"""The voter's own page for reception days: take a place, give it back, show the code; and the code's own page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.actions import booking_news, bookings, visits
from bot.actions.handing import Desk
from bot.actions.reception import spoken, where
from bot.clock import local
from bot.deps import Deps
from bot.errors import Refused
from bot.rules import links, tickets
from bot.store import Db
from bot.store.reads import person_group
from handlers.pages.page import calmly, form_of, here, page
from handlers.public import callers
from handlers.webhooks import DEPS

Deed = Callable[[Desk, int, Mapping[str, str]], Awaitable[None]]
_STATUS = {"link_forged": 403, "link_stale": 403}


@calmly
async def show(request: web.Request) -> web.Response:
    """Show what can be booked and what is booked; WeChat opens links by itself, so this only reads."""
    await callers.spare(request, "pages")
    return await _page(request)


@calmly
async def act(request: web.Request) -> web.Response:
    """Take a place or give it back, and lead back to the page; a refusal is said on it. Twice changes nothing."""
    await callers.spare(request, "pages")
    deps, deed, form = request.app[DEPS], request.match_info["deed"], await form_of(request)
    if deed not in DEEDS:
        raise web.HTTPNotFound
    try:
        person_id = _whose(request)
        _check(request, deed, form.get("csrf", ""))
        await deps.store.write(partial(_act, deps=deps, deed=deed, person_id=person_id, form=form))
    except Refused as refusal:
        return await _page(request, refusal)
    deps.outbox.wake.set()
    raise web.HTTPSeeOther(here(request, f"/book/{request.match_info['token']}"))


@calmly
async def ticket(request: web.Request) -> web.Response:
    """Show whose place a code is, to whoever scanned it at the station."""
    await callers.spare(request, "pages")
    return await _ticket(request)


@calmly
async def arrive(request: web.Request) -> web.Response:
    """Check the voter in by their code: it works on the day, and once."""
    await callers.spare(request, "pages")
    deps, form = request.app[DEPS], await form_of(request)
    try:
        _check(request, "arrive", form.get("csrf", ""))
        await deps.store.write(partial(_arrive, deps=deps, booking_id=_which(request)))
    except Refused as refusal:
        return await _ticket(request, refusal)
    raise web.HTTPSeeOther(here(request, f"/arrive/{request.match_info['token']}"))


async def _act(db: Db, *, deps: Deps, deed: str, person_id: int, form: Mapping[str, str]) -> None:
    if form.get("seen") == await bookings.edition(db, person_id):  # else it is the same form, sent twice
        await DEEDS[deed](Desk(db, deps.texts, deps.clock.now(), deps.links), person_id, form)


async def _arrive(db: Db, *, deps: Deps, booking_id: int) -> None:
    await visits.arrive(Desk(db, deps.texts, deps.clock.now(), deps.links), booking_id)


async def _take(desk: Desk, person_id: int, form: Mapping[str, str]) -> None:
    await bookings.book(desk, person_id, _number(form, "day"), form.get("slot", ""), "page")


async def _give_back(desk: Desk, person_id: int, form: Mapping[str, str]) -> None:
    given = await bookings.cancel(desk, _number(form, "booking"), person_id)
    await booking_news.fill(desk, given.day_id)


DEEDS: dict[str, Deed] = {"take": _take, "cancel": _give_back}


async def _page(request: web.Request, refusal: Refused | None = None) -> web.Response:
    deps: Deps = request.app[DEPS]
    try:
        person_id = _whose(request)
    except Refused as broken:
        return _sorry(request, broken)
    now = deps.clock.now()
    async with deps.store.read() as db:
        held = await bookings.mine(db, person_id, now)
        places = [{"row": row, "line": await bookings.place_in_line(db, row), "code": _code(deps, row)} for row in held]
        taken = {row.day_id for row in held}
        seen = await bookings.edition(db, person_id)
        opened = await bookings.open_days(db, await person_group(db, person_id), now)
    return page(
        request,
        "booking.html",
        status=_STATUS.get(refusal.code, 409) if refusal else 200,
        places=places,
        seen=seen,
        days=[each for each in opened if each.day.id not in taken],
        spoken=spoken,
        where=where,
        refusal=_words(deps, refusal),
        home=f"/book/{request.match_info['token']}",
        consent=partial(links.consent, deps.sealer, request.match_info["token"]),
    )


async def _ticket(request: web.Request, refusal: Refused | None = None) -> web.Response:
    deps: Deps = request.app[DEPS]
    try:
        booking_id = _which(request)
    except Refused as broken:
        return _sorry(request, broken)
    async with deps.store.read() as db:
        row = await booking_news.one(Desk(db, deps.texts, deps.clock.now()), booking_id)
    return page(
        request,
        "arrival.html",
        status=409 if refusal else 200,
        row=row,
        at=f"{local(row.came_at):%H:%M}" if row.came_at else "",
        spoken=spoken,
        where=where,
        refusal=_words(deps, refusal),
        home=f"/arrive/{request.match_info['token']}",
        csrf=links.consent(deps.sealer, request.match_info["token"], "arrive"),
    )


def _code(deps: Deps, row: Any) -> Markup:
    """Return the picture of the code by which a voter arrives."""
    if row.state not in ("booked", "waiting"):
        return Markup()
    address = f"{deps.links.base}/arrive/{tickets.write(deps.sealer, row.id, tickets.ARRIVAL)}"
    import segno

    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by us from our own address


def _whose(request: web.Request) -> int:
    return tickets.read(request.app[DEPS].sealer, request.match_info["token"], tickets.PAGE)


def _which(request: web.Request) -> int:
    return tickets.read(request.app[DEPS].sealer, request.match_info["token"], tickets.ARRIVAL)


def _check(request: web.Request, deed: str, word: str) -> None:
    """Raise Refused if the form does not come from this very page."""
    if not links.consents(request.app[DEPS].sealer, request.match_info["token"], deed, word):
        raise Refused("link_stale")


def _number(form: Mapping[str, str], name: str) -> int:
    value = form.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise web.HTTPBadRequest
    return int(value)


def _words(deps: Deps, refusal: Refused | None) -> str:
    return deps.texts(f"refused.{refusal.code}", **refusal.facts) if refusal else ""


def _sorry(request: web.Request, refusal: Refused) -> web.Response:
    words = _words(request.app[DEPS], refusal)
    return page(request, "broken_link.html", status=_STATUS[refusal.code], words=words)
