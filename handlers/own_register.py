"""A representative's page of the register: what a visitor says on a reception day, taken down on the phone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import structlog
from aiohttp import web

from bot.actions import register, register_desk, sessions
from bot.actions.handing import Desk
from bot.actions.visits import visitors
from bot.errors import Refused
from bot.rules.register import DISPOSITIONS
from bot.store import Db, reads_cases
from handlers.console.register import GUESS, guessed
from handlers.pages.page import form_of
from handlers.representative import Guest, known, lead, number_in

log = structlog.get_logger(__name__)

ENTER = "enter"  # the deed a form of this page carries the word for


@known
async def show(guest: Guest) -> web.Response:
    """Show the session that is mine today, or the last one that was left open: its entries and a form for the next."""
    return await _page(guest)


@known
async def enter(guest: Guest) -> web.Response:
    """Take down what a visitor says, as the desk does; a refusal is said on the page, and what was written stays."""
    form = await form_of(guest.request)
    try:
        guest.check(ENTER, form.get("csrf", ""))
        filled = guessed(form, guest.deps.knowledge)
        number = await guest.deps.store.write(partial(_enter, guest=guest, form=filled))
    except Refused as refusal:
        if refusal.code == "not_your_session":
            raise web.HTTPNotFound from None
        return await _page(guest, refusal, form)
    guest.deps.outbox.wake.set()
    log.info("register_by_link", number=number, by=guest.mine.person_id)
    return lead(guest, f"{guest.home}/register?did={number}")


async def _enter(db: Db, *, guest: Guest, form: Mapping[str, str]) -> int:
    deps, who = guest.deps, guest.mine.person_id
    day = await sessions.serve(db, number_in(form.get("day", "")), who)
    return await register_desk.act(
        Desk(db, deps.texts, deps.clock.now(), deps.links), day, ENTER, form, who, deps.sealer
    )


async def _page(guest: Guest, refusal: Refused | None = None, given: Mapping[str, str] | None = None) -> web.Response:
    deps, did = guest.deps, number_in(guest.request.query.get("did", ""))
    async with deps.store.read() as db:
        try:
            day = await sessions.current(db, guest.mine.person_id, deps.clock.now())
        except Refused:
            return guest.page("register.html", refusal, day=None)
        entries = await register.entries_of(db, day.id, deps.sealer)
        there = [
            (row, deps.sealer.open(row.name_sealed, "visitor") if row.name_sealed else "")
            for row in await visitors(db, day.id)
        ]
        categories = await reads_cases.categories(db)
    return guest.page(
        "register.html", refusal, day=day, entries=entries, visitors=there, categories=categories, guess=GUESS,
        dispositions=tuple(DISPOSITIONS), given=given or {}, did=did if not refusal else 0,
    )  # fmt: skip
