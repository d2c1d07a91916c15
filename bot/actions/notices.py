"""Prove that every group had the public notice of a reception day in time, or raise the alarm, once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.actions.cases import officers_of
from bot.actions.clocks import limit
from bot.actions.handing import Desk
from bot.actions.pushes import GRACE
from bot.actions.reception import begun, clerks_of, spoken
from bot.actions.withdrawing import stop
from bot.clock import local_date
from bot.errors import Refused
from bot.message import Text
from bot.outbox.queue import NO_ADDRESS, from_json, owe, way_to
from bot.store.db import Db
from bot.store.tables import group, notice, outgoing, reception_day, station

BY_HAND = "told_by_hand"  # why a row was not sent: a clerk had told the group already
FAILED = ("parked", "refused")
_STOPPED = (outgoing.c.state == "cancelled", outgoing.c.error == BY_HAND)
MOST = 30  # lines of a list in a chat

_NOTICES = (
    select(
        notice, outgoing.c.state.label("push"), outgoing.c.error, outgoing.c.errcode, outgoing.c.content,
        outgoing.c.channel, outgoing.c.account, outgoing.c.platform_id, outgoing.c.settled_at,
        outgoing.c.due_at.label("push_due_at"),
        group.c.name.label("group"), reception_day.c.date, reception_day.c.starts, reception_day.c.ends,
        reception_day.c.station_id,
        reception_day.c.state.label("day_state"), station.c.name.label("station"),
    )
    .join(outgoing, outgoing.c.id == notice.c.outgoing_id)
    .join(group, group.c.id == notice.c.group_id)
    .join(reception_day, reception_day.c.id == notice.c.day_id)
    .join(station, station.c.id == reception_day.c.station_id)
)  # fmt: skip


async def announce(db: Db, key: str, day: Any, group_id: int, due_at: datetime) -> None:
    """Note that a group is owed the notice of a day, told by the row of that key."""
    row = select(outgoing.c.id).where(outgoing.c.key == key).scalar_subquery()
    values = {"day_id": day.id, "group_id": group_id, "held_on": day.date, "due_at": due_at, "state": "owed"}
    await db.run(insert(notice).values(outgoing_id=row, **values))


async def settle(desk: Desk) -> int:
    """Note which notices are proven by now, and raise those that are not in time; returns how many changed or cried."""
    rows = await desk.db.all(_NOTICES.where(notice.c.state == "owed").order_by(notice.c.id))
    done = 0
    clerk_after = timedelta(hours=await limit(desk.db, "notice-clerk", 4))
    office_after = timedelta(hours=await limit(desk.db, "notice-office", 8))
    for row in rows:
        if row.push == "sent":
            await _prove(desk.db, row, row.settled_at, f"{row.channel} errcode {row.errcode} {row.platform_id}".strip())
            done += 1
        elif row.push == "cancelled" or row.day_state == "cancelled" or row.held_on != row.date:
            await _close(desk.db, row, "withdrawn")
            done += 1
        elif begun(row, desk.now):
            await _close(desk.db, row, "missed")
            done += await _cry(desk, row, "missed", await clerks_of(desk.db, row.station_id))
        else:
            if desk.now >= row.due_at + (timedelta() if row.push in FAILED else clerk_after):
                done += await _cry(desk, row, "late_clerk", await clerks_of(desk.db, row.station_id))
            if desk.now >= row.due_at + office_after:
                done += await _cry(desk, row, "late_office", await officers_of(desk.db, row.station_id))
    return done


async def told_by_hand(desk: Desk, number: int, stations: Collection[int], person_id: int) -> Any:
    """Take a clerk's word that a group has had its notice; what still waits to be sent is not sent. Raises Refused."""
    row = await _one(desk, number, stations)
    if row.state == "proven":
        raise Refused("notice_proven", number=number, group=row.group)
    await stop(desk.db, outgoing.c.id == row.outgoing_id, BY_HAND, desk.now)
    await _prove(desk.db, row, desk.now, BY_HAND, by=person_id)
    return row


async def not_told(desk: Desk, number: int, stations: Collection[int]) -> Any:
    """Take a clerk's word back: the group is owed its notice again, in a minute or at its time. Raises Refused.

    A broadcast that was not called off yet at the platform waits for its tap as before.
    """
    row = await _one(desk, number, stations)
    if row.state != "proven" or row.answer != BY_HAND:
        raise Refused("notice_not_by_hand", number=number, group=row.group)
    if begun(row, desk.now) or row.day_state == "cancelled" or row.held_on != row.date:
        raise Refused("day_over", day=spoken(row.held_on))
    reaches = bool(row.channel)
    tapped = row.channel == "customer_group" and bool(row.platform_id)
    again = {
        "state": ("prepared" if tapped else "waiting") if reaches else "parked",
        "error": "" if reaches else NO_ADDRESS,
        "due_at": max(row.push_due_at, desk.now + GRACE),
        "settled_at": None,
        "attempts": 0,
    }
    await desk.db.run(update(outgoing).where(outgoing.c.id == row.outgoing_id, *_STOPPED).values(**again))
    values = {"state": "owed", "answer": "", "proven_at": None, "proven_by_id": None}
    await desk.db.run(update(notice).where(notice.c.id == row.id).values(**values))
    return row


async def _one(desk: Desk, number: int, stations: Collection[int]) -> Any:
    row = await desk.db.one(_NOTICES.where(notice.c.id == number, reception_day.c.station_id.in_(stations)))
    if row is None:
        raise Refused("no_such_notice", number=number)
    return row


async def listed(db: Db, stations: Collection[int], now: datetime) -> list[Any]:
    """Return the notices of the coming days of those stations, soonest first."""
    ahead = (notice.c.state != "withdrawn") & (notice.c.held_on >= local_date(now).isoformat())
    query = _NOTICES.where(ahead, reception_day.c.station_id.in_(stations))
    return await db.all(query.order_by(notice.c.held_on, notice.c.group_id, notice.c.id).limit(MOST))


async def of_day(db: Db, day_id: int) -> list[Any]:
    """Return the notices of one day that still count, by group."""
    query = _NOTICES.where(notice.c.day_id == day_id, notice.c.state != "withdrawn")
    return await db.all(query.order_by(notice.c.group_id, notice.c.id))


async def _prove(db: Db, row: Any, at: datetime, answer: str, *, by: int | None = None) -> None:
    values = {"state": "proven", "answer": answer[:200], "proven_at": at, "proven_by_id": by}
    await db.run(update(notice).where(notice.c.id == row.id).values(**values))


async def _close(db: Db, row: Any, state: str) -> None:
    await db.run(update(notice).where(notice.c.id == row.id).values(state=state))


async def _cry(desk: Desk, row: Any, what: str, people: Collection[int]) -> int:
    """Tell the desk, then the office, of a group that has not had its notice, with the words to paste; each once."""
    if not people:  # a desk without clerks is the office's to mind, and an office without people the desk's
        people = await (clerks_of if what == "late_office" else officers_of)(desk.db, row.station_id)
    content = from_json(row.content)
    words = desk.texts(
        f"notice.{what}",
        number=row.id,
        group=row.group,
        day=spoken(row.held_on),
        why=desk.texts(f"push_state.{row.push}"),
        words=content.text if isinstance(content, Text) else "",
    )
    told = 0
    for person_id in people:
        key = f"notice:{row.id}:{what}:{person_id}"
        way = await way_to(desk.db, person_id)
        told += await owe(desk.db, key=key, way=way, content=Text(words), now=desk.now, person_id=person_id)
    return told
