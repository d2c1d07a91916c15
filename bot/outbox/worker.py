"""Deliver what we owe: claim rows, send them, settle them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select, update

from bot.channels.base import Abilities, Channel
from bot.clock import Clock, SystemClock
from bot.errors import Remedy, SendFailed
from bot.message import Card, CardUpdate, Content, Sent, Template
from bot.metrics import OUTBOX_AGE, OUTBOX_DEPTH, SEND_REFUSED, SEND_SECONDS, SENT
from bot.outbox.pace import Pace, budgets
from bot.outbox.queue import NEXT_CONTACT, from_json, other_way
from bot.rules.privacy import Sealer
from bot.store import Db, Store
from bot.store.tables import identity, outgoing
from config.settings import Account

log = structlog.get_logger(__name__)

BATCH = 40  # rows claimed at once
AT_ONCE = 8  # receivers spoken to at the same moment
LEASE = timedelta(seconds=60)  # longer than the longest send (8 s) of a whole batch's worth of one receiver
IDLE_S = 1.0  # how often we look when nobody wakes us
MOST_ATTEMPTS = 8
FIRST_BACKOFF_S = 5.0
LONGEST_BACKOFF_S = 1800.0
ALARM_PAUSE = timedelta(minutes=5)  # a broken account is tried again so often
EXPIRED = "expired"  # its time had passed: shown to the clerk, never silence

Errand = Callable[[Mapping[str, Any], Any], Awaitable[None]]  # (facts, row) -> done; raises SendFailed to come again

_DUE = (
    select(outgoing.c.id)
    .where(outgoing.c.state == "waiting", outgoing.c.due_at <= bindparam("now"))
    .order_by(outgoing.c.due_at, outgoing.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(outgoing)
    .where(outgoing.c.id.in_(_DUE), outgoing.c.state == "waiting")
    .values(
        state="sending",
        lease_until=bindparam("until"),
        worker=bindparam("me"),
        attempts=outgoing.c.attempts + 1,
    )
    .returning(outgoing)
)
_RUN_OUT = (
    update(outgoing)
    .where(outgoing.c.state == "sending", outgoing.c.lease_until < bindparam("now"))
    .values(state="waiting", lease_until=None)
)
_IDENTITIES = select(
    identity.c.id, identity.c.external_sealed, identity.c.heard_at, identity.c.pushed, identity.c.reachable
).where(identity.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(slots=True)
class Outbox:
    """What the worker needs to deliver."""

    store: Store
    channels: Mapping[str, Channel]
    accounts: Mapping[tuple[str, str], Account]
    pace: Pace
    sealer: Sealer
    clock: Clock = field(default_factory=SystemClock)
    errands: dict[str, Errand] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self.wake.clear()
            try:
                if await self.deliver_due():
                    continue
            except Exception:  # the database may be away; the rows wait
                log.exception("outbox_failed")
            try:
                await asyncio.wait_for(self.wake.wait(), IDLE_S)
            except TimeoutError:
                continue

    async def deliver_due(self) -> int:
        """Claim what is due, send it, settle it; returns how many rows were claimed."""
        now = self.clock.now()
        rows = await self._claim(now)
        if not rows:
            return 0
        queues: dict[Any, list[Any]] = defaultdict(list)
        for row in sorted(rows, key=lambda each: (each.due_at, each.id)):  # one receiver hears things in their order
            queues[self._receiver(row)].append(row)
        ways = await self._ways(rows)
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._in_order(queue, ways, gate) for queue in queues.values()))
        return len(rows)

    async def measure(self, db: Db) -> tuple[Mapping[str, int], float]:
        """Return rows by state and the age in seconds of the oldest that is due, and note both for Prometheus."""
        now = self.clock.now()
        counted = await db.all(select(outgoing.c.state, func.count().label("n")).group_by(outgoing.c.state))
        oldest = await db.one(
            select(func.min(outgoing.c.due_at).label("due_at")).where(outgoing.c.state.in_(("waiting", "sending")))
        )
        age = max(0.0, (now - oldest.due_at).total_seconds()) if oldest.due_at else 0.0
        depth = {row.state: int(row.n) for row in counted}
        for state in ("waiting", "sending", "sent", "parked", "refused", "cancelled"):
            OUTBOX_DEPTH.labels(state).set(depth.get(state, 0))
        OUTBOX_AGE.set(age)
        return depth, age

    # ---- claim ----

    async def _claim(self, now: datetime) -> list[Any]:
        async with self.store.read() as db:  # an idle worker must not take the write lock every second
            busy = await db.one(
                select(outgoing.c.id)
                .where(
                    ((outgoing.c.state == "waiting") & (outgoing.c.due_at <= now))
                    | ((outgoing.c.state == "sending") & (outgoing.c.lease_until < now))
                )
                .limit(1)
            )
        if busy is None:
            return []

        async def claim(db: Db) -> list[Any]:
            await db.run(_RUN_OUT, {"now": now})
            return await db.all(_CLAIM, {"now": now, "until": now + LEASE, "me": self.name})

        return await self.store.write(claim)

    @staticmethod
    def _receiver(row: Any) -> Any:
        if row.identity_id is not None:
            return "identity", row.identity_id
        return row.kind, row.channel, row.account, row.group_id if row.group_id is not None else row.id

    async def _ways(self, rows: list[Any]) -> dict[int, Any]:
        ids = sorted({row.identity_id for row in rows if row.identity_id is not None})
        if not ids:
            return {}
        async with self.store.read() as db:
            return {row.id: row for row in await db.all(_IDENTITIES, {"ids": ids})}

    # ---- send ----

    async def _in_order(self, queue: list[Any], ways: Mapping[int, Any], gate: asyncio.Semaphore) -> None:
        async with gate:
            held = 0.0
            for row in queue:
                if held:  # one before it must wait, and nothing may overtake it
                    await self._put_back(row, held)
                    continue
                held = await self._one(row, ways.get(row.identity_id))

    async def _one(self, row: Any, way: Any) -> float:
        """Deliver one row; returns seconds its receiver must wait, 0.0 if the next may go."""
        now = self.clock.now()
        if row.expires_at is not None and row.expires_at <= now:
            await self._settle(row, state="refused", error=EXPIRED)
            return 0.0
        if row.kind != "push":
            return await self._errand(row)
        channel, account = self.channels.get(row.channel), self.accounts.get((row.channel, row.account))
        if channel is None or account is None:
            await self._settle(row, state="refused", error=f"账号 {row.channel}/{row.account} 没有配置")
            return 0.0
        content = from_json(row.content)
        if way is not None and _window_closed(channel.abilities, way, now) and not isinstance(content, Template):
            return await self._another_way(row, NEXT_CONTACT)
        to = self._address(row, way)
        wait = await self.pace.take_all(budgets(row.channel, row.account, to or row.account), now)
        if wait:
            await self._put_back(row, wait)
            return wait
        return await self._send(row, channel, account, to, content)

    async def _send(self, row: Any, channel: Channel, account: Account, to: str, content: Content) -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            sent = await channel.send(account, to, content, row.key)
        except SendFailed as failure:
            SEND_REFUSED.labels(row.channel, str(failure.errcode)).inc()
            return await self._failed(row, failure)
        finally:
            SEND_SECONDS.labels(row.channel).observe(loop.time() - started)
        SENT.labels(row.channel).inc()
        await self._sent(row, sent, content)
        return 0.0

    async def _errand(self, row: Any) -> float:
        errand = self.errands.get(row.kind)
        if errand is None:
            await self._settle(row, state="refused", error=f"没有人会办 {row.kind}")
            return 0.0

        try:
            await errand(json.loads(row.content), row)
        except SendFailed as failure:
            return await self._failed(row, failure)
        await self._settle(row, state="sent")
        return 0.0

    def _address(self, row: Any, way: Any) -> str:
        if way is not None:
            return self.sealer.open(way.external_sealed, "identity")
        return self.sealer.open(row.address_sealed, "address") if row.address_sealed else ""

    # ---- settle ----

    async def _sent(self, row: Any, sent: Sent, content: Content) -> None:
        now = self.clock.now()
        counts = row.identity_id is not None and not isinstance(content, (Template, CardUpdate))

        async def settle(db: Db) -> None:
            await db.run(_mine(row).values(state="sent", settled_at=now, platform_id=sent.platform_id[:128], errcode=0, error=""))  # fmt: skip
            if counts:
                await db.run(
                    update(identity).where(identity.c.id == row.identity_id).values(pushed=identity.c.pushed + 1)
                )

        await self.store.write(settle)
        log.info("sent", channel=row.channel, row=row.id, kind="card" if isinstance(content, Card) else "text")

    async def _failed(self, row: Any, failure: SendFailed) -> float:
        """Do what the failure's remedy says; returns seconds the receiver must wait."""
        log.warning("not_sent", channel=row.channel, row=row.id, errcode=failure.errcode, remedy=str(failure.remedy))
        match failure.remedy:
            case Remedy.SLOW | Remedy.PARK:
                wait = failure.wait or FIRST_BACKOFF_S
                await self._put_back(row, wait, failure)
                return wait
            case Remedy.ALARM:
                await self._put_back(row, ALARM_PAUSE.total_seconds(), failure)
                return ALARM_PAUSE.total_seconds()
            case Remedy.RETRY if row.attempts < MOST_ATTEMPTS:
                wait = backoff(row.attempts)
                await self._put_back(row, wait, failure, attempted=True)
                return wait
            case Remedy.OTHER | Remedy.UNREACHABLE:
                return await self._another_way(row, NEXT_CONTACT, failure)
            case _:
                await self._settle(row, state="refused", errcode=failure.errcode, error=failure.errmsg)
                return 0.0

    async def _another_way(self, row: Any, reason: str, failure: SendFailed | None = None) -> float:
        """Send it by another identity of the same person, else keep it until the person writes again."""
        errcode = failure.errcode if failure else None
        now = self.clock.now()

        async def turn(db: Db) -> None:
            if failure is not None and failure.remedy is Remedy.UNREACHABLE and row.identity_id is not None:
                await db.run(update(identity).where(identity.c.id == row.identity_id).values(reachable=False))
            way = await other_way(db, row.person_id, row.identity_id) if row.person_id and row.identity_id else None
            tried = row.error == "other_way"  # two ways are enough; then a person looks
            if way is not None and not tried:
                values = {"identity_id": way.identity_id, "channel": way.channel, "account": way.account,
                          "state": "waiting", "due_at": now, "error": "other_way"}  # fmt: skip
            elif row.person_id is not None:
                values = {"state": "parked", "error": reason}
            else:
                values = {"state": "refused", "error": failure.errmsg if failure else reason, "settled_at": now}
            await db.run(_mine(row).values(errcode=errcode, lease_until=None, **values))

        await self.store.write(turn)
        return 0.0

    async def _put_back(
        self, row: Any, wait: float, failure: SendFailed | None = None, *, attempted: bool = False
    ) -> None:
        """Let the row wait; only a real try counts as an attempt."""
        values: dict[str, Any] = {
            "state": "waiting",
            "due_at": self.clock.now() + timedelta(seconds=wait),
            "lease_until": None,
            "attempts": row.attempts if attempted else row.attempts - 1,
        }
        if failure is not None:
            values |= {"errcode": failure.errcode, "error": failure.errmsg[:400]}

        async def put_back(db: Db) -> None:
            await db.run(_mine(row).values(**values))

        await self.store.write(put_back)

    async def _settle(self, row: Any, *, state: str, errcode: int | None = None, error: str = "") -> None:
        now = self.clock.now()

        async def settle(db: Db) -> None:
            await db.run(_mine(row).values(state=state, settled_at=now, errcode=errcode, error=error[:400]))

        await self.store.write(settle)


def _mine(row: Any) -> Any:
    """Return an UPDATE that only touches the row while our claim on it holds."""
    return update(outgoing).where(
        outgoing.c.id == row.id, outgoing.c.state == "sending", outgoing.c.worker == row.worker
    )


def _window_closed(abilities: Abilities, way: Any, now: datetime) -> bool:
    """Whether the platform would refuse a push to this person now (48 h and 5 pushes after their last word)."""
    if not abilities.window_hours:
        return False
    if way.heard_at is None or now - way.heard_at >= timedelta(hours=abilities.window_hours):
        return True
    return bool(abilities.window_count and way.pushed >= abilities.window_count)


def backoff(attempts: int) -> float:
    """Return seconds before the next try: doubling, capped, with jitter so that a crowd does not come back at once."""
    return min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)
