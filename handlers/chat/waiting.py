"""Hear what we asked for: the words of a case, a yes or no, a place to live."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import people
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.meaning import meaning_of
from bot.rules.opening import announces, blank
from handlers.chat import ask, station, suggest
from handlers.chat.answers import answer
from handlers.context import Context

router = Router()

YES = frozenset(
    [
        "是",
        "是的",
        "对",
        "对的",
        "要",
        "好",
        "好的",
        "嗯",
        "嗯嗯",
        "可以",
        "行",
        "1",
        "记",
        "登记",
        "需要",
        "yes",
        "y",
        "ok",
    ]
)
NO = frozenset(["不是", "不", "不用", "不用了", "不要", "没事", "算了", "2", "否", "不必", "不需要", "no", "n"])
SOFT = "了吧呀"  # what softens a yes
BESIDE = ("greeting", "thanks", "question")  # said while we wait, and heard without giving up the waiting
PLACE_NAME = 15  # [A] characters; longer words are more than the name of a place


@router.at(suggest.AWAITING_TEXT)
async def receive_text(msg: Incoming, ctx: Context) -> Reply:
    """Log the words we asked for; manners and questions we can answer are heard beside them."""
    facts = ctx.sender.step_facts or {}
    if (blank(msg.text) and not msg.media) or announces(msg.text):
        return ctx.aside(ctx.texts("suggest.ask"))
    if ctx.meaning.intent in ("greeting", "thanks"):
        return ctx.aside(ctx.texts("suggest.ask"))
    if ctx.meaning.intent == "question" and not facts.get("before"):
        found = await ask.asked(ctx, msg.text)
        if found.answered and (words := await answer(found.candidates[0].code, msg, ctx)):
            return ctx.aside(words)
    return await suggest.log(msg, ctx)


@router.at(suggest.AWAITING_YES)
async def hear_yes(msg: Incoming, ctx: Context) -> Reply:
    """Log the unsure words after a yes or with more words; drop them after a no; keep waiting beside anything else."""
    facts = ctx.sender.step_facts or {}
    said = msg.text.strip().lower().rstrip("。.！!～~")
    words = str(facts.get("text", ""))
    if said in YES or said.rstrip(SOFT) in YES:
        return await _log(words, msg, ctx)
    if said in NO:
        return Reply(ctx.texts("suggest.not_logged"))
    if ctx.meaning.intent in BESIDE or blank(msg.text):
        reply = await ask.elsewhere(msg, ctx)
        return reply if reply.then else replace(reply, then=ctx.sender.step, facts=facts)
    return await _log(f"{words}\n{msg.text}" if words else msg.text, msg, ctx)


@router.at(station.AWAITING_AREA)
async def hear_area(msg: Incoming, ctx: Context) -> Reply:
    """Find the group of whoever says where they live; anything else is heard as if we had not asked."""
    sender = await people.join_area(ctx.db, ctx.sender, msg.text, ctx.now)
    if sender is not None and len(msg.text) <= PLACE_NAME:
        return Reply(await station.say_representatives(replace(ctx, sender=sender)))
    if sender is None and len(msg.text.strip()) <= PLACE_NAME and ctx.meaning.intent not in BESIDE:
        return Reply(ctx.texts("representatives.unknown_area"))
    return await ask.elsewhere(msg, replace(ctx, sender=sender) if sender else ctx)


async def _log(words: str, msg: Incoming, ctx: Context) -> Reply:
    """Log words that came in two messages, understood as one."""
    meaning = meaning_of(words, ctx.knowledge.categories)
    return await suggest.log(replace(msg, text=words), replace(ctx, meaning=meaning))
