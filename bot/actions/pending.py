"""Show what is going to be said of reception days before it goes, and cry for what did not go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from bot.actions.handing import Desk
from bot.actions.pushes import SHOWN
from bot.actions.reception import clerks_of, spoken
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.outbox.worker import EXPIRED
from bot.store.db import Db
from bot.store.tables import group, notice, outgoing, person, reception_day

MOST = 20
LOOKED_BACK = timedelta(days=3)

_PENDING = (
    select(
        outgoing.c.id, outgoing.c.key, outgoing.c.state, outgoing.c.due_at, outgoing.c.expires_at, outgoing.c.content,
        outgoing.c.channel, outgoing.c.error, outgoing.c.reception_day_id, reception_day.c.date,
        reception_day.c.station_id, func.coalesce(group.c.name, person.c.name, "").label("who"),
    )
    .join(reception_day, reception_day.c.id == outgoing.c.reception_day_id)
    .outerjoin(group, group.c.id == outgoing.c.group_id)
    .outerjoin(person, person.c.id == outgoing.c.person_id)
)  # fmt: skip


async def listed(db: Db, stations: Collection[int], most: int = MOST) -> list[Any]:
    """Return what waits to be said of those stations' days, and what a clerk holds back, soonest first."""
    mine = outgoing.c.state.in_(SHOWN) & reception_day.c.station_id.in_(stations)
    return await db.all(_PENDING.where(mine).order_by(outgoing.c.due_at, outgoing.c.id).limit(most))


async def say_lost(desk: Desk) -> int:
    """Tell the clerks of reminders that did not go out, one word for a day's of a kind; notices cry for themselves."""
    kind = func.substr(outgoing.c.key, 1, 9) == "reminder:"
    lost = kind & (outgoing.c.state == "refused") & (outgoing.c.settled_at >= desk.now - LOOKED_BACK)
    noticed = select(notice.c.outgoing_id)
    rows = await desk.db.all(_PENDING.where(lost, outgoing.c.id.not_in(noticed)).order_by(outgoing.c.id))
    found: dict[tuple[int, str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row.reception_day_id, row.date, row.key.rsplit(":", 1)[1]), []).append(row)
    return sum([await _tell_lost(desk, *key, some) for key, some in found.items()])


async def _tell_lost(desk: Desk, day_id: int, date: str, code: str, rows: list[Any]) -> int:
    expired = rows[0].error == EXPIRED
    words = desk.texts(
        "lost.reminders",
        day=spoken(date),
        count=len(rows),
        who="、".join(dict.fromkeys(row.who for row in rows[:5])),
        why=desk.texts("lost.late") if expired else rows[0].error,
    )
    told = 0
    for person_id in await clerks_of(desk.db, rows[0].station_id):
        way = await way_to(desk.db, person_id)
        key = f"lost:{day_id}:{date}:{code}:{person_id}"
        told += await owe(desk.db, key=key, way=way, content=Text(words), now=desk.now, person_id=person_id)
    return told
