"""Put marks on a case by words: look at it again, make it public, keep its proposer unknown."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from bot.actions import adding, declining, publishing, sealing, supplements
from bot.actions.cases import Actor
from bot.actions.publishing import Draft
from bot.message import Reply
from bot.rules.staffwords import Deed, agrees, changed_draft
from handlers.chat.asking import ask
from handlers.chat.doing import done, may
from handlers.context import Context


async def reconsider(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Take a declined case up again."""
    await declining.reconsider(ctx.desk, case, actor, deed.words)
    return await done(ctx, "reconsider", case)


async def publish(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Show what would be public, take changes, and publish on the clerk's word."""
    may(case, actor, "publish")
    fresh = await publishing.draft(ctx.db, case)
    given = Draft(**deed.facts["draft"]) if "draft" in deed.facts else fresh
    said = deed.words if "draft" in deed.facts else ""
    if agrees(said):
        await publishing.publish(ctx.desk, case, actor, given)
        return await done(ctx, "publish", case)
    draft = replace(given, **changed_draft(said)).without(())
    words = ctx.texts(
        "staff.ask_publish", number=case.number, subject=draft.subject, text=draft.text, answer=draft.answer
    )
    return ask(ctx, "publish", case, "draft", words, draft=asdict(draft))


async def unpublish(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Take down what is public."""
    await publishing.take_down(ctx.desk, case, actor, deed.words)
    return await done(ctx, "unpublish", case)


async def seal(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Keep the proposer unknown to unit and group."""
    await sealing.seal(ctx.desk, case, actor)
    return await done(ctx, "seal", case)


async def unseal(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Let the proposer be known again."""
    await sealing.unseal(ctx.desk, case, actor)
    return await done(ctx, "unseal", case)


async def add(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Add what somebody said by phone or at the desk."""
    may(case, actor, "supplement")
    if not deed.words:
        return ask(ctx, "add", case, "words", ctx.texts("staff.ask_add", number=case.number))
    piece = supplements.words(ctx.heard_id, deed.words)
    count = await adding.add(ctx.desk, case, actor, [piece], f"more:{ctx.heard_id}")
    return await done(ctx, "add", case, count=count)
