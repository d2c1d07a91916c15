"""The chat door: verify, hear, act, answer – a callback ends as heard, ignored or forged, and never as a 500."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import structlog
from aiohttp import web

from bot import logs
from bot.channels import CHANNELS
from bot.channels.base import Answer, Call, Channel
from bot.deps import Deps
from bot.errors import Forged, Malformed
from bot.message import Incoming, Kind
from bot.metrics import ANSWERED, CALLBACK_SECONDS, HEARD, REFUSED, SPOOLED
from bot.router import Router
from config.settings import Account
from handlers import door, spool

log = structlog.get_logger(__name__)

DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
ROUTER: web.AppKey[Router] = web.AppKey("router", Router)


async def check(request: web.Request) -> web.Response:
    """Answer the platform's URL check."""
    deps, channel, account = _line(request)
    call = Call(dict(request.query))
    try:
        return web.Response(body=channel.echo(call, account, deps.clock.now()), content_type="text/plain")
    except (Forged, Malformed) as error:
        return _refuse(request, channel, error)


async def receive(request: web.Request) -> web.Response:
    """Hear one callback and answer it within the platform's five seconds."""
    started = time.perf_counter()
    deps, channel, account = _line(request)
    try:
        call = Call(_query(request), await _body(request, channel))
        now = deps.clock.now()
        incoming = channel.hear(call, account, now)
    except (Forged, Malformed) as error:
        return _refuse(request, channel, error)
    _heard(channel.name, incoming.kind).inc()
    with logs.about(incoming.key):
        answer = await hear_safely(deps, request.app[ROUTER], channel, account, call, incoming)
        took = time.perf_counter() - started
        log.info("heard", channel=channel.name, kind=str(incoming.kind), ms=round(took * 1000, 1))
    _seconds(channel.name).observe(took)
    return web.Response(body=answer.body, headers={"Content-Type": answer.content_type})


def _query(request: web.Request) -> Mapping[str, str]:
    """Return the query; the platform's own has nothing to decode, and reading it plainly costs a third."""
    raw = request.rel_url.raw_query_string
    if "%" in raw or "+" in raw:
        return request.query
    return {name: value for name, _, value in (part.partition("=") for part in raw.split("&"))}


async def _body(request: web.Request, channel: Channel) -> bytes:
    """Return the raw body; one that no platform sends is counted and refused unread, or Malformed."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        REFUSED.labels(channel.name, "too_large").inc()
        log.warning("too_large", channel=channel.name, caller=request.remote)
        raise
    except web.RequestPayloadError as error:
        raise Malformed("not packed as it says") from error


async def hear_safely(
    deps: Deps, router: Router, channel: Channel, account: Account, call: Call, incoming: Incoming
) -> Answer:
    """Return the answer of a verified callback; what the database cannot take now goes to the spool file."""
    words: str | None
    how = "spooled"

    async def keep() -> Path:
        SPOOLED.labels(channel.name).inc()
        return await spool.keep(deps, channel.name, account.code, call)

    try:
        words = await door.hear(deps, router, incoming, keep)
        how = "late" if words is None else "words" if words else "pull" if incoming.kind is Kind.PULL else "silence"
    except Exception:  # heard means stored: what the store refuses for whatever reason goes to the spool
        log.exception("store_unreachable", channel=channel.name)
        await keep()  # if even this fails, the 500 makes the platform retry
        words = ""
    _answered(channel.name, how).inc()
    return channel.answer(incoming, words or "", call, account, deps.clock.now())


# A metric's child is looked up under a lock by its labels; these are so few that each is kept.
_heard = cache(HEARD.labels)
_answered = cache(ANSWERED.labels)
_seconds = cache(CALLBACK_SECONDS.labels)


def _line(request: web.Request) -> tuple[Deps, Channel, Account]:
    """Return the channel and account an address names, or answer 404."""
    deps = request.app[DEPS]
    name = request.match_info["channel"].replace("-", "_")
    account = deps.settings.account(name, request.match_info["account"])
    if name not in CHANNELS or name not in deps.channels or account is None:
        REFUSED.labels("unknown", "unknown_account").inc()
        raise web.HTTPNotFound(text="没有这个账号")
    return deps, deps.channels[name], account


def _refuse(request: web.Request, channel: Channel, error: Exception) -> web.Response:
    """Say no to what nobody we know sent; the log gets the caller's address and no secret."""
    forged = isinstance(error, Forged)
    REFUSED.labels(channel.name, "forged" if forged else "malformed").inc()
    log.warning("forged" if forged else "malformed", channel=channel.name, caller=request.remote, why=str(error))
    return web.Response(status=403 if forged else 400, text="forged" if forged else "malformed")
