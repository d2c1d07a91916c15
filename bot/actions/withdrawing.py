"""Take back what is owed and not said yet: a day was moved or cancelled, or a clerk told people by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, update

from bot.store.db import Db
from bot.store.tables import outgoing

DAY_CHANGED = "day_changed"
# A row under way cannot be called back, but it is not tried again; a broadcast that waits for a tap is taken back at
# the platform by the chase (handlers/broadcasts.py).
LIVE = ("waiting", "held", "sending", "prepared", "parked", "refused")


async def withdraw_reminders(db: Db, day_id: int, now: datetime, person_id: int | None = None) -> int:
    """Leave nothing alive that is owed about a day (to one person), and free its keys; returns how many rows that were.

    Whoever was told, or is being told this moment, is known by the rows that are `sent` or `sending`: ask before.
    """
    mine = outgoing.c.reception_day_id == day_id
    if person_id is not None:
        mine &= outgoing.c.person_id == person_id
    return await stop(db, mine, DAY_CHANGED, now, key=outgoing.c.key + ":" + cast(outgoing.c.id, String))


async def stop(db: Db, which: Any, why: str, now: datetime, **more: Any) -> int:
    """Let pushes that have not gone out not go out any more; returns how many those were."""
    values = {"state": "cancelled", "error": why, "settled_at": now, "lease_until": None, **more}
    return await db.run(update(outgoing).where(which, outgoing.c.state.in_(LIVE)).values(**values))
