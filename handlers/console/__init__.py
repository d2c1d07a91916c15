"""The staff door, first cut: one read-only page for the machine it runs on."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from bot.clock import local
from bot.rules.privacy import mask
from bot.store import reads
from handlers import spool
from handlers.webhooks import DEPS

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"mask": mask, "time": lambda moment: f"{local(moment):%m-%d %H:%M}"}

# The page carries no script and nothing from elsewhere; a browser is told to refuse whatever a text might smuggle in.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def desk(request: web.Request) -> web.Response:
    """Show the newest cases, pushes and failures to whoever sits at this machine."""
    if not _from_here(request):
        raise web.HTTPForbidden(text="工作台目前只能在本机打开（正式登录在后续版本）。")
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        facts: dict[str, Any] = {
            "cases": await reads.newest_cases(db),
            "pushes": await reads.newest_pushes(db),
            "failed": await reads.failed_messages(db),
        }
    page = _PAGES.get_template("desk.html").render(texts=deps.texts, waiting=spool.waiting(deps), **facts)
    return web.Response(text=page, content_type="text/html", headers=_HEADERS)


def _from_here(request: web.Request) -> bool:
    """Whether the call comes from this machine itself; through a proxy every call would, so forwarded ones do not."""
    if {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers):
        return False
    return request.remote is not None and ipaddress.ip_address(request.remote).is_loopback
