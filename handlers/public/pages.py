"""Show the public their pages: no script, no cookie, a limit on how often, a kind word for what is not there."""

from __future__ import annotations

from functools import wraps

from aiohttp import web

from handlers.pages.page import Handler, calmly, sorry
from handlers.public import callers


def openly(handler: Handler) -> Handler:
    """Let anybody see what a handler shows."""

    @calmly
    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            await callers.spare(request, "pages")
            return await handler(request)
        except web.HTTPNotFound:
            return sorry(request, "not_public")

    return answer
