"""Show people what we hold of them, and erase it when they say so twice."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import erasing
from bot.clock import local
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from handlers.chat import ask
from handlers.context import Context

router = Router()

AWAITING_ERASE = "awaiting_erase"


@router.command("my_data")
async def my_data(msg: Incoming, ctx: Context) -> Reply:
    """Say what we hold of the speaker, how long, and how to have it erased."""
    if msg.in_group:
        raise Refused("say_it_in_private")
    held = await erasing.holdings(ctx.db, ctx.sender.person_id)
    since = local(held.since)
    yes, no = ctx.texts("mine.yes"), ctx.texts("mine.no")
    return ctx.aside(
        ctx.texts(
            "mine.held",
            channels="、".join(ctx.texts(f"channel.{name}") for name in held.channels),
            since=f"{since.year}年{since.month}月{since.day}日",
            name=yes if held.named else no,
            phone=yes if held.phone else no,
            group=held.group or no,
            cases=held.cases,
            open=held.open,
            pieces=held.pieces,
            files=held.files,
            joined=held.joined,
            ratings=held.ratings,
            messages=held.messages,
            places=held.places,
            entries=held.entries,
        )
    )


@router.command("erase")
async def erase(msg: Incoming, ctx: Context) -> Reply:
    """Ask once more before anything is erased: nothing brings it back."""
    if msg.in_group:
        raise Refused("say_it_in_private")
    held = await erasing.holdings(ctx.db, ctx.sender.person_id)
    return Reply(ctx.texts("mine.sure", cases=held.cases, open=held.open), then=AWAITING_ERASE)


@router.command("erase_now")
async def erase_now(msg: Incoming, ctx: Context) -> Reply:
    """Erase the speaker, if they were asked just now."""
    if ctx.sender.step != AWAITING_ERASE:
        return await erase(msg, ctx)
    cases = await erasing.erase(ctx.desk, ctx.sender.person_id)
    return Reply(ctx.texts("mine.erased", cases=cases))


@router.at(AWAITING_ERASE)
async def hear(msg: Incoming, ctx: Context) -> Reply:
    """Erase nothing: whoever says anything but the one word has not agreed."""
    return await ask.elsewhere(msg, replace(ctx, sender=replace(ctx.sender, step="", step_facts={})))
