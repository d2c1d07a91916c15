"""What the deeds of staff share: may it be done, what was done, what is next."""

from __future__ import annotations

from typing import Any

from bot.actions import clocks, staff
from bot.actions.cases import Actor
from bot.errors import Refused
from bot.message import Reply
from bot.rules.lifecycle import State, step
from bot.rules.permissions import acting, sight
from bot.rules.redaction import title
from handlers.context import Context


async def done(
    ctx: Context, code: str, case: Any, *, due: str = "", who: str = "", what: str = "", why: str = "", count: int = 0
) -> Reply:
    """Say what was done and what happens next."""
    short = await staff.short(ctx.db, ctx.sender.person_id, case)
    return Reply(
        ctx.texts(f"done.{code}", number=case.number, subject=title(case), short=short, due=due, who=who, what=what,
                  why=why, count=count)
    )  # fmt: skip


def may(case: Any, actor: Actor, move: str) -> None:
    """Raise Refused before anything is asked for that could not be done anyway."""
    role = acting(move, actor.roles)
    if role is None:
        raise Refused("not_yours_to_do", number=case.number)
    step(move, State(case.state), role, reason=move)


def may_look(case: Any, actor: Actor) -> None:
    """Raise Refused unless they may see how the case went."""
    if not sight(actor.roles, confidential=case.confidential).history:
        raise Refused("not_yours_to_do", number=case.number)


def state_of(ctx: Context, case: Any) -> str:
    """Return where a case stands, as staff say it."""
    return ctx.texts(f"link.state.{case.state}")


async def due_day(ctx: Context, case: Any) -> str:
    """Return the day by which a case is to be answered, in words."""
    kind = "rehandle" if case.state == "rehandling" else "promised"
    return await clocks.due_day(ctx.db, case.id, kind) or ctx.texts("todo.no_day")
