"""Correct what a case is about, on the desk's word."""

from __future__ import annotations

from typing import Any

from bot.actions import staff, subjects
from bot.actions.cases import Actor
from bot.message import Reply
from bot.rules.normalise import plain
from bot.rules.staffwords import Deed
from bot.rules.subject_model import READ
from handlers.chat.doing import done, may
from handlers.context import Context


async def categorise(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Give a case the subject that is named; without a name say what it is taken for and what it may be."""
    may(case, actor, "categorise")
    if not deed.facts.get("name"):
        return await _taken_for(ctx, case)
    found = await subjects.find_category(ctx.db, str(deed.facts["name"]))
    await subjects.correct(ctx.desk, case, actor, found.id)
    return await done(ctx, "categorise", case, what=found.name)


async def _taken_for(ctx: Context, case: Any) -> Reply:
    now = await subjects.of_case(ctx.db, case)
    known = ctx.texts("staff.subject", name=now[0], duty=now[1]) if now else ctx.texts("staff.no_subject")
    guess = ctx.knowledge.categories.guess(plain(case.text[: 2 * READ]))
    names = "、".join([await subjects.name_of(ctx.db, guess.parts[top]) for top, _ in guess.candidates])
    may_be = ctx.texts("staff.may_be", names=names) if names else ""
    short = await staff.short(ctx.db, ctx.sender.person_id, case)
    return ctx.aside(ctx.texts("staff.ask_subject", number=case.number, known=known, may_be=may_be, short=short))
