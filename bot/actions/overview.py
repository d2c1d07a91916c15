"""Look over the cases of those one serves: what is supervised and why, and which closed ones nobody went to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from bot.actions import staff
from bot.store.db import Db
from bot.store.tables import event, suggestion, visit

MOST = 200


@dataclass(frozen=True, slots=True)
class Supervised:
    """A case on the supervision list: since when, and the reason as the history has it."""

    case: Any
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Visits:
    """How many closed cases there are, and those of them nobody visited."""

    closed: int
    unseen: tuple[Any, ...]

    @property
    def share(self) -> int:
        """Return the share of closed cases nobody visited, in whole percent."""
        return round(100 * len(self.unseen) / self.closed) if self.closed else 0


async def supervised(db: Db, person_id: int) -> list[Supervised]:
    """Return the cases on the supervision list that somebody's desk or office answers for, the oldest first."""
    last = (
        select(event.c.id)
        .where(event.c.suggestion_id == suggestion.c.id, event.c.move == "supervise")
        .order_by(event.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await db.all(
        select(suggestion, event.c.reason.label("why"))
        .join(event, event.c.id == last)
        .where(await staff.within(db, person_id), suggestion.c.supervised_at.is_not(None))
        .order_by(suggestion.c.supervised_at)
        .limit(MOST)
    )
    return [Supervised(row, row.supervised_at, row.why) for row in rows]


async def visits(db: Db, person_id: int, since: datetime) -> Visits:
    """Return how many of the cases closed since then nobody went to see (隔着屏幕看庄稼)."""
    seen = exists().where(visit.c.suggestion_id == suggestion.c.id)
    closed = await db.all(
        select(suggestion, seen.label("seen"))
        .where(
            await staff.within(db, person_id),
            suggestion.c.state == "closed",
            suggestion.c.merged_into_id.is_(None),
            suggestion.c.changed_at >= since,
        )
        .order_by(suggestion.c.changed_at.desc())
    )
    return Visits(len(closed), tuple(row for row in closed if not row.seen))
