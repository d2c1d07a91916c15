"""Claim what is due, hold it, put it back, settle it: every word spoken to the outbox's table after the owing.

A row that is `sending` or put back carries `lease_until`: nobody touches it before. What is put back keeps its `due_at`
and so its place: what is owed to one receiver (its lane) goes out in the order in which it fell due. Only manners move
`due_at` (quiet hours, a group's cap), so that an alarm may pass what waits for the morning.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import String, bindparam, case, cast, func, literal, or_, select, text, update

from bot.clock import Clock
from bot.errors import Remedy, SendFailed
from bot.message import Sent
from bot.outbox.digest import rows_of
from bot.outbox.queue import other_way
from bot.outbox.together import Together
from bot.store import Db, Prepared, Store
from bot.store.tables import Moment, identity, outgoing

log = structlog.get_logger(__name__)

BATCH = 40  # rows claimed at once
LEASE = timedelta(seconds=60)  # renewed while we are at it; a worker that died lets go after so long
JUMP_S = 1.0  # a clock that was set by more than this says nothing of other people's leases for a while
OTHER_WAY = "other_way"  # the row was moved to another identity once; two ways are enough, then a person looks

# Whoever claims in PostgreSQL does it alone, else two would share one receiver's rows; SQLite has one writer anyway.
_ALONE = text("SELECT pg_try_advisory_xact_lock(7265786) AS ours")


def _lane(table: Any) -> Any:
    """Return who hears a row's message, as SQL: a person's identity, a group, one account's pulls, else the row."""
    return case(
        (table.c.identity_id.is_not(None), "i" + cast(table.c.identity_id, String)),
        (table.c.group_id.is_not(None), "g" + cast(table.c.group_id, String)),
        (table.c.kind == "pull", "p" + table.c.account),
        else_="r" + cast(table.c.id, String),
    )


def lane_of(row: Any) -> str:
    """Return what `_lane` says of a claimed row.

    The claim cannot return it: since 3.38 SQLite takes `x IS NOT NULL` for true in RETURNING whatever x is, where the
    table's first column is NOT NULL, so a group's, a pull's and a lone row's lane all came back as NULL.
    """
    if row.identity_id is not None:
        return f"i{row.identity_id}"
    if row.group_id is not None:
        return f"g{row.group_id}"
    return f"p{row.account}" if row.kind == "pull" else f"r{row.id}"


