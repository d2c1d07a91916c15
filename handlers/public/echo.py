"""The echo wall: what came of people's suggestions, as the clerk approved it, without personal data."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.actions import echo
from bot.actions.echo import Wanted
from handlers.pages.page import page
from handlers.public.pages import openly
from handlers.webhooks import DEPS

MOST = 20  # results on a page
LONGEST_CODE = 64


@openly
async def show(request: web.Request) -> web.StreamResponse:
    """Show one page of the wall to anybody."""
    asked = {name: request.query.get(name, "")[:LONGEST_CODE] for name in ("station", "subject", "representative")}
    before = _number(request.query.get("before", ""))
    async with request.app[DEPS].store.read() as db:
        wall = await echo.look(db, Wanted(**asked), before=before, most=MOST)
        stations, subjects = await echo.choices(db)
        name = await echo.name_of(db, asked["representative"]) if asked["representative"] else ""
    narrowing = {key: value for key, value in asked.items() if value}
    older = urlencode(narrowing | {"before": wall.before}) if wall.before else ""
    return page(
        request,
        "public/echo.html",
        wall=wall,
        stations=stations,
        subjects=subjects,
        asked=asked,
        name=name,
        first=before is None,
        newest=urlencode(narrowing),
        older=older,
    )


def _number(words: str) -> int | None:
    """Return where a page begins; what is no number begins at the top."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 18 else None
