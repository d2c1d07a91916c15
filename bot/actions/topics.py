"""See what many people write about: the topics among the cases of a time, for the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.actions.staff import stations_of
from bot.clock import local_date
from bot.rules.topics import Said, Topic, topics
from bot.store.db import Db
from bot.store.tables import suggestion

WINDOW = timedelta(days=30)  # [A]
MOST = 5000  # cases that a page looks at, the newest; they take seconds, so group them in a thread
AT_ONCE = 300  # cases that are grouped while somebody waits for the answer: some 50 ms


async def hot_now(db: Db, person_id: int, now: datetime) -> list[Topic]:
    """Return the topics among the latest cases of the desks somebody serves, the largest first."""
    return topics(await said_lately(db, set(await stations_of(db, person_id)), now, most=AT_ONCE))


async def said_lately(
    db: Db, stations: set[int], now: datetime, window: timedelta = WINDOW, most: int = MOST
) -> list[Said]:
    """Return the cases of these stations that came within the window, oldest first; confidential ones stay unread."""
    rows: list[Any] = await db.all(
        select(suggestion.c.number, suggestion.c.text, suggestion.c.created_at)
        .where(
            suggestion.c.station_id.in_(stations),
            suggestion.c.created_at > now - window,
            suggestion.c.confidential.is_(False),
            suggestion.c.state != "withdrawn",
        )
        .order_by(suggestion.c.id.desc())
        .limit(most)
    )
    return [Said(row.number, row.text, local_date(row.created_at)) for row in reversed(rows)]
