"""Take back what is owed and not said yet: a day was moved or cancelled, or a clerk told people by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update

from bot.store.db import Db
from bot.store.tables import outgoing

# A row under way cannot be called back, but it is not tried again; a broadcast that waits for a tap is taken back at
# the platform by the chase (handlers/broadcasts.py).
LIVE = ("waiting", "held", "sending", "prepared", "parked", "refused")


async def stop(db: Db, which: Any, why: str, now: datetime, **more: Any) -> int:
    """Let pushes that have not gone out not go out any more; returns how many those were."""
    values = {"state": "cancelled", "error": why, "settled_at": now, "lease_until": None, **more}
    return await db.run(update(outgoing).where(which, outgoing.c.state.in_(LIVE)).values(**values))
