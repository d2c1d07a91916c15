"""List what staff look over by one word: what is supervised and why, what nobody went to see, whom to call."""

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
from handlers.stories import unreached

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


@router.deed("calls")
async def calls(msg: Incoming, ctx: Context) -> Reply:
    """List whom the desk must tell by phone, of which case, and why no message reached them."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    found = await overview.to_call(ctx.db, ctx.sender.person_id)
    if not found:
        return ctx.aside(ctx.texts("lists.nobody_to_call"))
    lines = [_call(ctx, each) for each in found[:MOST_LINES]]
    return ctx.aside(ctx.texts("lists.to_call", count=len(found), lines="\n".join(lines)))


def _call(ctx: Context, each: overview.Call) -> str:
    return ctx.texts(
        "lists.call",
        number=each.case.number,
        subject=title(each.case),
        who=ctx.texts("story.joiner" if each.telling.joined else "story.proposer"),
        phone=_tail(ctx, each.telling.phone_sealed),
        why=unreached(ctx.texts, each.telling),
    )


def _tail(ctx: Context, sealed: bytes | None) -> str:
    """Return the end of a phone number: what is answered in a chat is kept there, so the whole one is not said."""
    if not sealed:
        return ctx.texts("lists.no_phone")
    return ctx.texts("lists.tail", tail=ctx.sealer.open(sealed, "phone")[-4:])


def _line(ctx: Context, case: Any) -> str:
    return ctx.texts("lists.unseen_line", number=case.number, subject=title(case))


def _reason(ctx: Context, reason: str) -> str:
    """Return the reason in words; what the office chose is said in its own."""
    return ctx.texts(f"reason.{reason}") if f"reason.{reason}" in ctx.texts else reason
