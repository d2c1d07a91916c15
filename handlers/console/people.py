"""See to who may sign in: write a one-time link or a first password, drop a lost phone, let somebody in no more."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import logins
from bot.rules import passwords
from bot.store import Db, reads_staff
from handlers.console.sign_in import in_thread
from handlers.console.visit import Visit, number_in

log = structlog.get_logger(__name__)

PEOPLE = "/console/people"
DEEDS = ("link", "password", "phone", "off")


async def show(visit: Visit) -> web.StreamResponse:
    """List everybody of my offices who works with us, and how they sign in."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Do one thing for one person of my offices; what is to be handed to them is shown once, on this answer only."""
    deed, who = visit.request.match_info["deed"], number_in(visit.request.match_info["person"])
    async with visit.deps.store.read() as db:
        row = await reads_staff.one_under(db, visit.me.offices, who)
    if row is None or deed not in DEEDS:
        raise web.HTTPNotFound
    if deed == "off" and who == visit.me.person_id:
        return await visit.go(PEOPLE, visit.deps.texts("people.not_yourself"))
    words = passwords.made_up() if deed == "password" else ""
    kept = await in_thread(passwords.hashed, words) if words else ""
    token = await visit.deps.store.write(partial(_act, visit=visit, who=who, deed=deed, kept=kept))
    log.info("people_deed", deed=deed, person=who, by=visit.me.person_id)
    if deed in ("link", "password"):
        shown = f"{visit.deps.settings.public_url}/console/in/{token}" if token else words
        return await _page(visit, given=(row.name, row.code, shown))
    return await visit.go(PEOPLE, visit.deps.texts("people.done", name=row.name))


async def _act(db: Db, *, visit: Visit, who: int, deed: str, kept: str) -> str:
    if deed == "link":
        return await logins.write_link(db, who, visit.now)
    mine = await logins.login_of(db, who, visit.now)
    match deed:
        case "password":
            await logins.set_password(db, mine, kept, must_change=True)
        case "phone":
            await logins.set_totp(db, mine, None)
        case _:
            await logins.switch_off(db, mine, visit.now)
    return ""


async def _page(visit: Visit, given: tuple[Any, ...] = ()) -> web.Response:
    words, start = visit.request.query.get("q", "").strip()[:80], number_in(visit.request.query.get("from", ""))
    async with visit.deps.store.read() as db:
        rows = await reads_staff.under(db, visit.me.offices, words, start)
    count, beyond = rows[0].n if rows else 0, start + reads_staff.MOST_PEOPLE
    more = urlencode({"q": words, "from": beyond}) if count > beyond else ""
    return visit.page("people.html", rows=rows, given=given, words=words, count=count, more=more)
