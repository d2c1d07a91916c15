"""Do what is due by the clock; every tick may come twice and changes nothing the second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bot.actions import reception
from bot.deps import Deps
from bot.router import Router
from handlers import knowledge, spool

log = structlog.get_logger(__name__)

Tick = Callable[[Deps, Router], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable."""

    name: str
    tick: Tick
    every_s: int
    alone: bool  # only the process that leads does it; the lease saves work, the keys keep it right


async def plan(deps: Deps, _router: Router) -> None:
    """Plan the reception days of the coming months."""
    changed = await deps.store.write(partial(reception.plan, now=deps.clock.now()))
    if changed:
        log.info("reception_planned", changed=changed)


async def remind(deps: Deps, _router: Router) -> None:
    """Owe the reminders of the coming days."""
    owed = await deps.store.write(partial(reception.remind, texts=deps.texts, now=deps.clock.now()))
    if owed:
        log.info("reminders_owed", owed=owed)
        deps.outbox.wake.set()


async def beat(deps: Deps, _router: Router) -> None:
    """Show that the timetable runs."""
    await deps.memory.beat("timetable", deps.clock.now())


async def replay(deps: Deps, router: Router) -> None:
    """Hear again what was kept while the database was away."""
    if heard := await spool.replay(deps, router):
        log.info("spool_replayed", heard=heard)


async def refresh(deps: Deps, _router: Router) -> None:
    """Read the FAQ anew if the office changed it."""
    await knowledge.refresh(deps)


#     name       what      every (s)  leader only
TIMETABLE = (
    Entry("beat", beat, 60, alone=False),
    Entry("replay", replay, 10, alone=False),
    Entry("refresh", refresh, 30, alone=False),
    Entry("plan", plan, 3600, alone=True),
    Entry("remind", remind, 60, alone=True),
)
