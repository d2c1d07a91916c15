"""Hear the platform's receipts: what became of a message of ours."""

from __future__ import annotations

from bot.actions import receipts
from bot.actions.receipts import Receipt
from bot.message import Incoming, Kind, Reply
from bot.router import Router
from handlers.context import Context

router = Router()


@router.on(Kind.RECEIPT)
async def note(msg: Incoming, ctx: Context) -> Reply:
    """Note what the platform says; nobody is answered."""
    await receipts.heard(
        ctx.db, Receipt(msg.channel, msg.account, msg.receipt_id, msg.receipt_status), msg.key, ctx.now
    )
    return ctx.aside("")
