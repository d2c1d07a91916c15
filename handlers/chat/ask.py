"""Answer questions when we are sure, offer choices when nearly, else call a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.actions import about_station, desk, questions, suggestions
from bot.clock import local_date
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.intent import may_ask
from bot.rules.opening import announces
from bot.rules.privacy import mask
from bot.rules.search import Candidate, Found, Scope
from handlers.chat import greet, rate, suggest
from handlers.chat.answers import answer
from handlers.context import Context

router = Router()

CHOOSING = "choosing"
MOST_CHOICES = 3
NONE_OF_THEM = frozenset(["0", "都不是", "不是", "没有", "都不对"])
NUMBERS = {"1": 0, "2": 1, "3": 2, "一": 0, "二": 1, "三": 2}


@router.intent("question")
async def ask(msg: Incoming, ctx: Context) -> Reply:
    """Answer from the FAQ, or offer up to three near ones, or say that a person will answer."""
    if announces(msg.text):
        return suggest.ask_for_words(msg, ctx)
    if mask(msg.text) != msg.text and (recent := await suggestions.latest_open(ctx.db, ctx.sender, ctx.now)):
        return await suggest.attach(msg, ctx, recent)  # a phone number is left for the case, whatever it sounds like
    found = await asked(ctx, msg.text)
    code = found.candidates[0].code if found.answered else ""
    await questions.note(ctx.db, ctx.sender, msg.text, code, ctx.sealer, ctx.now)
    if found.answered:
        return await _given(code, msg, ctx, found.candidates)
    choices = found.choices[:MOST_CHOICES]
    if choices and not msg.in_group:
        return Reply(_offer(choices, ctx), then=CHOOSING, facts={"codes": [c.code for c in choices], "text": msg.text})
    return await unanswered(msg, ctx, found.candidates)


@router.intent("unsure")
async def unsure(msg: Incoming, ctx: Context) -> Reply:
    """Give an answer we are sure of before we ask what was meant."""
    found = await asked(ctx, msg.text) if may_ask(msg.text) and not announces(msg.text) else None
    if found is not None and found.answered:
        return await _given(found.candidates[0].code, msg, ctx, found.candidates)
    return await suggest.unsure(msg, ctx)


async def asked(ctx: Context, text: str) -> Found:
    """Return what the FAQ finds for this sender today: entries of other places and times are left out."""
    faq = ctx.knowledge.faq
    vector = await asyncio.to_thread(faq.vector, text) if faq.encodes else None
    if not faq.limited:  # nearly no pack is: nothing is looked up for it
        return faq.ask(text, vector=vector)
    places = await about_station.places_of(ctx.db, ctx.sender.group_id)
    return faq.ask(text, Scope(local_date(ctx.now).isoformat(), places), vector)


@router.at(CHOOSING)
async def choose(msg: Incoming, ctx: Context) -> Reply:
    """Answer the chosen question; 0 calls a person; anything else is heard as if nothing had been offered."""
    facts = ctx.sender.step_facts or {}
    word = msg.text.strip().rstrip("。.、")
    codes = facts.get("codes", [])
    if word in NONE_OF_THEM:
        return await unanswered(msg, ctx, (), text=str(facts.get("text", "")))
    number = NUMBERS.get(word.removeprefix("第").rstrip("个"))
    if number is not None and number < len(codes) and codes[number] in ctx.knowledge.answers:
        return await _given(codes[number], msg, ctx, (), text=str(facts.get("text", "")))
    if word.isdigit() and len(word) == 1:
        return ctx.aside(ctx.texts("faq.which", count=len(codes)))
    return await elsewhere(msg, ctx)


async def _given(code: str, msg: Incoming, ctx: Context, found: Sequence[Candidate], text: str = "") -> Reply:
    """Give an answer, or call a person where the station's own facts for it are missing."""
    words = await answer(code, msg, ctx)
    return Reply(words) if words else await unanswered(msg, ctx, found, text=text)


async def elsewhere(msg: Incoming, ctx: Context) -> Reply:
    """Hear a message by its meaning alone."""
    return await BY_MEANING.get(ctx.meaning.intent, unsure)(msg, ctx)


BY_MEANING = {
    "question": ask,
    "request": suggest.request,
    "greeting": greet.greet,
    "thanks": greet.thank,
    "rating": rate.rate,
}


async def unanswered(msg: Incoming, ctx: Context, candidates: Sequence[Candidate], text: str = "") -> Reply:
    """Say that we do not know, keep the question and call the desk."""
    best = candidates[0] if candidates else None
    words = mask(text or msg.text)
    await questions.miss(
        ctx.db, ctx.sender, ctx.heard_id, words, best.code if best else "", best.score if best else 0.0, ctx.now
    )
    title = ctx.texts("push.question_title")
    quoted = words[: greet.MOST_QUOTED]
    await desk.call(ctx.db, ctx.sender, key=f"ask-{ctx.heard_id}", title=title, text=quoted, now=ctx.now)
    return Reply(ctx.texts("faq.unknown"))


def _offer(choices: Sequence[Candidate], ctx: Context) -> str:
    lines = [f"{n}. {ctx.knowledge.answers[c.code].question}" for n, c in enumerate(choices, 1)]
    return ctx.texts("faq.choices", choices="\n".join(lines))


@router.command("human")
async def human(_msg: Incoming, ctx: Context) -> Reply:
    """Call a person, and say which number to ring when it cannot wait."""
    title = ctx.texts("push.human_title")
    text = ctx.texts("push.human")
    await desk.call(ctx.db, ctx.sender, key=f"human-{ctx.heard_id}", title=title, text=text, now=ctx.now)
    home = await desk.phone_of(ctx.db, ctx.sender)
    urgent = ctx.texts("human.urgent", station=home.name, phone=home.phone) if home and home.phone else ""
    return ctx.aside(ctx.texts("human.called") + urgent)
