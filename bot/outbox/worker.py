"""Deliver what we owe: claim rows, give each to its platform in its receiver's order, do what the answer calls for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.base import Abilities, Channel
from bot.clock import Clock, SystemClock
from bot.errors import Remedy, SendFailed
from bot.message import Card, CardUpdate, Content, Sent, Template, Text
from bot.metrics import OUTBOX_AGE, OUTBOX_DEPTH, SEND_REFUSED, SEND_SECONDS, SENT
from bot.outbox import rows as table
from bot.outbox.digest import parcels
from bot.outbox.doors import opened
from bot.outbox.manners import Manners
from bot.outbox.pace import Pace, budgets
from bot.outbox.queue import NEXT_CONTACT, from_json
from bot.outbox.rows import Rows
from bot.outbox.turns import Turns
from bot.rules.links import Links
from bot.rules.privacy import Sealer, Unsealable
from bot.store import Db, Store
from config.settings import Account
from config.texts import Texts

log = structlog.get_logger(__name__)

ERRANDS_AT_ONCE = 4  # fetching takes long and must not keep words waiting
MOST_LANES = 400  # receivers claimed and not yet done with, leaving out those whose moment is still to come
IDLE_S = 1.0  # how often we look when nobody wakes us
FRESH = timedelta(milliseconds=100)  # what we read of a row so long ago still holds
MOST_ATTEMPTS = 8
FIRST_BACKOFF_S = 5.0
LONGEST_BACKOFF_S = 1800.0
ALARM_PAUSE_S = 300.0  # a broken account is tried again so often
STOP_WITHIN_S = 12.0  # longer than a platform may take to answer (8 s)
EXPIRED = "expired"  # its time had passed: shown to the clerk, never silence
NEW, PROGRESS = "new", "progress"  # our words for the templates that reach a person whose window is closed
ABANDONED = "abandoned"  # so many workers died over it that nobody may try again

Errand = Callable[[Mapping[str, Any], Any], Awaitable[None]]  # (facts, row) -> done; raises SendFailed to come again


@dataclass(slots=True)
class Outbox:
    """What the worker needs to deliver."""

    store: Store
    channels: Mapping[str, Channel]
    accounts: Mapping[tuple[str, str], Account]
    pace: Pace
    sealer: Sealer
    texts: Texts
    clock: Clock = field(default_factory=SystemClock)
    links: Links | None = None  # who signs the doors of cards; without it they go without one
    errands: dict[str, Errand] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    # unique even where every start has the same host and pid: our own claims from before a crash are not ours
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}")
    _rows: Rows = field(init=False)
    _manners: Manners = field(init=False)
    _held: dict[int, float] = field(default_factory=dict)  # rows of ours -> when our lease on them ends
    _lanes: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: Turns = field(init=False)
    _stopping: bool = False
    _fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ERRANDS_AT_ONCE))

    def __post_init__(self) -> None:
        """Speak to the table under our own name."""
        self._rows = Rows(self.store, self.clock, self.name)
        self._manners = Manners(self.store)
        self._turns = Turns(self.pace, self.clock)

    async def run(self) -> None:
        """Deliver until told to stop; a slow receiver keeps only its own messages waiting."""
        self._turns.patient = True
        async with self._renewing():
            while not self._stopping:
                self.wake.clear()
                if not await self._look():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.wake.wait(), self._turns.next_one(IDLE_S))

    async def stop(self) -> None:
        """Finish what is being said, give back what has not begun, claim nothing more."""
        self._stopping = True
        self.wake.set()
        if self._lanes:
            await asyncio.wait(self._lanes, timeout=STOP_WITHIN_S)
        for lane in self._lanes:
            lane.cancel()

    async def deliver_due(self) -> int:
        """Claim what is due, send it, settle it; returns how many rows were claimed."""
        async with self._renewing():
            rows = await self._rows.claim(self._turns.resting())
            await asyncio.gather(*self._begin(rows))
        return len(rows)

    async def measure(self, db: Db) -> tuple[Mapping[str, int], float]:
        """Return rows by state and the age in seconds of the oldest that is due, and note both for Prometheus."""
        depth, oldest = await table.measured(db)
        age = max(0.0, (self.clock.now() - oldest).total_seconds()) if oldest else 0.0
        for state in ("waiting", "held", "sending", "prepared", "sent", "parked", "refused", "cancelled"):
            OUTBOX_DEPTH.labels(state).set(depth.get(state, 0))
        OUTBOX_AGE.set(age)
        return depth, age

    # ---- claim and hold ----

    async def _look(self) -> bool:
        """Claim and begin what is due; False if there was nothing, or no room for it."""
        if len(self._lanes) - self._turns.dozing.total() >= MOST_LANES:
            return False
        try:
            return bool(self._begin(await self._rows.claim(self._turns.resting())))
        except Exception:  # the database may be away; the rows wait
            log.exception("outbox_failed")
            return False

    def _begin(self, rows: list[Any]) -> list[asyncio.Task[None]]:
        """Start carrying claimed rows, each receiver's in their order."""
        lanes: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            lanes[table.lane_of(row)].append(row)
        ends = asyncio.get_running_loop().time() + table.LEASE.total_seconds()
        self._held |= dict.fromkeys((row.id for row in rows), ends)
        begun = [asyncio.create_task(self._lane(lane)) for lane in lanes.values()]
        for task in begun:
            self._lanes.add(task)
            task.add_done_callback(self._lanes.discard)
        return begun

    @asynccontextmanager
    async def _renewing(self) -> AsyncIterator[None]:
        """Keep our leases alive meanwhile."""
        task = asyncio.create_task(self._renew(), name="outbox-leases")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(table.LEASE.total_seconds() / 3)  # twice before a lease runs out
            if ids := list(self._held):
                ends = loop.time() + table.LEASE.total_seconds()
                try:
                    await self._rows.renew(ids)
                except Exception:  # what runs out goes back by itself
                    log.exception("leases_not_renewed")
                else:
                    self._held |= dict.fromkeys(self._held.keys() & ids, ends)

    def _holds(self, row: Any) -> bool:
        """Whether the row is certainly still ours."""
        return asyncio.get_running_loop().time() < self._held.get(row.id, 0.0)

    # ---- one receiver ----

    async def _lane(self, lane: list[Any]) -> None:
        """Deliver to one receiver in order; what fails in an unforeseen way comes back when its lease runs out."""
        try:
            async with self._turns.turn(lane[0]) if lane[0].kind == "push" else self._fetching:
                await self._in_order(lane)
        except Exception:  # one receiver's trouble must not stop the others; its leases run out
            log.exception("lane_left", channel=lane[0].channel, rows=len(lane))
        finally:
            for row in lane:
                self._held.pop(row.id, None)
            self.wake.set()  # its next messages may go now

    async def _in_order(self, lane: list[Any]) -> None:
        if lane[0].group_id is not None:
            lane = list(self._parcels(await self._rows.still_mine(lane)))
        for place, row in enumerate(lane):
            if self._stopping:
                await self._rows.put_back(lane[place:], 0.0)
                return
            if not self._holds(row):  # we were asleep too long: somebody else may have it
                return
            if wait := await self._one(row):  # nothing may overtake it
                if rest := lane[place + 1 :]:
                    await self._rows.put_back(rest, wait)
                return

    def _parcels(self, lane: list[Any]) -> Iterator[Any]:
        """Yield what goes out as one message each: a group hears in one what is due to it at the same time."""
        now = self.clock.now()

        def mergeable(row: Any) -> bool:
            return not (row.at_once or _is_over(row, now) or row.attempts > MOST_ATTEMPTS)

        spoken = (self.channels[row.channel].abilities.max_bytes for row in lane if row.channel in self.channels)
        return parcels(lane, mergeable, self.texts, min(spoken, default=0))

    async def _one(self, row: Any) -> float:
        """Deliver one row; returns seconds its receiver must wait, 0.0 if the next may go."""
        now = self.clock.now()
        if _is_over(row, now):
            return await self._refuse(row, EXPIRED)
        if row.attempts > MOST_ATTEMPTS:
            return await self._refuse(row, ABANDONED)
        if row.kind == "push" and (until := await self._manners.wait(row, now)):
            return await self._postpone(row, until)
        if (rest := self._turns.rest(row)) > 0:
            await self._rows.put_back([row], rest)
            return rest
        return await (self._push(row, now) if row.kind == "push" else self._errand(row))

    async def _postpone(self, row: Any, until: datetime) -> float:
        """Let a push wait until it is polite; what would be too late by then is given up now, for the clerk to see."""
        if _is_over(row, until):
            return await self._refuse(row, EXPIRED)
        await self._rows.postpone(row, until)
        return 0.0

    async def _push(self, row: Any, now: datetime) -> float:
        channel, account = self.channels.get(row.channel), self.accounts.get((row.channel, row.account))
        if channel is None or account is None:
            return await self._refuse(row, f"账号 {row.channel}/{row.account} 没有配置")
        way = await self._rows.way(row) if row.identity_id is not None else None
        if row.identity_id is not None and way is None:  # it was taken back while it waited for its turn
            return 0.0
        try:
            content, to = from_json(row.content), self._address(row, way)
        except (ValueError, TypeError, LookupError, AttributeError, Unsealable) as error:
            log.exception("unreadable", row=row.id)
            return await self._refuse(row, f"内容或地址读不出来（{type(error).__name__}）")
        content = opened(content, self.links, can_card=channel.abilities.can_card)
        if way is not None and _is_closed(channel.abilities, way, content, now):
            content = _as_notice(account, content)
        if way is not None and (not way.reachable or _is_closed(channel.abilities, way, content, now)):
            await self._rows.turn(row, NEXT_CONTACT)
            return 0.0
        limits = budgets(row.channel, row.account, to or row.account)
        went, wait = await self._turns.moment(row, limits)
        if went is None:
            await self._rows.put_back([row], wait)
            return wait
        if went - now > FRESH and not await self._still_wanted(row):
            return 0.0
        try:
            return await self._send(row, channel, account, to, content)
        finally:
            await self.pace.late(limits, went, self.clock.now())

    async def _still_wanted(self, row: Any) -> bool:
        """Whether a row whose moment had to come is still to be sent; what we may not send any more goes back."""
        if self._stopping:
            await self._rows.put_back([row], 0.0)
            return False
        return self._holds(row) and await self._rows.way(row) is not None

    def _address(self, row: Any, way: Any) -> str:
        if way is not None:
            return self.sealer.open(way.external_sealed, "identity")
        return self.sealer.open(row.address_sealed, "address") if row.address_sealed else ""

    async def _send(self, row: Any, channel: Channel, account: Account, to: str, content: Content) -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            sent = await channel.send(account, to, content, row.key)
        except SendFailed as failure:
            SEND_REFUSED.labels(row.channel, str(failure.errcode)).inc()
            if failure.remedy is Remedy.OTHER and (notice := _as_notice(account, content)) is not content:
                # The window was closed though we thought it open: somebody else may speak on the account too.
                await self._rows.window_is_closed(row, channel.abilities.window_count)
                return await self._send(row, channel, account, to, notice)
            return await self._failed(row, failure)
        except Exception as error:  # a bug of ours: this message cannot go, its neighbours can
            log.exception("not_sendable", channel=row.channel, row=row.id)
            return await self._refuse(row, f"无法发送（{type(error).__name__}）")
        finally:
            SEND_SECONDS.labels(row.channel).observe(loop.time() - started)
        return await self._taken(row, sent, to, content)

    async def _errand(self, row: Any) -> float:
        errand = self.errands.get(row.kind)
        if errand is None:
            return await self._refuse(row, f"没有人会办 {row.kind}")
        try:
            await errand(json.loads(row.content), row)
        except SendFailed as failure:
            return await self._failed(row, failure)
        except Exception as error:  # whatever an errand met, it is tried again a bounded number of times
            log.exception("errand_failed", kind=row.kind, row=row.id)
            return await self._failed(row, SendFailed(0, type(error).__name__, Remedy.RETRY))
        await self._rows.settle(row, state="sent")
        return 0.0

    # ---- what follows ----

    async def _taken(self, row: Any, sent: Sent, to: str, content: Content) -> float:
        """Settle what the platform took; people it left out are a failure for those people."""
        if sent.refused and set(to.split("|")) <= sent.refused.keys():
            words = " ".join(sorted(set(sent.refused.values())))
            return await self._failed(row, SendFailed(0, words, Remedy.UNREACHABLE))
        SENT.labels(row.channel).inc()
        counts = row.identity_id is not None and not isinstance(content, (Template, CardUpdate))
        left_out = f"{len(sent.refused)} 人没有收到：{' '.join(sorted(set(sent.refused.values())))}"
        await self._until_kept(row, sent, counts=counts, left_out=left_out if sent.refused else "")
        log.info("sent", channel=row.channel, row=row.id, kind=type(content).__name__)
        return 0.0

    async def _until_kept(self, row: Any, sent: Sent, *, counts: bool, left_out: str) -> None:
        """Note a delivery, however long the database is away: nobody else knows of it, and a repeat is a double."""
        pause = 0.1
        while True:
            try:
                return await self._rows.sent(row, sent, counts=counts, left_out=left_out)
            except Exception:  # any fault of the database: the platform has the message, so noting it must succeed
                log.exception("sent_but_not_noted", channel=row.channel, row=row.id)
                await asyncio.sleep(pause)  # doubling, so that a database coming back is not met by a crowd
                pause = min(2 * pause, 5.0)

    async def _failed(self, row: Any, failure: SendFailed) -> float:
        """Do what the failure's remedy says; returns seconds the receiver must wait."""
        log.warning("not_sent", channel=row.channel, row=row.id, errcode=failure.errcode, remedy=str(failure.remedy))
        match failure.remedy:
            case Remedy.SLOW | Remedy.PARK | Remedy.ALARM:
                wait = ALARM_PAUSE_S if failure.remedy is Remedy.ALARM else failure.wait or FIRST_BACKOFF_S
                self._turns.pause(row, wait)
                await self._rows.put_back([row], wait, failure)
                return wait
            case Remedy.RETRY if row.attempts < MOST_ATTEMPTS:
                wait = backoff(row.attempts)
                await self._rows.put_back([row], wait, failure, tried=True)
                return wait
            case Remedy.OTHER | Remedy.UNREACHABLE if not _is_polish(row):
                await self._rows.turn(row, NEXT_CONTACT, failure)
                return 0.0
            case _:
                return await self._refuse(row, failure.errmsg, failure.errcode)

    async def _refuse(self, row: Any, error: str, errcode: int | None = None) -> float:
        """Give a row up, for the clerk to see; a card that keeps its buttons is nothing a clerk need see."""
        state = "cancelled" if _is_polish(row) else "refused"
        await self._rows.settle(row, state=state, errcode=errcode, error=error)
        return 0.0


