"""Know a voter's browser for two hours by a signed pass; forms are taken from our own pages only."""

from __future__ import annotations

from functools import wraps

from aiohttp import web

from bot.actions import own_cases
from bot.deps import Deps
from bot.rules import visitors
from handlers.pages.page import Handler, calmly, here, sorry, wait
from handlers.public import callers
from handlers.webhooks import DEPS

PASS, STATE = "lianxin_voter", "lianxin_state"
OURS = ("same-origin", "none")  # Sec-Fetch-Site of our own forms, and of an address typed by hand


def privately(handler: Handler) -> Handler:
    """Let a page be one person's: not kept, not indexed, its forms sent by nobody else."""

    @calmly
    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in OURS:
            raise web.HTTPForbidden
        try:
            await callers.spare(request, "entrance" if request.method == "POST" else "pages")
            answered = await handler(request)
        except web.HTTPNotFound:
            answered = sorry(request, "not_yours")
        except web.HTTPTooManyRequests as often:
            answered = wait(request, often)
        answered.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answered

    return answer


async def visitor(request: web.Request) -> int | None:
    """Return whose pass came with the call, None if none is good."""
    deps: Deps = request.app[DEPS]
    person_id = visitors.read(deps.sealer, request.cookies.get(PASS, ""), deps.clock.now())
    if person_id is None:
        return None
    async with deps.store.read() as db:
        return person_id if await own_cases.visitor(db, person_id) else None


def let_in(request: web.Request, person_id: int) -> web.Response:
    """Lead to the visitor's own cases with a new pass."""
    deps: Deps = request.app[DEPS]
    answered = elsewhere(here(request, "/my/"))
    word = visitors.write(deps.sealer, person_id, deps.clock.now())
    _set(request, answered, PASS, word, int(visitors.LASTS.total_seconds()))
    return answered


def remember_state(request: web.Request, answered: web.Response, state: str) -> None:
    """Let the browser keep the word by which we know it when it comes back from WeChat."""
    _set(request, answered, STATE, state, 600)


def forget(request: web.Request, answered: web.Response, name: str) -> None:
    """Take a cookie back."""
    answered.del_cookie(name, path=here(request, "/my/"))


def elsewhere(address: str) -> web.Response:
    """Lead to another page; what led here must not be kept."""
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _set(request: web.Request, answered: web.Response, name: str, value: str, lasts: int) -> None:
    secure = request.app[DEPS].settings.public_url.startswith("https://")
    answered.set_cookie(
        name, value, max_age=lasts, path=here(request, "/my/"), httponly=True, samesite="Lax", secure=secure
    )
