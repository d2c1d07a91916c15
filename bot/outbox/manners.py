"""Mind our manners: nobody of staff and no group is spoken to in quiet hours, and no group more often than its cap."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from bot.clock import at_local, local_date
from bot.rules.quiet import Quiet
from bot.store import Store, reads
from bot.store.tables import group, outgoing

KNOWN_FOR = timedelta(minutes=1)  # so long the office's hours are not asked for again

_SAID = (
    select(func.count())
    .where(
        outgoing.c.group_id == bindparam("group"),
        outgoing.c.channel == bindparam("channel"),  # its internal chat and its customer group are two rooms
        outgoing.c.state.in_(("sent", "prepared")),
        outgoing.c.told_in_id.is_(None),  # a digest is one message, however many notices it tells
        outgoing.c.at_once.is_(False),
        outgoing.c.settled_at >= bindparam("midnight"),
    )
    .scalar_subquery()
)
_GROUP = select(group.c.daily_cap, group.c.quiet_from, group.c.quiet_until, _SAID.label("said")).where(
    group.c.id == bindparam("group")
)


class Manners:
    """When a push may go, apart from what the platforms allow."""

    def __init__(self, store: Store) -> None:
        """Ask the store for caps, hours and what was said today."""
        self._store = store
        self._hours: tuple[datetime, Quiet] | None = None

    async def wait(self, row: Any, now: datetime) -> datetime | None:
        """Return until when the push must wait, or None if it may go; what is said at once never waits."""
        if row.at_once:
            return None
        if row.group_id is not None:
            return await self._group(row, now)
        return await self._person(row.person_id, now) if row.person_id is not None else None

    async def _group(self, row: Any, now: datetime) -> datetime | None:
        """The lane of a group is one worker's at a time, so what the rows say was said cannot be overtaken."""
        today = local_date(now)
        async with self._store.read() as db:
            facts = {"group": row.group_id, "channel": row.channel, "midnight": at_local(today, 0)}
            told = await db.one(_GROUP, facts)
        room = now if told.said < told.daily_cap else at_local(today + timedelta(days=1), 0)
        until = Quiet.of(told.quiet_from, told.quiet_until).over(room)
        return until if until > now else None

    async def _person(self, person_id: int, now: datetime) -> datetime | None:
        hours = await self._of_office(now)
        if not hours.covers(now):
            return None
        async with self._store.read() as db:
            return hours.over(now) if await reads.serves(db, person_id) else None

    async def _of_office(self, now: datetime) -> Quiet:
        if self._hours is None or abs(now - self._hours[0]) >= KNOWN_FOR:
            async with self._store.read() as db:
                self._hours = now, await reads.quiet_hours(db)
        return self._hours[1]
