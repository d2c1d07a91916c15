"""Say when a station receives, and who represents a group."""

from __future__ import annotations

from bot.actions import reception, reception_desk
from bot.message import Incoming, Reply
from bot.router import Router
from bot.store import reads
from handlers.chat.reception_desk import say_planned
from handlers.context import Context

router = Router()

AWAITING_AREA = "awaiting_area"


@router.command("reception")
async def next_days(msg: Incoming, ctx: Context) -> Reply:
    """Name the next reception days of the sender's station; a clerk sees those of the desk, with who sits."""
    if not msg.in_group and (stations := await reception_desk.stations_of(ctx.db, ctx.sender.person_id)):
        return ctx.aside(await say_planned(ctx, stations))
    return ctx.aside(await say_next_days(ctx))


async def say_next_days(ctx: Context) -> str:
    """Return the next reception days of the sender's station in words."""
    days = await reception.upcoming(ctx.db, ctx.sender.group_id, ctx.now)
    if not days:
        return ctx.texts("reception.none")
    lines = [
        ctx.texts(
            "reception.now" if row.state == "held"
            else "reception.provisional" if row.state == "provisional" else "reception.day",
            day=reception.spoken(row.date), starts=row.starts, ends=row.ends, where=reception.where(row),
        )
        for row in days
    ]  # fmt: skip
    return ctx.texts("reception.list", days="\n".join(lines))


@router.command("representatives")
async def my_representatives(msg: Incoming, ctx: Context) -> Reply:
    """Name the representatives of the sender's group; who belongs to none is asked where they live."""
    words = await say_representatives(ctx)
    if ctx.sender.group_id is None and not msg.in_group and not ctx.sender.step:
        return Reply(words, then=AWAITING_AREA)
    return ctx.aside(words)


async def say_representatives(ctx: Context) -> str:
    """Return the representatives of the sender's group in words."""
    if ctx.sender.group_id is None:
        return ctx.texts("representatives.unknown_group")
    people = await reads.representatives_of(ctx.db, ctx.sender.group_id)
    if not people:
        return ctx.texts("representatives.none")
    lines = [
        ctx.texts("representatives.one", name=p.name, level=ctx.texts(f"level.{p.level}"), title=p.title)
        for p in people
    ]
    name = (await reads.group_name(ctx.db, ctx.sender.group_id)) or ""
    return ctx.texts("representatives.list", group=name, people="\n".join(lines))
