"""Hear how satisfied people are; a bad word needs a reason and starts the case anew."""

from __future__ import annotations

from typing import Any

from bot.actions import adding, answering, cases, joining, ratings, staff, suggestions, supplements
from bot.errors import Refused
from bot.message import SILENCE, Incoming, Reply
from bot.router import Router
from bot.rules.commands import rating_of
from bot.rules.lifecycle import Role
from bot.rules.opening import only_manners
from bot.rules.redaction import title
from bot.store import reads
from handlers.chat.asking import not_here
from handlers.context import Context

router = Router()

AWAITING_REASON = "awaiting_reason"
REASONS = {"1": "unsolved", "2": "beside", "3": "slow", "4": "manner"}
OTHER = "5"


@router.intent("rating")
async def rate(msg: Incoming, ctx: Context) -> Reply:
    """Rate the latest answer; where nothing waits for a rating, hear praise and blame all the same."""
    case = await ratings.to_rate(ctx.db, ctx.sender.person_id)
    if case is not None:
        return await _take(msg, ctx, case, ctx.meaning.argument)
    joined = await joining.joined_by(ctx.db, ctx.sender.person_id, ratings.RATABLE)
    if joined is not None:
        pieces = supplements.pieces(msg, ctx.heard_id, ())
        await adding.attach(ctx.desk, joined, pieces, ctx.sender.person_id, f"more:{ctx.heard_id}")
        return Reply(ctx.texts("rating.joiner", number=joined.number))
    if msg.text.strip().isdigit():
        return SILENCE if msg.in_group else Reply(ctx.texts("rating.nothing"))
    return Reply(ctx.texts("rating.blame" if ctx.meaning.argument == "dissatisfied" else "rating.praise"))


@router.deed("rate")
async def rate_by_number(msg: Incoming, ctx: Context) -> Reply:
    """Rate one's own case by its number, or as its representative the work of its unit."""
    assert ctx.deed is not None  # the door found it
    value, reason = str(ctx.deed.facts["value"]), str(ctx.deed.facts["reason"])
    try:
        case = await suggestions.mine(ctx.db, ctx.sender.person_id, ctx.deed.number)
    except Refused:
        if not await reads.serves(ctx.db, ctx.sender.person_id):
            raise
        return await _by_representative(ctx, value, reason)
    return await _take(msg, ctx, case, value, reason)


@router.at(AWAITING_REASON)
async def hear_reason(msg: Incoming, ctx: Context) -> Reply:
    """Take the reason, by number or in words; thanks are none, and a better word takes the bad one back."""
    case = await cases.fresh(ctx.db, int((ctx.sender.step_facts or {})["case"]))
    said = msg.text.strip().rstrip("。.、")
    if said in REASONS:
        return await _settle(ctx, case, "dissatisfied", ctx.texts(f"rating.reason_{REASONS[said]}"))
    if said == OTHER:
        return ctx.aside(ctx.texts("rating.say_it"))
    if ctx.meaning.intent in ("thanks", "greeting") or only_manners(msg.text) or not said:
        return ctx.aside(_question(ctx, case))
    value = rating_of(msg.text)
    if value and not said.isdigit():
        return ctx.aside(_question(ctx, case)) if value == "dissatisfied" else await _settle(ctx, case, value)
    return await _settle(ctx, case, "dissatisfied", msg.text.strip())


async def _take(msg: Incoming, ctx: Context, case: Any, value: str, reason: str = "") -> Reply:
    """Take a rating, or ask why it is bad."""
    not_here(msg, case)
    if value != "dissatisfied" or reason:
        return await _settle(ctx, case, value, reason)
    if msg.in_group:
        return Reply(ctx.texts("rating.in_private", number=case.number))
    return Reply(_question(ctx, case), then=AWAITING_REASON, facts={"case": case.id})


async def _settle(ctx: Context, case: Any, value: str, reason: str = "") -> Reply:
    await answering.rate_as_proposer(ctx.desk, case, ctx.sender.person_id, value, reason)
    return Reply(ctx.texts(f"rating.taken_{value}", number=case.number, subject=title(case)))


async def _by_representative(ctx: Context, value: str, reason: str) -> Reply:
    assert ctx.deed is not None
    case = await staff.find_case(ctx.db, ctx.sender.person_id, ctx.deed.number)
    actor = await cases.actor_on(ctx.db, case, ctx.sender.person_id)
    if Role.REPRESENTATIVE not in actor.roles:
        raise Refused("not_yours_to_do", number=case.number)
    await answering.rate(ctx.desk, case, actor, value, reason or ctx.texts("rating.no_reason"))
    return Reply(ctx.texts("rating.taken_of_unit", number=case.number))


def _question(ctx: Context, case: Any) -> str:
    return ctx.texts("rating.ask_reason", number=case.number)
