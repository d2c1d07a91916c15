"""Say where a voter's cases stand: state, who holds it, by when, and why then."""

from __future__ import annotations

from typing import Any

from bot.actions import assignments, cases, clocks, reception, suggestions
from bot.clock import local
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.redaction import title
from handlers.chat.asking import not_here
from handlers.context import Context

router = Router()

MOST = 5


@router.command("progress")
async def progress(msg: Incoming, ctx: Context) -> Reply:
    """Say where the latest case, or the one named, stands; other open ones are listed beneath."""
    row = await suggestions.mine(ctx.db, ctx.sender.person_id, ctx.meaning.argument)
    not_here(msg, row)
    return ctx.aside(await say(ctx, row, others=not ctx.meaning.argument and not msg.in_group))


async def say(ctx: Context, row: Any, *, others: bool) -> str:
    """Return where a case stands in words, with the voter's other open ones beneath if they are wanted."""
    day = reception.spoken(local(row.created_at).date().isoformat())
    facts = {"number": row.number, "subject": title(row), "day": day}
    words = ctx.texts("progress.one", **facts, state=await _state(ctx, row), more=await _more(ctx, row))
    if not others:
        return words
    rest = [each for each in await suggestions.open_of(ctx.db, ctx.sender.person_id, MOST) if each.id != row.id]
    lines = [
        ctx.texts("progress.line", number=each.number, subject=title(each), state=await _state(ctx, each))
        for each in rest
    ]
    return words + ("\n" + ctx.texts("progress.others", lines="\n".join(lines)) if lines else "")


async def _state(ctx: Context, row: Any) -> str:
    alive = await cases.living(ctx.db, row)
    return ctx.texts(f"state.{alive.state if row.state != 'withdrawn' else row.state}")


async def _more(ctx: Context, row: Any) -> str:
    """Return who holds a case, what it is handled with, and the promised day with its reason."""
    alive = await cases.living(ctx.db, row)
    lines = []
    if alive.id != row.id:
        lines.append(ctx.texts("progress.with", into=alive.number))
    names = "、".join(holder.name for holder in await assignments.holders(ctx.db, alive.id))
    if names and alive.state in ("assigned", "accepted", "handling", "rehandling"):
        lines.append(ctx.texts("progress.held", names=names))
    kind = "rehandle" if alive.state == "rehandling" else "promised"
    running = await clocks.explained(ctx.db, alive.id, ctx.texts, kinds=(kind,))
    lines += [ctx.texts("why.clock", clock=each.clock, words=each.words) for each in running]
    return "".join(f"{line}\n" for line in lines)
