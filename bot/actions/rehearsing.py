"""Do a deed about a reception day only to see whom it tells and in which words, and undo it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import func, select

from bot.store import Store
from bot.store.db import Db
from bot.store.reads_outbox import PUSHES
from bot.store.tables import outgoing, reception_day


class _Enough(Exception):
    """What the deed would owe is known: nothing of it is to stay."""

    def __init__(self, pushes: list[Any]) -> None:
        super().__init__()
        self.pushes = pushes


async def rehearse(store: Store, deed: Callable[[Db], Awaitable[Any]], station_id: int) -> list[Any]:
    """Return the pushes about days of that station which a deed would owe, and do nothing; raises what it raises.

    The deed itself is done and undone, so what it says beforehand is what it does.
    """

    async def work(db: Db) -> None:
        last = (await db.one(select(func.coalesce(func.max(outgoing.c.id), 0).label("id")))).id
        await deed(db)
        mine = (outgoing.c.id > last) & (reception_day.c.station_id == station_id)
        raise _Enough(await db.all(PUSHES.where(mine).order_by(outgoing.c.id)))

    try:
        await store.write(work)
    except _Enough as known:
        return known.pushes
    raise AssertionError("a rehearsal ends with what it found")