_other = outgoing.alias("other")
_TAKEN = select(_lane(_other)).where(
    or_(_other.c.state == "sending", (_other.c.state == "waiting") & (_other.c.lease_until > bindparam("now")))
)
_FREE = or_(outgoing.c.lease_until.is_(None), outgoing.c.lease_until <= bindparam("now"))
_AWAKE = or_(  # what is too late is not kept waiting to be called so
    (outgoing.c.channel + "/" + outgoing.c.account).not_in(bindparam("resting", expanding=True)),
    outgoing.c.expires_at <= bindparam("now"),
)
_DUE = (
    select(outgoing.c.id)
    .where(
        outgoing.c.state == "waiting",
        outgoing.c.due_at <= bindparam("now"),
        _FREE,
        _AWAKE,
        _lane(outgoing).not_in(_TAKEN),
    )
    .order_by(outgoing.c.due_at, outgoing.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")  # as a plain subquery PostgreSQL may run it once per row and claim more than a batch
)
_CLAIM = (
    update(outgoing)
    .where(outgoing.c.id.in_(select(_DUE.c.id)), outgoing.c.state == "waiting")
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
    .where(outgoing.c.state == "sending", outgoing.c.lease_until <= bindparam("now"))
    .values(state="waiting", lease_until=None)
)
_WORK = (
    select(outgoing.c.id)
    .where(
        or_(
            (outgoing.c.state == "waiting") & (outgoing.c.due_at <= bindparam("now")) & _FREE & _AWAKE,
            (outgoing.c.state == "sending") & (outgoing.c.lease_until <= bindparam("now")),
        )
    )
    .limit(1)
)
_WAYS = (
    select(outgoing.c.id, identity.c.external_sealed, identity.c.heard_at, identity.c.pushed, identity.c.reachable)
    .outerjoin(identity, outgoing.c.identity_id == identity.c.id)
    .where(
        outgoing.c.id.in_(bindparam("rows", expanding=True)),
        outgoing.c.state == "sending",
        outgoing.c.worker == bindparam("me"),
    )
)


# Nearly every push ends so; compiled once, they cost a fifth (ADR 3).
_SENT = Prepared(
    update(outgoing)
    .where(
        outgoing.c.id == bindparam("row"),
        or_(*(outgoing.c.state == state for state in ("sending", "waiting", "cancelled"))),
    )
    .values(state="sent", errcode=0, lease_until=None),
    ["settled_at", "platform_id", "error"],
)
_COUNT = Prepared(update(identity).where(identity.c.id == bindparam("who")).values(pushed=identity.c.pushed + 1))


class Rows:
    """The outbox's table as one worker sees it."""

    def __init__(self, store: Store, clock: Clock, me: str) -> None:
        """Claim under the name `me`, which no other worker has."""
        self._store = store
        self._clock = clock
        self._me = me
        self._set_by = clock.set_by()
        self._trust_from = 0.0  # on the clock that nobody can set: leases are believed again
        self._ask = Together(self._ways)

    async def claim(self, resting: Sequence[str] = ()) -> list[Any]:
        """Return rows that are ours for a LEASE, in the order they fell due.

        Rows of `resting` accounts ("channel/account") are left where they are.
        """
        now = self._clock.now()
        trusted = self._trusts_leases()
        async with self._store.read() as db:  # an idle worker must not take the write lock every second
            if await db.one(_WORK, {"now": now, "resting": list(resting)}) is None:
                return []

        async def claim(db: Db) -> list[Any]:
            if self._store.shared and not (await db.one(_ALONE)).ours:
                return []
            if trusted:
                await db.run(_RUN_OUT, {"now": now})
            facts = {"now": now, "until": now + LEASE, "me": self._me, "resting": list(resting)}
            return await db.all(_CLAIM, facts)

        rows = await self._store.write(claim)
        return sorted(rows, key=lambda each: (each.due_at, each.id))

    def _trusts_leases(self) -> bool:
        """Whether a lease that looks run out is; not after the clock was set, until all who live have renewed theirs.

        Else two workers of one machine would each take over what the other is just saying.
        """
        beside = time.monotonic()
        if abs(self._clock.set_by() - self._set_by) > JUMP_S:
            self._set_by = self._clock.set_by()
            self._trust_from = beside + LEASE.total_seconds() * 2 / 3  # they renew every third of one
            log.warning("clock_was_set")
        return beside >= self._trust_from

    async def renew(self, ids: Sequence[int]) -> None:
        """Keep rows that are still ours for another LEASE."""
        mine = (outgoing.c.state == "sending") & (outgoing.c.worker == self._me)
        await self._run(update(outgoing).where(outgoing.c.id.in_(ids), mine).values(lease_until=self._now(LEASE)))

    async def way(self, row: Any) -> Any:
        """Return a row's identity as it is now, as its window may be used up; None if the row is not ours.

        What goes to nobody we know has an identity of nothing but None.
        """
        return await self._ask(row.id)

    async def _ways(self, ids: list[int]) -> dict[int, Any]:
        """Return the identities of those rows that are ours."""
        async with self._store.read() as db:
            return {way.id: way for way in await db.all(_WAYS, {"rows": ids, "me": self._me})}

    async def put_back(
        self, rows: Sequence[Any], wait: float, failure: SendFailed | None = None, *, tried: bool = False
    ) -> None:
        """Let rows wait so many seconds, not beyond their end; only a real try counts as an attempt."""
        until = literal(self._now(timedelta(seconds=wait)), Moment)
        values: dict[str, Any] = {
            "state": "waiting",
            "lease_until": case((outgoing.c.expires_at < until, outgoing.c.expires_at), else_=until),
            "attempts": outgoing.c.attempts - (0 if tried else 1),
        }
        if failure is not None:
            values |= {"errcode": failure.errcode, "error": failure.errmsg[:400]}
        await self._run(self._mine(rows).values(**values))

    async def postpone(self, row: Any, until: datetime) -> None:
        """Let a row fall due later, holding up nothing that is owed to the same receiver."""
        values = {"state": "waiting", "due_at": until, "lease_until": None, "attempts": outgoing.c.attempts - 1}
        await self._run(self._mine([row]).values(**values))

    async def still_mine(self, rows: Sequence[Any]) -> list[Any]:
        """Return those that nobody took back while they waited for their turn."""
        found = await self._ways([row.id for row in rows])
        return [row for row in rows if row.id in found]

    async def settle(self, row: Any, *, state: str, errcode: int | None = None, error: str = "") -> None:
        """Let a row rest for good, with the reason a clerk reads."""
        values = {"state": state, "settled_at": self._now(), "errcode": errcode, "error": error[:400]}
        await self._run(self._mine([row]).values(lease_until=None, **values))

    async def sent(self, row: Any, sent: Sent, *, counts: bool, left_out: str = "") -> None:
        """Note that the platform took it: that is so, whoever holds the row by now, even if it was just withdrawn."""
        if not sent.waits_for_tap and len(rows_of(row)) == 1:
            await self._sent(row, sent, counts=counts, left_out=left_out)
            return
        state: Any = "sent"
        if sent.waits_for_tap:  # what was withdrawn meanwhile nobody has heard yet: it is taken back
            state = case((outgoing.c.state == "cancelled", "cancelled"), else_="prepared")
        values: dict[str, Any] = {"state": state, "settled_at": self._now(), "errcode": 0}
        values |= {"platform_id": sent.platform_id[:128], "told_in_id": case((outgoing.c.id != row.id, row.id))}
        taken = update(outgoing).where(
            outgoing.c.id.in_([each.id for each in rows_of(row)]),
            outgoing.c.state.in_(("sending", "waiting", "cancelled")),
        )

        await self._run(taken.values(lease_until=None, error=left_out[:400], **values))

    async def _sent(self, row: Any, sent: Sent, *, counts: bool, left_out: str) -> None:
        facts = {"row": row.id, "settled_at": self._now(), "platform_id": sent.platform_id[:128]}

        async def settle(db: Db) -> None:
            await db.run(_SENT, {**facts, "error": left_out[:400]})
            if counts:
                await db.run(_COUNT, {"who": row.identity_id})

        await self._store.write(settle)

    async def window_is_closed(self, row: Any, spent: int) -> None:
        """Note that the platform takes nothing more for a person until they write again."""
        await self._run(update(identity).where(identity.c.id == row.identity_id).values(pushed=spent))

    async def turn(self, row: Any, reason: str, failure: SendFailed | None = None) -> None:
        """Give a row another identity of the same person, else keep it until the person writes again."""
        errcode, error = (failure.errcode, failure.errmsg) if failure else (None, reason)
        unreachable = failure is not None and failure.remedy is Remedy.UNREACHABLE

        async def turn(db: Db) -> None:
            if unreachable and row.identity_id is not None:
                await db.run(update(identity).where(identity.c.id == row.identity_id).values(reachable=False))
            way = await other_way(db, row.person_id, row.identity_id) if row.person_id and row.identity_id else None
            values: dict[str, Any] = {"state": "refused", "error": error[:400], "settled_at": self._now()}
            if way is not None and row.error != OTHER_WAY:
                values = {"state": "waiting", "error": OTHER_WAY, "attempts": 0, "identity_id": way.identity_id}
                values |= {"channel": way.channel, "account": way.account}
            elif row.person_id is not None:
                values = {"state": "parked", "error": reason, "attempts": 0}
            await db.run(self._mine([row]).values(errcode=errcode, lease_until=None, **values))

        await self._store.write(turn)

    def _now(self, later: timedelta = timedelta()) -> Any:
        return self._clock.now() + later

    def _mine(self, rows: Sequence[Any]) -> Any:
        """Return an UPDATE that only touches rows while our claim on them holds."""
        ours = (outgoing.c.state == "sending") & (outgoing.c.worker == self._me)
        ids = [each.id for row in rows for each in rows_of(row)]
        return update(outgoing).where(outgoing.c.id.in_(ids), ours)

    async def _run(self, statement: Any) -> None:
        async def run(db: Db) -> None:
            await db.run(statement)

        await self._store.write(run)


async def measured(db: Db) -> tuple[dict[str, int], Any]:
    """Return rows by state, and when the oldest of those that wait fell due (None if none waits)."""
    counted = await db.all(select(outgoing.c.state, func.count().label("n")).group_by(outgoing.c.state))
    oldest = await db.one(
        select(func.min(outgoing.c.due_at).label("due_at")).where(outgoing.c.state.in_(("waiting", "sending")))
    )
    return {row.state: int(row.n) for row in counted}, oldest.due_at
