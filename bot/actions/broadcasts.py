"""Follow the broadcasts that wait for a member's tap: sent at last, reminded, pasted by hand, or over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.actions import reception_news
from bot.actions.clocks import limit
from bot.actions.handing import Desk
from bot.actions.reception import clerks_of
from bot.message import Text
from bot.outbox.queue import from_json, owe, way_to
from bot.outbox.worker import EXPIRED
from bot.store.db import Db
from bot.store.tables import group, outgoing


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a member may take: reminded so often, then a clerk is asked to paste the words."""

    remind: timedelta
    paste: timedelta


async def waiting(db: Db) -> tuple[list[Any], Patience]:
    """Return every prepared broadcast with its group, one for a digest, and how patient we are."""
    rows = await db.all(
        select(outgoing, group.c.name.label("group"), group.c.station_id)
        .join(group, group.c.id == outgoing.c.group_id)
        .where(outgoing.c.state == "prepared", outgoing.c.told_in_id.is_(None))
        .order_by(outgoing.c.id)
    )
    minutes = [await limit(db, code, default) for code, default in PATIENCE.items()]
    return rows, Patience(*(timedelta(minutes=each) for each in minutes))


PATIENCE: Mapping[str, int] = {"broadcast-remind": 60, "broadcast-copy": 120}


async def withdrawn(db: Db) -> list[Any]:
    """Return the broadcasts that were called off here and not yet at the platform."""
    called_off = (outgoing.c.state == "cancelled") & (outgoing.c.channel == "customer_group")
    return await db.all(select(outgoing).where(called_off, outgoing.c.platform_id != ""))


async def taken_back(db: Db, row: Any) -> None:
    """Note that nobody can tap it any more; other notices of the same digest are owed anew."""
    together = (outgoing.c.channel == row.channel) & (outgoing.c.platform_id == row.platform_id)
    anew = {"state": "waiting", "lease_until": None, "settled_at": None}
    await db.run(update(outgoing).where(together, outgoing.c.state == "prepared").values(**anew))
    await db.run(update(outgoing).where(together).values(platform_id="", told_in_id=None))


async def tapped_before(desk: Desk, row: Any, at: datetime) -> None:
    """Note that what was called off had been sent by then, and tell the group what became of the day."""
    together = (outgoing.c.channel == row.channel) & (outgoing.c.platform_id == row.platform_id)
    both = outgoing.c.state.in_(("cancelled", "prepared"))
    await desk.db.run(update(outgoing).where(together, both).values(state="sent", settled_at=at, error=""))
    await reception_news.tell_after_all(desk, row)


async def not_taken_back(desk: Desk, row: Any) -> int:
    """Ask the desk, once, to see to it that nobody taps what the platform does not let us take back."""
    home = await desk.db.one(select(group.c.name, group.c.station_id).where(group.c.id == row.group_id))
    content, told = from_json(row.content), 0
    for person_id in await clerks_of(desk.db, home.station_id):
        words = desk.texts(
            "broadcast.discard", group=home.name, words=content.text if isinstance(content, Text) else ""
        )
        way = await way_to(desk.db, person_id)
        key = f"discard:{row.id}:{person_id}"
        told += await owe(desk.db, key=key, way=way, content=Text(words), now=desk.now, person_id=person_id)
    return told


async def sent(db: Db, row: Any, at: datetime) -> None:
    """Note that the member tapped: now the group has it."""
    await _settle(db, row, state="sent", settled_at=at)


async def failed(db: Db, row: Any, error: str, now: datetime) -> None:
    """Note that the group will not have it."""
    await _settle(db, row, state="refused", error=error, settled_at=now)


async def over(db: Db, row: Any, now: datetime) -> None:
    """Note that its time has passed: nobody shall tap it any more."""
    await failed(db, row, EXPIRED, now)


async def reminded(db: Db, row: Any, until: datetime) -> None:
    """Note until when the member is left alone."""
    same = (outgoing.c.id == row.id) & (outgoing.c.state == "prepared")
    await db.run(update(outgoing).where(same).values(lease_until=until))


async def ask_to_paste(desk: Desk, row: Any) -> int:
    """Give the clerks the words to paste, once."""
    together = (outgoing.c.id == row.id) | (outgoing.c.told_in_id == row.id)
    rows = await desk.db.all(select(outgoing.c.content).where(together).order_by(outgoing.c.id))
    words = "\n".join(content.text for each in rows if isinstance(content := from_json(each.content), Text))
    told = 0
    for person_id in await clerks_of(desk.db, row.station_id):
        text = Text(desk.texts("broadcast.paste", group=row.group, words=words))
        way = await way_to(desk.db, person_id)
        key = f"paste:{row.id}:{person_id}"
        told += await owe(desk.db, key=key, way=way, content=text, now=desk.now, person_id=person_id)
    return told


async def _settle(db: Db, row: Any, **values: Any) -> None:
    """Settle a broadcast with every notice it tells."""
    told = (outgoing.c.id == row.id) | (outgoing.c.told_in_id == row.id)
    await db.run(update(outgoing).where(told, outgoing.c.state == "prepared").values(lease_until=None, **values))
