"""Keep the address behind each group's QR code: what has none yet is owed an errand, once a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.clock import local_date
from bot.outbox.queue import owe_errand
from bot.store.db import Db
from bot.store.tables import group_address

_LACKING = select(group_address).where(group_address.c.purpose == "scene", group_address.c.entry_url == "")


async def lacking(db: Db) -> bool:
    """Whether a scene has no address yet."""
    return await db.one(_LACKING.limit(1)) is not None


async def owe_addresses(db: Db, now: datetime) -> int:
    """Owe the fetching of every address that is lacking; returns how many are new."""
    owed = 0
    for row in await db.all(_LACKING):
        key = f"entry:{row.id}:{local_date(now):%y%m%d}"
        owed += await owe_errand(db, key=key, errand="entry", facts={"address": row.id}, now=now, channel=row.channel,
                                 account=row.account)  # fmt: skip
    return owed


async def scene(db: Db, address_id: int) -> Any:
    """Return a scene's row, or None if the office gave it up or somebody else has fetched its address."""
    return await db.one(_LACKING.where(group_address.c.id == address_id))


async def keep(db: Db, address_id: int, url: str) -> None:
    """Write the address down."""
    await db.run(update(group_address).where(group_address.c.id == address_id).values(entry_url=url))