def _is_closed(abilities: Abilities, way: Any, content: Content, now: datetime) -> bool:
    """Whether the platform would refuse a push to this person now (48 h and 5 pushes after their last word)."""
    if not abilities.window_hours or isinstance(content, Template):
        return False
    if way.heard_at is None or now - way.heard_at >= timedelta(hours=abilities.window_hours):
        return True
    return bool(abilities.window_count and way.pushed >= abilities.window_count)


def _is_over(row: Any, now: datetime) -> bool:
    """Whether it is too late to send a row."""
    return row.expires_at is not None and row.expires_at <= now


def _is_polish(row: Any) -> bool:
    """Whether a row only changes how a card looks: no person misses it."""
    return row.kind == "push" and str(row.content).startswith('{"type":"card_update"')


def _as_notice(account: Account, content: Content) -> Content:
    """Return what has a notice as the account's template for it, which needs no window; all else as it is."""
    if isinstance(content, Card) and content.notice and NEW in account.templates:
        return Template(NEW, content.notice, content.url)
    if isinstance(content, Text) and content.notice and PROGRESS in account.templates:
        return Template(PROGRESS, content.notice)
    return content


def backoff(attempts: int) -> float:
    """Return seconds before the next try: doubling, capped, with jitter so that a crowd does not come back at once."""
    return min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (attempts - 1)) * random.uniform(0.8, 1.2)
