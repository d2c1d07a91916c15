"""Let a clerk turn unanswered questions into answers by words, seeing the effect before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.actions import faq_desk
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.outbox.queue import owe_errand
from bot.router import Router
from bot.rules.effect import Change
from bot.rules.privacy import mask
from handlers import faq_change
from handlers.chat.slots import unknown_in
from handlers.chat.waiting import NO, SOFT, YES
from handlers.context import Context

router = Router()


@router.deed("faq_todo")
async def to_do(msg: Incoming, ctx: Context) -> Reply:
    """List the questions that wait, each with the answer that is nearest."""
    rows = await faq_desk.open_misses(ctx.db, await ctx.stations_minded(msg))
    if not rows:
        return ctx.aside(ctx.texts("faq_desk.nothing"))
    lines = [
        ctx.texts("faq_desk.line", number=row.id, text=mask(row.text)[:60], nearest=_called(ctx, row.best_code))
        for row in rows
    ]
    return ctx.aside(ctx.texts("faq_desk.list", lines="\n".join(lines)))


@router.deed("faq_join")
async def join(msg: Incoming, ctx: Context) -> Reply:
    """Join a question to the answer that is named, or to the nearest; the effect is shown first."""
    assert ctx.deed is not None  # the door found it
    miss = await faq_desk.miss_of(ctx.db, await ctx.stations_minded(msg), int(ctx.deed.number))
    code = _code_for(ctx, ctx.deed.words) if ctx.deed.words else miss.best_code
    if code not in ctx.knowledge.answers:
        raise Refused("no_such_answer")
    return await _look(ctx, miss, Change(code, miss.text[:500]))


@router.deed("faq_new")
async def write(msg: Incoming, ctx: Context) -> Reply:
    """Write a new answer for a question; the effect is shown first."""
    assert ctx.deed is not None  # the door found it
    stations = await ctx.stations_minded(msg)
    miss = await faq_desk.miss_of(ctx.db, stations, int(ctx.deed.number))
    if not ctx.deed.words or unknown_in(ctx.deed.words):
        raise Refused("answer_missing", number=miss.id)
    office = await faq_desk.office_of(ctx.db, stations[0])
    return await _look(ctx, miss, Change(f"desk-{miss.id}", miss.text[:500], ctx.deed.words, office))


@router.deed("faq_drop")
async def drop(msg: Incoming, ctx: Context) -> Reply:
    """Leave a question that is none for the FAQ."""
    assert ctx.deed is not None  # the door found it
    miss = await faq_desk.miss_of(ctx.db, await ctx.stations_minded(msg), int(ctx.deed.number))
    await faq_desk.drop(ctx.db, miss)
    return ctx.aside(ctx.texts("faq_desk.dropped", number=miss.id))


@router.deed("faq_undo")
async def undo(msg: Incoming, ctx: Context) -> Reply:
    """Take back what was made of a question."""
    assert ctx.deed is not None  # the door found it
    miss = await faq_desk.miss_of(ctx.db, await ctx.stations_minded(msg), int(ctx.deed.number), state="answered")
    await faq_desk.undo(ctx.db, miss, ctx.sender.person_id, ctx.now)
    return ctx.aside(ctx.texts("faq_desk.undone", number=miss.id))


@router.at_work(faq_change.AWAITING_YES)
async def settle(msg: Incoming, ctx: Context) -> Reply:
    """Save the change after a yes, drop it after a no, and wait beside anything else."""
    facts = ctx.sender.step_facts or {}
    said = msg.text.strip().lower().rstrip("。.！!～~").rstrip(SOFT)
    if said in NO:
        return Reply(ctx.texts("faq_desk.left", number=facts["miss"]))
    if said not in YES:
        return ctx.aside(ctx.texts("faq_desk.yes_or_no"))
    return await _save(ctx, facts, msg)


async def _save(ctx: Context, facts: Mapping[str, Any], msg: Incoming) -> Reply:
    """Write the change, and give whoever asked the answer they were promised."""
    miss = await faq_desk.miss_of(ctx.db, await ctx.stations_minded(msg), int(facts["miss"]))
    change = Change(**facts["change"])
    await faq_desk.correct(ctx.db, miss, change, ctx.sender.person_id, ctx.now)
    answer = change.answer or ctx.knowledge.answers[change.code].answer
    told = await faq_change.answer_asker(ctx.desk, miss, answer)
    code = "faq_desk.saved_told" if told else "faq_desk.saved"
    return Reply(ctx.texts(code, number=miss.id, entry=_called(ctx, change.code) or change.wording))


async def _look(ctx: Context, miss: Any, change: Change) -> Reply:
    """Have the effect worked out beside the talk: asking a whole year's questions anew keeps no writer waiting."""
    facts = {"person": ctx.sender.person_id, "miss": miss.id, "change": faq_change.as_facts(change)}
    await owe_errand(ctx.db, key=f"faq-effect:{ctx.heard_id}", errand="faq_effect", facts=facts, now=ctx.now)
    entry = _called(ctx, change.code) or mask(change.answer)[:60]
    return Reply(ctx.texts("faq_desk.looking", number=miss.id, text=mask(miss.text)[:60], entry=entry))


def _code_for(ctx: Context, words: str) -> str:
    """Return the code of the answer somebody names by code or by its question."""
    if words in ctx.knowledge.answers:
        return words
    found = ctx.knowledge.faq.ask(words)
    return found.candidates[0].code if found.answered else ""


def _called(ctx: Context, code: str) -> str:
    row = ctx.knowledge.answers.get(code)
    return str(row.question) if row is not None else ""
