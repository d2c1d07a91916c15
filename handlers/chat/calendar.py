"""Hand out the address of a calendar to subscribe to: one's own for a representative, the group's for everybody."""

from __future__ import annotations

from bot.actions import calendars
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules import feeds
from handlers.context import Context

router = Router()


@router.command("calendar")
async def give(msg: Incoming, ctx: Context) -> Reply:
    """Say where the calendar is; a representative's own address is said in private only."""
    edition = await calendars.edition_of(ctx.db, ctx.sender.person_id)
    if edition is not None and not msg.in_group:
        return ctx.aside(ctx.texts("calendar.give_own", address=_own(ctx, edition)))
    if ctx.sender.group_id is None or ctx.links is None:
        return ctx.aside(ctx.texts("representatives.unknown_group"))
    code = await calendars.group_code(ctx.db, ctx.sender.group_id)
    return ctx.aside(ctx.texts("calendar.give", address=f"{ctx.links.base}/calendar/group/{code}.ics"))


@router.command("calendar_anew")
async def give_anew(msg: Incoming, ctx: Context) -> Reply:
    """Give a representative a new address; the old one leads nowhere from now on."""
    edition = await calendars.edition_of(ctx.db, ctx.sender.person_id)
    if edition is None or msg.in_group:
        return await give(msg, ctx)
    await calendars.end_edition(ctx.db, ctx.sender.person_id)
    return ctx.aside(ctx.texts("calendar.given_anew", address=_own(ctx, edition + 1)))


def _own(ctx: Context, edition: int) -> str:
    assert ctx.links is not None  # the service always has an address
    return f"{ctx.links.base}/calendar/mine/{feeds.write(ctx.sealer, ctx.sender.person_id, edition)}.ics"
