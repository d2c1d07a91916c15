"""Hear the buttons of the cards we sent: some act at once, some ask for the words that are lacking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.actions import cases, staff, suggestions
from bot.actions.cards import CODE_LASTS, Press
from bot.errors import Refused
from bot.message import SILENCE, CardUpdate, Incoming, Kind, Reply
from bot.outbox.queue import Way, owe
from bot.router import Router
from bot.rules.staffwords import Deed
from bot.store import reads
from handlers.chat import duty
from handlers.chat import staff as deeds
from handlers.context import Context

router = Router()

#  the button's key  the deed it asks for
BUTTONS = {
    "accept": "accept",
    "return": "return",
    "transfer": "transfer",
    "reply": "reply",
    "admit": "admit_to_best",
    "decline": "decline",
    "similar": "alike",
}
SEATS = ("swap_yes", "swap_no")  # of the card that asks somebody to sit on a reception day


@router.on(Kind.CARD)
async def press(msg: Incoming, ctx: Context) -> Reply:
    """Do what the button says; our words follow as a push, since a press can be answered with none."""
    card = msg.card
    if card is None:
        return SILENCE
    name, _, number = card.button.partition(":")
    if name == "seen":
        return await _seen(msg, ctx, number)
    if name in SEATS:
        return await duty.press(msg, ctx, name, number)
    if name not in BUTTONS:
        return SILENCE
    case = await reads.case_by_number(ctx.db, number)
    if case is None or not await staff.had_once(ctx.db, ctx.sender.person_id, case):
        raise Refused("no_such_case_here", number=number)
    try:
        asked = replace(ctx, press=Press(card.task_id, card.response_code, msg.at))
        return await deeds.perform(asked, case, Deed(BUTTONS[name], number))
    except Refused as refusal:  # a card may be old: say what is so now
        refusal.facts["number"] = number
        raise Refused("card_over", words=_words(ctx, refusal), number=number, state=await _now(ctx, case)) from refusal


def _words(ctx: Context, refusal: Refused) -> str:
    if refusal.code in ("not_now", "not_yours_to_do"):
        return ctx.texts("card.not_now")
    return ctx.texts(f"refused.{refusal.code}", **refusal.facts)


async def _now(ctx: Context, case: Any) -> str:
    alive = await cases.living(ctx.db, await cases.fresh(ctx.db, case.id))
    return ctx.texts(f"link.state.{alive.state}")


async def _seen(msg: Incoming, ctx: Context, number: str) -> Reply:
    """Note that somebody saw a case, and let the card say so; a second press is no second deed."""
    card = msg.card
    case = await reads.case_by_number(ctx.db, number)
    if case is None or not await reads.concerns(ctx.db, case.id, case.station_id, ctx.sender.person_id):
        raise Refused("no_such_case_here", number=number)
    if await suggestions.see(ctx.db, case, ctx.sender, ctx.now) and card is not None and card.response_code:
        way = Way(msg.channel, msg.account, identity_id=ctx.sender.identity_id, person_id=ctx.sender.person_id)
        update = CardUpdate(response_code=card.response_code, replace_name=ctx.texts("push.seen_done"))
        key = f"seen:{number}:{ctx.sender.person_id}"
        await owe(ctx.db, key=key, way=way, content=update, now=ctx.now, expires_at=msg.at + CODE_LASTS)
    return SILENCE
