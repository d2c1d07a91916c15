"""Know from where a call comes, and keep anybody from asking too often."""

from __future__ import annotations

import ipaddress
import math

from aiohttp import web

from bot.deps import Deps
from handlers.webhooks import DEPS

MINUTE = 60
#                 calls a minute, for each caller, of each door
A_MINUTE = {"georeport": 60, "report": 30, "calendar": 60, "pages": 120, "entrance": 10, "link": 60,
            "sign_in": 30}  # fmt: skip


def caller(request: web.Request) -> str:
    """Return the caller's address; what a proxy on this machine added last is believed, nothing else is."""
    remote = request.remote or ""
    try:
        if ipaddress.ip_address(remote).is_loopback and (said := request.headers.get("X-Forwarded-For")):
            return str(ipaddress.ip_address(said.rpartition(",")[2].strip()))
    except ValueError:
        pass
    return remote


def whole(request: web.Request) -> None:
    """Raise HTTPBadRequest for an address with the one sign that PostgreSQL takes in no text."""
    if "%00" in request.rel_url.raw_path_qs:
        raise web.HTTPBadRequest


async def spare(request: web.Request, door: str, who: str = "") -> None:
    """Let a call pass, or answer 429 with how long to wait; `who` is the partner, else the caller's address."""
    deps: Deps = request.app[DEPS]
    bucket = f"door:{door}:{deps.sealer.mark(who or caller(request), 'caller').hex()[:24]}"
    wait = await deps.outbox.pace.take(bucket, A_MINUTE[door], MINUTE, deps.clock.now())
    if wait:
        raise web.HTTPTooManyRequests(text=deps.texts("page.too_often"), headers={"Retry-After": str(math.ceil(wait))})
