"""What cases are about: correct it on the desk's word, and say what many write of."""

from __future__ import annotations

from typing import Any

from bot.actions import staff, subjects
from bot.actions import topics as hot_topics
from bot.actions.cases import Actor
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.normalise import plain
from bot.rules.privacy import mask
from bot.rules.staffwords import Deed
from bot.rules.subject_model import READ
from handlers.chat.doing import done, may
from handlers.context import Context

router = Router()

MOST_TOPICS, MOST_NUMBERS = 5, 3


@router.deed("hot")
async def hot(msg: Incoming, ctx: Context) -> Reply:
    """Say what many cases of the last month are about."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    if not await staff.stations_of(ctx.db, ctx.sender.person_id):
        raise Refused("not_yours_to_do")
    found = await hot_topics.hot_now(ctx.db, ctx.sender.person_id, ctx.now)
    if not found:
        return ctx.aside(ctx.texts("staff.nothing_hot"))
    lines = [
        ctx.texts(
            "staff.hot_line",
            n=n,
            words=mask("、".join(topic.words)),
            place=topic.place,
            count=len(topic.ids),
            days=len(topic.per_day),
            numbers="、".join(map(str, topic.ids[-MOST_NUMBERS:])),
        )
        for n, topic in enumerate(found[:MOST_TOPICS], 1)
    ]
    return ctx.aside(ctx.texts("staff.hot", lines="\n".join(lines)))


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
