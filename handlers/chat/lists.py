"""List what staff look over by one word: the supervision list with its reasons, and who closed without a visit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.actions import overview
from bot.clock import local
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.redaction import title
from handlers.chat.doing import state_of
from handlers.context import Context

router = Router()

MOST_LINES = 10
LOOKS_BACK = timedelta(days=365)


@router.deed("supervised")
async def supervised(msg: Incoming, ctx: Context) -> Reply:
    """List the cases on the supervision list, each with the reason and since when."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    found = await overview.supervised(ctx.db, ctx.sender.person_id)
    if not found:
        return ctx.aside(ctx.texts("lists.none_supervised"))
    lines = [
        ctx.texts(
            "lists.supervised_line",
            number=each.case.number,
            subject=title(each.case),
            state=state_of(ctx, each.case),
            since=f"{local(each.since).month}月{local(each.since).day}日",
            reason=_reason(ctx, each.reason),
        )
        for each in found[:MOST_LINES]
    ]
    return ctx.aside(ctx.texts("lists.supervised", count=len(found), lines="\n".join(lines)))


@router.deed("visits")
async def visits(msg: Incoming, ctx: Context) -> Reply:
    """Say which share of the cases closed within a year nobody went to see, and name the latest."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    found = await overview.visits(ctx.db, ctx.sender.person_id, ctx.now - LOOKS_BACK)
    lines = [_line(ctx, case) for case in found.unseen[:MOST_LINES]]
    words = ctx.texts("lists.visits", closed=found.closed, unseen=len(found.unseen), share=found.share)
    return ctx.aside("\n".join([words, *lines]))


def _line(ctx: Context, case: Any) -> str:
    return ctx.texts("lists.unseen_line", number=case.number, subject=title(case))


def _reason(ctx: Context, reason: str) -> str:
    """Return the reason in words; what the office chose is said in its own."""
    return ctx.texts(f"reason.{reason}") if f"reason.{reason}" in ctx.texts else reason
