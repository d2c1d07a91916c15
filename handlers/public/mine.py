"""The pages on which a voter follows their own cases."""

from __future__ import annotations

from aiohttp import web

from bot.actions import own_cases
from handlers.pages.page import here, page
from handlers.public.entrance import door
from handlers.public.visit import elsewhere, privately, visitor
from handlers.webhooks import DEPS


@privately
async def every(request: web.Request) -> web.StreamResponse:
    """List a voter's cases; whoever has no pass is shown the door."""
    person_id = await visitor(request)
    if person_id is None:
        return door(request)
    async with request.app[DEPS].store.read() as db:
        cases = await own_cases.all_of(db, person_id)
    return page(request, "public/mine.html", cases=cases)


@privately
async def one(request: web.Request) -> web.StreamResponse:
    """Show one case; another's is as little there as one that does not exist."""
    person_id = await visitor(request)
    if person_id is None:
        return elsewhere(here(request, "/my/"))
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        view = await own_cases.one_of(db, person_id, request.match_info["number"], deps.texts)
    if view is None:
        raise web.HTTPNotFound
    return page(request, "public/mine_case.html", view=view)
