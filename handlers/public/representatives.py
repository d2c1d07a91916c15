"""The card of a representative: who they are, what they pledged, what became of it in numbers."""

from __future__ import annotations

from aiohttp import web

from bot.actions import public_cards
from handlers.pages.page import page
from handlers.public.pages import openly
from handlers.webhooks import DEPS


@openly
async def show(request: web.Request) -> web.StreamResponse:
    """Show a representative to anybody."""
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        view = await public_cards.look(db, request.match_info["code"])
    if view is None:
        raise web.HTTPNotFound
    return page(request, "public/card.html", view=view)
