"""Hear the buttons of the cards we sent."""

from __future__ import annotations

from bot.actions import suggestions
from bot.errors import Refused
from bot.message import SILENCE, CardUpdate, Incoming, Kind, Reply
from bot.outbox.queue import Way, owe
from bot.router import Router
from bot.store import reads
from handlers.context import Context

router = Router()


@router.on(Kind.CARD)
async def press(msg: Incoming, ctx: Context) -> Reply:
    """Note that somebody saw a case, and let the card say so; a second press is no second deed."""
    card = msg.card
    if card is None or not card.button.startswith("seen:"):
        return SILENCE
    number = card.button.removeprefix("seen:")
    case = await reads.case_by_number(ctx.db, number)
    if case is None or not await reads.concerns(ctx.db, case.id, case.station_id, ctx.sender.person_id):
        raise Refused("no_such_case", number=number)
    if await suggestions.see(ctx.db, case, ctx.sender, ctx.now) and card.response_code:
        way = Way(msg.channel, msg.account, identity_id=ctx.sender.identity_id, person_id=ctx.sender.person_id)
        update = CardUpdate(response_code=card.response_code, replace_name=ctx.texts("push.seen_done"))
        await owe(ctx.db, key=f"seen:{number}:{ctx.sender.person_id}", way=way, content=update, now=ctx.now)
    return SILENCE
