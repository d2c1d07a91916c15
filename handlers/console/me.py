"""What is mine at the console: my password, my six digits, my sessions."""

from __future__ import annotations

from functools import partial

import structlog
from aiohttp import web
from markupsafe import Markup

from bot.actions import logins
from bot.rules import passwords, totp
from handlers.console import sign_in
from handlers.console.sessions import IN
from handlers.console.sign_in import HOME, TOTP, in_thread
from handlers.console.visit import Visit

log = structlog.get_logger(__name__)
ME = "/console/me"
OFFER = "console/totp-offer"  # the purpose a secret is sealed for until its digits come back


async def show(visit: Visit) -> web.StreamResponse:
    """Show who one is here and what one may do."""
    return visit.page("me.html", login=visit.login, wrong="")


async def ask_password(visit: Visit) -> web.StreamResponse:
    """Ask for a new password."""
    return visit.page("password.html", wrong="", login=visit.login)


async def change_password(visit: Visit) -> web.StreamResponse:
    """Change a password; every other browser is signed out. Whoever has one must know it."""
    words, again = visit.word("new"), visit.word("again")
    wrong = passwords.weakness(words, visit.login.name) or ("again" if words != again else "")
    kept = visit.login.password_hash
    if kept and not wrong and await sign_in.locked(visit, visit.login.name):  # a stolen session is to guess nothing
        wrong = "tried_often"
    if kept and not wrong and not await in_thread(passwords.fits, kept, visit.word("old")):
        wrong = "old"
    if kept and not wrong and words == visit.word("old"):
        wrong = "same"
    if wrong:
        return visit.page("password.html", status=400, wrong=wrong, login=visit.login)
    await sign_in.forget_tries(visit, visit.login.name)
    made = await in_thread(passwords.hashed, words)
    login = await visit.deps.store.write(partial(logins.set_password, login_id=visit.login.id, kept=made))
    log.info("password_changed", login=visit.login.id)
    return await visit.enter(login, IN, HOME)


async def ask_totp(visit: Visit) -> web.StreamResponse:
    """Show the QR code of a new secret; it counts only once its digits come back.

    Whoever has one already must drop it first, with its digits: a stolen session is not to put its own in the place.
    """
    if visit.login.totp_sealed is not None:
        return await visit.go(ME)
    secret = _offered(visit)
    if not secret:
        secret = totp.new_secret()
        await visit.remember(totp=visit.deps.sealer.seal(secret, OFFER).hex())  # nothing in Redis is worth stealing
    return _enrol(visit, secret)


async def set_totp(visit: Visit) -> web.StreamResponse:
    """Ask for six digits at the door from now on, if the phone shows the right ones."""
    if visit.login.totp_sealed is not None:
        return await visit.go(ME)
    secret = _offered(visit)
    if not secret or not totp.step_of(secret, visit.word("code"), visit.now):
        return _enrol(visit, secret or totp.new_secret(), wrong="wrong_code")
    sealed = visit.deps.sealer.seal(secret, TOTP)
    await visit.deps.store.write(partial(logins.set_totp, login_id=visit.login.id, sealed=sealed))
    await visit.remember(totp="")
    return await visit.go(ME, visit.deps.texts("me.totp_on"))


async def drop_totp(visit: Visit) -> web.StreamResponse:
    """Ask for no digits any more, if they are given once more."""
    if await sign_in.locked(visit, visit.login.name):
        return visit.page("me.html", status=403, login=visit.login, wrong="tried_often")
    if visit.login.totp_sealed is None or not await sign_in.used(visit, visit.word("code")):
        return visit.page("me.html", status=403, login=visit.login, wrong="wrong_code")
    await sign_in.forget_tries(visit, visit.login.name)
    await visit.deps.store.write(partial(logins.set_totp, login_id=visit.login.id, sealed=None))
    return await visit.go(ME, visit.deps.texts("me.totp_off"))


def _offered(visit: Visit) -> str:
    """Return the secret this browser was shown and has not used, empty if there is none."""
    assert visit.session is not None
    kept = str(visit.session.facts.get("totp", ""))
    return visit.deps.sealer.open(bytes.fromhex(kept), OFFER) if kept else ""


def _enrol(visit: Visit, secret: str, wrong: str = "") -> web.Response:
    address = totp.address(secret, visit.login.name)
    import segno

    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000")
    picture = Markup(drawn)  # noqa: S704 - squares drawn by segno, none of anybody's words
    return visit.page("totp.html", status=403 if wrong else 200, secret=secret, picture=picture, wrong=wrong)
