"""Let people in: name and password, six digits, a link that works once – and out again."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.actions import logins, members
from bot.rules import passwords, totp
from bot.store import Db, reads
from handlers.console import sessions
from handlers.console.sessions import CODE, IN
from handlers.console.visit import CODE_PAGE, SIGN_IN, Visit
from handlers.public import callers

log = structlog.get_logger(__name__)

# A hash takes a tenth of a second of CPU: two at a time, so that the door's messages are answered meanwhile.
_HASHING = ThreadPoolExecutor(2, thread_name_prefix="argon2")
HOME = "/console/"
TOTP = "console/totp"  # the purpose a secret is sealed for


async def ask(visit: Visit) -> web.StreamResponse:
    """Ask who it is; whoever is in already is led on."""
    if visit.member is not None:
        return await visit.go(HOME)
    return door(visit)


async def by_password(visit: Visit) -> web.StreamResponse:
    """Let somebody in by name and password."""
    await callers.spare(visit.request, "sign_in")  # one address may not try one password on every name
    name = visit.word("name").lower()
    if await locked(visit, name):
        return await _say_locked(visit, name)
    async with visit.deps.store.read() as db:
        login = await logins.by_name(db, name)
    kept = login.password_hash if login else ""
    if not await in_thread(passwords.fits, kept, visit.word("password")[: passwords.MOST]):
        log.info("sign_in_wrong", known=login is not None)
        return door(visit, wrong=visit.deps.texts("sign_in.wrong"), name=name)
    return await let_in(visit, login, visit.word("then"))


async def let_in(visit: Visit, login: Any, then: str) -> web.StreamResponse:
    """Let somebody in who has proved who they are, or ask for their six digits first."""
    if login.totp_sealed is not None:
        return await visit.enter(login, CODE, CODE_PAGE, then=then)
    return await _in(visit, login, then)


async def ask_code(visit: Visit) -> web.StreamResponse:
    """Ask for the six digits of somebody's phone."""
    if visit.session is None or visit.session.stage != CODE:
        return await visit.go(SIGN_IN)
    return visit.page("code.html", wrong="")


async def by_code(visit: Visit) -> web.StreamResponse:
    """Let somebody in whose password was right and whose six digits are."""
    if visit.session is None or visit.session.stage != CODE:
        return await visit.go(SIGN_IN)
    if await locked(visit, visit.login.name):
        await sessions.end(visit.deps, visit.key)
        return await _say_locked(visit, visit.login.name)
    if not await used(visit, visit.word("code")):
        return visit.page("code.html", status=403, wrong="wrong_code")
    return await _in(visit, visit.login, str(visit.session.facts.get("then", "")))


async def used(visit: Visit, code: str) -> bool:
    """Whether these are the digits of now, never used before."""
    secret = visit.deps.sealer.open(visit.login.totp_sealed, TOTP)
    step = totp.step_of(secret, code, visit.now)
    return await visit.deps.store.write(partial(logins.use_code, login_id=visit.login.id, step=step))


async def ask_link(visit: Visit) -> web.StreamResponse:
    """Say whose link it is; chats open links by themselves, so only a press of the button uses it up."""
    async with visit.deps.store.read() as db:
        login = await logins.holder_of_link(db, visit.request.match_info["token"], visit.now)
    return visit.page("link.html", status=200 if login else 410, login=login)


async def by_link(visit: Visit) -> web.StreamResponse:
    """Let somebody in by a link that works once."""
    await callers.spare(visit.request, "sign_in")
    token = visit.request.match_info["token"]
    login = await visit.deps.store.write(partial(logins.use_link, token=token, now=visit.now))
    if login is None:
        return visit.page("link.html", status=410, login=None)
    return await let_in(visit, login, "")


async def out(visit: Visit) -> web.StreamResponse:
    """Sign out here, or of every browser."""
    if visit.session is not None:
        if visit.word("everywhere"):
            await visit.deps.store.write(partial(logins.sign_out_everywhere, login_id=visit.session.login_id))
        await sessions.end(visit.deps, visit.key)
        log.info("signed_out", login=visit.session.login_id)
    return await visit.go(SIGN_IN)


async def in_thread(deed: Any, *facts: Any) -> Any:
    """Do what takes CPU beside the loop."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, deed, *facts)


async def _in(visit: Visit, login: Any, then: str) -> web.StreamResponse:
    async with visit.deps.store.read() as db:
        if not (await members.member(db, login.person_id, login.person, visit.today)).roles:
            return door(visit, wrong=visit.deps.texts("sign_in.nothing_yet"))
    await forget_tries(visit, login.name)
    await visit.deps.store.write(partial(logins.note_seen, login_id=login.id, now=visit.now))
    log.info("signed_in", login=login.id)
    return await visit.enter(login, IN, _within(then))


def door(visit: Visit, *, wrong: str = "", name: str = "") -> web.Response:
    """Return the page that asks who it is, and says what was wrong."""
    accounts = [each for each in visit.deps.settings.accounts.values() if each.channel == "wecom_app"]
    then = visit.word("then") or visit.request.query.get("then", "")
    status = 403 if wrong else 200
    return visit.page("sign_in.html", status=status, wrong=wrong, name=name, then=then, accounts=accounts)


async def _say_locked(visit: Visit, name: str) -> web.Response:
    async with visit.deps.store.read() as db:
        _, minutes = await _limits(db)
    log.info("sign_in_locked")
    return door(visit, wrong=visit.deps.texts("sign_in.locked", minutes=minutes), name=name)


async def forget_tries(visit: Visit, name: str) -> None:
    """Forget the wrong tries of a name: the right one came."""
    await visit.deps.memory.forget(_tries(name))


async def locked(visit: Visit, name: str) -> bool:
    """Whether a name was tried too often; names that do not exist are counted as well, so that none is given away."""
    async with visit.deps.store.read() as db:
        tries, minutes = await _limits(db)
    return await visit.deps.memory.count(_tries(name), minutes * 60) > tries


async def _limits(db: Db) -> tuple[int, int]:
    return await reads.limit_value(db, "sign-in-tries", 5), await reads.limit_value(db, "sign-in-locked", 15)


def _tries(name: str) -> str:
    return f"sign-in:{hashlib.sha256(name.encode()).hexdigest()}"


def _within(then: str) -> str:
    """Return where somebody wanted to go if that is a page of the console, else its first page."""
    inside = then.startswith("/console/") and "//" not in then and "\\" not in then and ".." not in then
    return then if inside else HOME
