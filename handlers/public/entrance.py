"""Let a voter in to their own cases: by WeChat itself, or by a number and the code sent to their chat."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import page_codes
from bot.deps import Deps
from bot.errors import SendFailed
from bot.router import Router
from config.settings import Account
from handlers.pages.page import form_of, here, page
from handlers.public import visit
from handlers.public.visit import elsewhere, forget, let_in, privately, remember_state
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

#        asks for the code of one number      so many  in (s)
PACES = ((3, 600), (10, 86_400))
NUMBER = re.compile(r"[a-z0-9一-鿿-]{3,80}\Z")
_CODE = re.compile(r"\d{6}\Z")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－", "0123456789-")


def door(
    request: web.Request, *, wrong: str = "", ticket: str = "", number: str = "", status: int = 200
) -> web.Response:
    """Return the page at which one comes in; with a ticket it waits for the code."""
    accounts = [each for each in request.app[DEPS].settings.accounts.values() if each.channel == "official_account"]
    facts = {"accounts": accounts, "wrong": wrong, "ticket": ticket, "number": number}
    return page(request, "public/entrance.html", status=status, **facts)


@privately
async def ask(request: web.Request) -> web.StreamResponse:
    """Send a code to the voter of a number, if there is one; the answer is the same if there is none."""
    deps = request.app[DEPS]
    number = (await form_of(request)).get("number", "").translate(_FULL_WIDTH).replace(" ", "").lower()
    if not NUMBER.match(number):
        return door(request, wrong=deps.texts("mine.no_number"), status=400)
    bucket = f"code:{deps.sealer.mark(number, 'caller').hex()[:24]}"
    for most, within in PACES:
        if await deps.outbox.pace.take(f"{bucket}:{within}", most, within, deps.clock.now()):
            return door(request, wrong=deps.texts("mine.asked_often"), status=429)
    ticket = await deps.store.write(partial(page_codes.ask, number=number, now=deps.clock.now()))
    deps.outbox.wake.set()
    return door(request, ticket=ticket, number=number)


@privately
async def enter(request: web.Request) -> web.StreamResponse:
    """Let in whoever brings the code that was sent."""
    deps, form = request.app[DEPS], await form_of(request)
    ticket, number = form.get("ticket", ""), form.get("number", "")[:80]
    code = form.get("code", "").translate(_FULL_WIDTH).replace(" ", "")
    person_id = None
    if _CODE.match(code):
        deed = partial(page_codes.redeem, ticket=ticket, code=code, sealer=deps.sealer, now=deps.clock.now())
        person_id = await deps.store.write(deed)
    if person_id is None:
        return door(request, wrong=deps.texts("mine.wrong_code"), ticket=ticket, number=number, status=403)
    log.info("voter_in", by="code")
    return let_in(request, person_id)


@privately
async def leave_for_wechat(request: web.Request) -> web.StreamResponse:
    """Lead to WeChat, which says silently whose phone it is, with a state by which we know our browser again."""
    deps, account = request.app[DEPS], _account(request)
    state = secrets.token_urlsafe(24)
    back = f"{deps.settings.public_url}/my/wechat/{account.code}/back"
    query = {"appid": account.app_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base",
             "state": state}  # fmt: skip
    answered = elsewhere(f"{deps.settings.oauth_base}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect")
    remember_state(request, answered, state)
    return answered


@privately
async def come_back(request: web.Request) -> web.StreamResponse:
    """Let in whom WeChat names for its code, if it was this browser that left."""
    deps, account, query = request.app[DEPS], _account(request), request.query
    kept = request.cookies.get(visit.STATE, "")
    if not kept or not hmac.compare_digest(kept.encode(), query.get("state", "").encode()):
        return door(request, wrong=deps.texts("mine.stale"), status=403)
    try:
        openid = await deps.api.follower_of_code(account, query.get("code", ""))
    except SendFailed as failed:
        log.info("wechat_sign_in_failed", errcode=failed.errcode)
        return door(request, wrong=deps.texts("mine.stale"), status=403)
    async with deps.store.read() as db:
        person_id = await page_codes.by_wechat(db, account.code, openid, deps.sealer) if openid else None
    if person_id is None:
        answered = door(request, wrong=deps.texts("mine.unknown" if openid else "mine.preview"), status=403)
    else:
        log.info("voter_in", by="wechat")
        answered = let_in(request, person_id)
    forget(request, answered, visit.STATE)
    return answered


@privately
async def leave(request: web.Request) -> web.StreamResponse:
    """Take the pass back."""
    answered = elsewhere(here(request, "/my/"))
    forget(request, answered, visit.PASS)
    return answered


async def send_code(deps: Deps, _router: Router, facts: Mapping[str, Any], _row: Any) -> None:
    """Make and owe the code somebody asked for; an errand, so that asking takes as long for any number."""
    ticket = str(facts["ticket"])
    work = partial(page_codes.send, ticket=ticket, texts=deps.texts, sealer=deps.sealer, now=deps.clock.now())
    await deps.store.write(work)
    deps.outbox.wake.set()


def _account(request: web.Request) -> Account:
    found: Account | None = request.app[DEPS].settings.account("official_account", request.match_info["account"])
    if found is None:
        raise web.HTTPNotFound
    return found
