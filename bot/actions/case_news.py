"""Owe every subscriber the steps of every case, once each, and never a word of who it concerns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, bindparam, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.clock import local
from bot.message import News
from bot.outbox.queue import Way, owe
from bot.rules.lifecycle import MOVES, OVER
from bot.store.db import Db
from bot.store.tables import category, event, outgoing, pull_cursor, station, suggestion

WORTH = {"submit", "publish", "unpublish", *(name for name, move in MOVES.items() if move.after is not None)}
LATE, LATE_BY = 500, timedelta(hours=1)  # looked at again: in PostgreSQL a smaller number may be committed later
MOST = 200  # owed at once; the rest follows with the next tick
KEPT = timedelta(days=3)  # [A] a subscriber that is down so long asks us by Open311 what it missed

_KEY = bindparam("prefix", type_=String) + cast(event.c.id, String)
_NEWS = (
    select(
        event.c.id,
        event.c.seq,
        event.c.move,
        event.c.state,
        event.c.at,
        suggestion.c.number,
        station.c.code.label("station"),
        category.c.code.label("subject"),
    )
    .join(suggestion, suggestion.c.id == event.c.suggestion_id)
    .join(station, station.c.id == suggestion.c.station_id)
    .outerjoin(category, category.c.id == suggestion.c.category_id)
    .where(
        or_(
            event.c.id > bindparam("last"),
            and_(
                event.c.id > bindparam("first"), event.c.id > bindparam("last") - LATE, event.c.at > bindparam("since")
            ),
        ),
        event.c.move.in_(WORTH),
        suggestion.c.confidential.is_(False),
        ~exists().where(outgoing.c.key == _KEY),
    )
    .order_by(event.c.id)
    .limit(MOST)
)


async def waits(db: Db, subscribers: Collection[str], now: datetime) -> bool:
    """Whether there is anything to owe; looking keeps no writer waiting."""
    for code in subscribers:
        place = await _place(db, code)
        if place is None or await db.all(_NEWS, _asked(code, place, now)):
            return True
    return False


async def owe_news(db: Db, subscribers: Collection[str], now: datetime) -> int:
    """Owe what is new; a subscriber that is new itself hears what happens from now on. Returns how many."""
    owed = 0
    for code in subscribers:
        place = await _place(db, code)
        if place is None:
            newest = await db.one(select(func.coalesce(func.max(event.c.id), 0).label("id")))
            await _keep(db, code, newest.id, newest.id)
            continue
        first, last = place
        for row in await db.all(_NEWS, _asked(code, place, now)):
            way, last = Way("webhook", code), max(last, row.id)
            key = f"{_prefix(code)}{row.id}"
            owed += await owe(db, key=key, way=way, content=_news(row), now=now, expires_at=now + KEPT)
        await _keep(db, code, first, last)
    return owed


def _news(row: Any) -> News:
    """Return one step as programs hear it: numbers and codes, no words anybody wrote, no names."""
    return News(
        {
            "type": f"case.{row.move}",
            "timestamp": local(row.at).isoformat(timespec="seconds"),
            "data": {
                "number": row.number,
                "step": row.seq,
                "state": row.state,
                "status": "closed" if row.state in OVER else "open",
                "station": row.station,
                "subject": row.subject,
            },
        }
    )


def _prefix(code: str) -> str:
    return f"webhook:{code}:"


def _asked(code: str, place: tuple[int, int], now: datetime) -> dict[str, Any]:
    first, last = place
    return {"prefix": _prefix(code), "first": first, "last": last, "since": now - LATE_BY}


async def _place(db: Db, code: str) -> tuple[int, int] | None:
    """Return the line a subscriber began at and the last one owed, None if it is new."""
    row = await db.one(select(pull_cursor.c.cursor).where(pull_cursor.c.account == f"webhook:{code}"))
    if row is None:
        return None
    first, _, last = row.cursor.partition(":")
    return int(first), int(last)


async def _keep(db: Db, code: str, first: int, last: int) -> None:
    cursor = {"cursor": f"{first}:{last}"}
    statement = postgres_insert(pull_cursor).values(account=f"webhook:{code}", **cursor)
    await db.run(statement.on_conflict_do_update(index_elements=["account"], set_=cursor))
