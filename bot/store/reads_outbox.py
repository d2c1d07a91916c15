"""See what we owe and what became of it: by state, a page at a time, and only what is said of their own stations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from bot.store.db import Db
from bot.store.tables import group, group_address, outgoing, person, reception_day, suggestion

MOST = 30  # pushes a page
LOOKED_BACK = timedelta(days=30)  # an account that said nothing for so long has said nothing
#                         what the office calls it   states of a row
TABS: Mapping[str, tuple[str, ...]] = {
    "planned": ("waiting", "sending"),
    "held": ("held",),
    "tap": ("prepared",),
    "sent": ("sent",),
    "parked": ("parked",),
    "refused": ("refused",),
    "cancelled": ("cancelled",),
}

PUSHES = (
    select(
        outgoing, reception_day.c.date, reception_day.c.station_id, suggestion.c.number,
        func.coalesce(group.c.name, person.c.name, "").label("who"), group.c.name.label("group_name"),
    )
    .outerjoin(reception_day, reception_day.c.id == outgoing.c.reception_day_id)
    .outerjoin(suggestion, suggestion.c.id == outgoing.c.suggestion_id)
    .outerjoin(group, group.c.id == outgoing.c.group_id)
    .outerjoin(person, person.c.id == outgoing.c.person_id)
    .where(outgoing.c.kind == "push")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pushes somebody looks for; what is empty does not matter."""

    tab: str = "planned"
    channel: str = ""
    beyond: int = 0  # the last push of the page before


def of_stations(stations: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a push speaks of a case or a day, or to a group, of these stations.

    What speaks of none (a one-time code, an alarm to one person) is nobody else's to read.
    """
    places = (suggestion.c.station_id, group.c.station_id, reception_day.c.station_id)
    return or_(*(each.in_(stations) for each in places))


async def page(db: Db, stations: Collection[int], wanted: Wanted, most: int = MOST) -> list[Any]:
    """Return pushes, what is planned soonest first and all else newest first, at most one more than `most`.

    Both ways follow the index on state and time, so that a page costs the same however much was ever sent.
    """
    planned = wanted.tab in ("planned", "held")
    place = tuple_(outgoing.c.due_at, outgoing.c.id)
    query = PUSHES.where(outgoing.c.state.in_(TABS[wanted.tab]), of_stations(stations))
    if wanted.channel:
        query = query.where(outgoing.c.channel == wanted.channel)
    if wanted.beyond:
        last = outgoing.alias("last")
        at = select(last.c.due_at, last.c.id).where(last.c.id == wanted.beyond).scalar_subquery()
        query = query.where(place > at if planned else place < at)
    order = (outgoing.c.due_at, outgoing.c.id)
    return await db.all(query.order_by(*(order if planned else (each.desc() for each in order))).limit(most + 1))


async def find(db: Db, number: int, stations: Collection[int]) -> Any:
    """Return the push of that number if it is theirs to see, else None."""
    return await db.one(PUSHES.where(outgoing.c.id == number, of_stations(stations)))


@dataclass(frozen=True, slots=True)
class Doings:
    """What an account did lately: its last push, how many in a day, and what the platform said no with."""

    last: Any  # the row of its last push taken, None if there was none lately
    sent: int
    refusals: list[Any]  # errcode, count, at: the commonest first

    @property
    def broken(self) -> bool:
        """Whether nothing has gone through since the platform last said no."""
        return any(self.last is None or each.at > self.last.due_at for each in self.refusals)


async def doings(db: Db, channel: str, account: str, now: datetime) -> Doings:
    """Return what an account did in the last day, and when it last spoke."""
    ours = (outgoing.c.channel == channel) & (outgoing.c.account == account) & (outgoing.c.kind == "push")
    day = outgoing.c.due_at.between(now - timedelta(days=1), now)
    went = ours & (outgoing.c.state == "sent")
    last = await db.one(
        select(outgoing.c.due_at, outgoing.c.settled_at)
        .where(went, outgoing.c.due_at > now - LOOKED_BACK)
        .order_by(outgoing.c.due_at.desc())
        .limit(1)
    )
    sent = await db.one(select(func.count().label("n")).where(went, day))
    count, at = func.count().label("count"), func.max(outgoing.c.due_at).label("at")
    refusals = await db.all(
        select(outgoing.c.errcode, count, at)
        .where(ours, day, outgoing.c.state.in_(("refused", "parked", "waiting")), outgoing.c.errcode != 0)
        .group_by(outgoing.c.errcode)
        .order_by(count.desc(), outgoing.c.errcode)
    )
    return Doings(last, int(sent.n), refusals)


async def groups_by_account(db: Db, stations: Collection[int]) -> dict[tuple[str, str], list[Any]]:
    """Return which groups of these stations hear, are spoken to or are entered through which account."""
    rows = await db.all(
        select(group_address.c.channel, group_address.c.account, group_address.c.purpose, group.c.name)
        .join(group, group.c.id == group_address.c.group_id)
        .where(group.c.station_id.in_(stations))
        .order_by(group.c.id, group_address.c.purpose)
    )
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row.channel, row.account), []).append(row)
    return found
