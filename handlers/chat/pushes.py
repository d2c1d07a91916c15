"""Let clerks see what will be said of reception days, hold or reword it, and know which groups had their notice."""

from __future__ import annotations

from typing import Any

from bot.actions import notices, pending, pushes
from bot.clock import local
from bot.message import Incoming, Reply, Text
from bot.outbox.queue import from_json
from bot.router import Router
from bot.rules.staffwords import Deed
from handlers.context import Context

router = Router()

BEGINNING = 24  # signs of a push in a list


@router.deed("pending")
async def show_pending(msg: Incoming, ctx: Context) -> Reply:
    """List what goes next, with the number to hold or reword it by."""
    rows = await pending.listed(ctx.db, await ctx.stations_minded(msg))
    if not rows:
        return ctx.aside(ctx.texts("pending.nothing"))
    lines = [
        ctx.texts(
            "pending.held" if row.state == "held" else "pending.line",
            number=row.id, at=f"{local(row.due_at):%m-%d %H:%M}", who=row.who, words=_words(row)[:BEGINNING],
        )
        for row in rows
    ]  # fmt: skip
    return ctx.aside(ctx.texts("pending.list", lines="\n".join(lines)))


@router.deed("notices")
async def show_notices(msg: Incoming, ctx: Context) -> Reply:
    """List which groups have had their notice, which wait, which have not."""
    rows = await notices.listed(ctx.db, await ctx.stations_minded(msg), ctx.now)
    if not rows:
        return ctx.aside(ctx.texts("notice.nothing"))
    return ctx.aside(ctx.texts("notice.list", lines="\n".join(_notice(ctx, row) for row in rows)))


def _notice(ctx: Context, row: Any) -> str:
    """Return one notice in words: proven and when, waiting until when, or why not."""
    room = ctx.texts(f"channel.{row.channel or 'none'}")
    day, group = row.held_on[5:], f"{row.group}（{room}）"
    if row.state == "proven":
        how = ctx.texts("notice.by_hand") if row.answer == notices.BY_HAND else row.answer
        at = f"{local(row.proven_at):%m-%d %H:%M}"
        return ctx.texts("notice.proven", number=row.id, day=day, group=group, at=at, how=how)
    if row.state == "owed" and row.due_at > ctx.now and row.push == "waiting":
        at = f"{local(row.due_at):%m-%d %H:%M}"
        return ctx.texts("notice.waiting", number=row.id, day=day, group=group, at=at)
    why = ctx.texts(f"push_state.{row.push}")
    return ctx.texts("notice.unproven", number=row.id, day=day, group=group, why=why)


@router.deed("hold", "unhold", "reword", "announced", "unannounced")
async def change(msg: Incoming, ctx: Context) -> Reply:
    """Hold, release or reword a planned push, or vouch that a group was told by hand, and take that back."""
    assert ctx.deed is not None  # the door found it
    stations = await ctx.stations_minded(msg)
    number, deed = int(ctx.deed.number), ctx.deed
    if deed.name == "announced":
        row = await notices.told_by_hand(ctx.desk, number, stations, ctx.sender.person_id)
        return ctx.aside(ctx.texts("notice.vouched", number=number, group=row.group))
    if deed.name == "unannounced":
        row = await notices.not_told(ctx.desk, number, stations)
        if row.channel:
            return ctx.aside(ctx.texts("notice.unvouched", number=number, group=row.group))
        return ctx.aside(ctx.texts("notice.unvouched_silent", number=number, group=row.group))
    row = await _change(ctx, deed, number, stations)
    at = f"{local(row.due_at):%m-%d %H:%M}"
    return ctx.aside(ctx.texts(f"pending.{deed.name}", number=number, who=row.who, at=at))


async def _change(ctx: Context, deed: Deed, number: int, stations: list[int]) -> Any:
    match deed.name:
        case "hold":
            return await pushes.hold(ctx.db, number, stations)
        case "unhold":
            return await pushes.release(ctx.db, number, stations, ctx.now)
        case _:
            return await pushes.reword(ctx.db, number, stations, deed.words)


def _words(row: Any) -> str:
    content = from_json(row.content)
    return content.text.replace("\n", " ") if isinstance(content, Text) else ""
