"""The page of a contact group: when its representatives receive, who they are, how to reach them."""

from __future__ import annotations

import io
from urllib.parse import quote

from aiohttp import web

from bot.actions import public_groups
from bot.channels.entries import ENTERED_BY
from handlers.pages.page import page
from handlers.public.pages import openly
from handlers.webhooks import DEPS

MAP = "https://apis.map.qq.com/uri/v1/search?referer=lianxin&keyword="  # Tencent's maps open inside WeChat
SCALE, BORDER = 6, 4  # ISO 18004 wants four modules of quiet around


@openly
async def show(request: web.Request) -> web.StreamResponse:
    """Show a group to anybody."""
    deps, code = request.app[DEPS], request.match_info["code"]
    async with deps.store.read() as db:
        view = await public_groups.look(db, code, deps.clock.now())
    if view is None:
        raise web.HTTPNotFound
    feed = f"{deps.settings.public_url}/calendar/group/{code}.ics"
    address = view.group.address or view.group.station
    return page(request, "public/group.html", view=view, feed=feed, map=f"{MAP}{quote(address)}")


@openly
async def code(request: web.Request) -> web.StreamResponse:
    """Draw the QR code that leads into a group by one channel."""
    deps, channel = request.app[DEPS], request.match_info["channel"].replace("-", "_")
    if channel not in ENTERED_BY:
        raise web.HTTPNotFound
    async with deps.store.read() as db:
        url = await public_groups.entry(db, request.match_info["code"], channel)
    if not url:
        raise web.HTTPNotFound
    picture = io.BytesIO()
    import segno

    segno.make(url, error="m", micro=False).save(picture, kind="png", scale=SCALE, border=BORDER)
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=picture.getvalue(), content_type="image/png", headers=headers)
