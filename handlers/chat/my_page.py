"""Hand a representative the address of their own pages, in private only."""

from __future__ import annotations

from datetime import timedelta

from bot.actions import clocks, own_desk
from bot.actions.handing import LINK_DAYS
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules import passes
from bot.rules.passes import Pass
from handlers.context import Context

router = Router()


@router.command("my_page")
async def give(msg: Incoming, ctx: Context) -> Reply:
    """Say where one's own pages are."""
    if msg.in_group:
        return ctx.aside(ctx.texts("my_page.not_in_group"))
    if ctx.links is None or await own_desk.who(ctx.db, ctx.sender.person_id) is None:
        return ctx.aside(ctx.texts("my_page.not_yours"))
    days = await clocks.limit(ctx.db, "link-days", LINK_DAYS)
    token = passes.write(ctx.sealer, Pass(ctx.sender.person_id, ctx.now + timedelta(days=days)))
    return ctx.aside(ctx.texts("my_page.give", address=f"{ctx.links.base}/rep/{token}", days=days))
