"""Do what is due by the clock; every tick may come twice and changes nothing the second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from bot.actions import (
    booking_news,
    case_news,
    duty,
    ending,
    forgetting,
    leave,
    notices,
    pending,
    reception_plan,
    reception_remind,
    urging,
)
from bot.actions import clocks as case_clocks
from bot.actions.handing import Desk
from bot.deps import Deps
from bot.router import Router
from bot.store import Db, word_index
from handlers import broadcasts, door, entrances, knowledge, lessons, spool

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
    """Bring the reception days of the coming months in line with the rules and the calendar, and seat people."""
    desk = partial(_desk, deps)
    changed = await reception_plan.plan(deps.store, desk)
    seated = await duty.fill(deps.store, desk)
    raised = await deps.store.write(partial(_seats, deps=deps))
    if changed or seated or raised:
        log.info("reception_planned", changed=changed, seated=seated, raised=raised)
        deps.outbox.wake.set()


async def remind(deps: Deps, _router: Router) -> None:
    """Owe the reminders of the coming days."""
    owed = await reception_remind.remind(deps.store, deps.texts, deps.sealer, deps.clock.now())
    if owed:
        log.info("reminders_owed", owed=owed)
        deps.outbox.wake.set()


async def places(deps: Deps, _router: Router) -> None:
    """Let booked places follow their days, move up whoever waits, and remind of tomorrow."""
    if told := await deps.store.write(partial(_follow_places, deps=deps)):
        log.info("places_told", told=told)
        deps.outbox.wake.set()


async def _follow_places(db: Db, *, deps: Deps) -> int:
    return await booking_news.follow(Desk(db, deps.texts, deps.clock.now(), deps.links))


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


async def arrivals(deps: Deps, _router: Router) -> None:
    """Take up the cases that just came: their clock starts, and what is open already is compared with them."""
    now = deps.clock.now()
    async with deps.store.read() as db:
        if not await urging.new_cases(db, now):
            return
    if await deps.store.write(partial(urging.take_up, now=now)):
        deps.outbox.wake.set()


async def clocks(deps: Deps, _router: Router) -> None:
    """Start the clocks of triage, reckon anew what a changed calendar moved, and say what running out makes due."""
    if told := await deps.store.write(partial(_climb, deps=deps)):
        log.info("ladder_climbed", told=told)
        deps.outbox.wake.set()


async def told(deps: Deps, _router: Router) -> None:
    """Note who has been told by now, ask silent voters once more, close what is over."""
    if await deps.store.write(partial(_settle_told, deps=deps)):
        deps.outbox.wake.set()


async def proof(deps: Deps, _router: Router) -> None:
    """Note which groups have had their notice, and raise what was not said in time."""
    if await deps.store.write(partial(_prove, deps=deps)):
        deps.outbox.wake.set()


async def chase(deps: Deps, _router: Router) -> None:
    """Look after broadcasts that wait for a tap."""
    if await broadcasts.chase(deps):
        deps.outbox.wake.set()


async def _prove(db: Db, *, deps: Deps) -> int:
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    return await notices.settle(desk) + await pending.say_lost(desk)


def _desk(deps: Deps, db: Db) -> Desk:
    return Desk(db, deps.texts, deps.clock.now(), deps.links, sealer=deps.sealer)


async def _seats(db: Db, *, deps: Deps) -> int:
    desk = _desk(deps, db)
    return await leave.go_on_asking(desk) + await duty.raise_gaps(desk)


async def _climb(db: Db, *, deps: Deps) -> int:
    await urging.take_up(db, deps.clock.now(), urging.EVER)
    await case_clocks.recompute(db)
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    return await urging.climb(desk) + await urging.track(desk)


async def _settle_told(db: Db, *, deps: Deps) -> int:
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    settled = await ending.settle_told(desk)
    asked_after = timedelta(days=await case_clocks.limit(db, "rating-again", 3))
    closed_after = timedelta(days=await case_clocks.limit(db, "rate-close", 7))
    return settled + await ending.ask_again(desk, asked_after, closed_after)


async def forget(deps: Deps, _router: Router) -> None:
    """Forget what is older than the office keeps."""
    if forgotten := await deps.store.write(partial(_forget, deps=deps)):
        log.info("forgotten", rows=forgotten)
        deps.outbox.wake.set()


async def _forget(db: Db, *, deps: Deps) -> int:
    return await forgetting.forget(Desk(db, deps.texts, deps.clock.now(), deps.links))


async def study(deps: Deps, _router: Router) -> None:
    """Learn the subjects anew if the desk has corrected enough; every process takes it up with the next refresh."""
    await lessons.learn_if_due(deps.store, deps.clock.now())


async def ring(deps: Deps, _router: Router) -> None:
    """Fetch from 微信客服 even if no bell rang: one that rang while we were down is not rung again."""
    for channel, code in deps.settings.accounts:
        if channel == "customer_service":
            await deps.store.write(partial(door.owe_pull, deps=deps, account=code, token=""))
    deps.outbox.wake.set()


async def index(deps: Deps, _router: Router) -> None:
    """Let the words of new cases be found at once; until then they are found more slowly."""
    await word_index.fill(deps.store, deps.clock.now())


async def news(deps: Deps, _router: Router) -> None:
    """Owe the subscribers what happened to cases; without subscribers nobody looks."""
    subscribers = [code for channel, code in deps.settings.accounts if channel == "webhook"]
    if not subscribers:
        return
    async with deps.store.read() as db:
        if not await case_news.waits(db, subscribers, deps.clock.now()):
            return
    if await deps.store.write(partial(case_news.owe_news, subscribers=subscribers, now=deps.clock.now())):
        deps.outbox.wake.set()


#     name       what      every (s)  leader only
TIMETABLE = (
    Entry("beat", beat, 60, alone=False),
    Entry("replay", replay, 10, alone=False),
    Entry("refresh", refresh, 3, alone=False),
    Entry("arrivals", arrivals, 2, alone=True),
    Entry("study", study, 900, alone=True),
    Entry("ring", ring, 300, alone=True),
    Entry("plan", plan, 300, alone=True),
    Entry("remind", remind, 60, alone=True),
    Entry("chase", chase, 60, alone=True),
    Entry("proof", proof, 60, alone=True),
    Entry("places", places, 60, alone=True),
    Entry("clocks", clocks, 300, alone=True),
    Entry("told", told, 20, alone=True),
    Entry("forget", forget, 600, alone=True),
    Entry("entrances", entrances.tick, 300, alone=True),
    Entry("news", news, 5, alone=True),
    Entry("index", index, 20, alone=True),
)
