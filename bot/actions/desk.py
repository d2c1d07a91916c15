"""Call a person to the desk: tell the station's clerks that somebody needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.actions.people import Sender
from bot.message import Card
from bot.outbox.queue import owe, way_to
from bot.store.db import Db, Prepared
from bot.store.tables import clerk, group, station

_CLERKS_OF_GROUP = Prepared(
    select(clerk.c.person_id)
    .join(group, group.c.station_id == clerk.c.station_id)
    .where(group.c.id == bindparam("group_id"))
)
_FIRST = select(station.c.id).where(station.c.kind == "station").order_by(station.c.id).limit(1).scalar_subquery()
_CLERKS_OF_FIRST = select(clerk.c.person_id).where(clerk.c.station_id == _FIRST)


_DESK_OF_GROUP = Prepared(
    select(station.c.name, station.c.phone)
    .join(group, group.c.station_id == station.c.id)
    .where(group.c.id == bindparam("group_id"))
)
_FIRST_DESK = Prepared(
    select(station.c.name, station.c.phone).where(station.c.kind == "station").order_by(station.c.id).limit(1)
)


async def phone_of(db: Db, sender: Sender) -> Any:
    """Return name and public phone of the sender's station, which people may call when it cannot wait."""
    home = await db.one(_DESK_OF_GROUP, {"group_id": sender.group_id}) if sender.group_id else None
    return home if home is not None and home.phone else await db.one(_FIRST_DESK)


async def call(db: Db, sender: Sender, *, key: str, title: str, text: str, now: datetime, at_once: bool = False) -> int:
    """Owe every clerk of the sender's station the same card, `at_once` at any hour; return how many clerks that are."""
    clerks = await db.all(_CLERKS_OF_GROUP, {"group_id": sender.group_id}) if sender.group_id else []
    clerks = clerks or await db.all(_CLERKS_OF_FIRST)
    for each in clerks:
        card = Card(task_id=f"desk-{key[:60]}-{each.person_id}", title=title, text=text)
        way = await way_to(db, each.person_id)
        await owe(
            db,
            key=f"desk:{key}:{each.person_id}",
            way=way,
            content=card,
            now=now,
            person_id=each.person_id,
            at_once=at_once,
        )
    return len(clerks)
