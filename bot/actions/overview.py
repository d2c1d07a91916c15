"""Look over the cases of those one serves: what is supervised, what nobody went to see, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.actions import staff, telling
from bot.store import reads_cases
from bot.store.db import Db
from bot.store.tables import event, suggestion, visit

MOST = 200
ANSWERED = ("replied", "told", "rated", "declined")  # who has not heard of it by now is called


@dataclass(frozen=True, slots=True)
class Supervised:
    """A case on the supervision list: since when, and the reason as the history has it."""

    case: Any
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to be told by phone: the case, and their telling with why it did not reach them."""

    case: Any
    telling: Any


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
    rows = await db.all(
        select(suggestion)
        .where(await staff.within(db, person_id), suggestion.c.supervised_at.is_not(None))
        .order_by(suggestion.c.supervised_at)
        .limit(MOST)
    )
    return [Supervised(row, row.supervised_at, await _reason(db, row.id)) for row in rows]


async def to_call(db: Db, person_id: int) -> list[Call]:
    """Return whom a desk must tell of which case by phone, the oldest first, as far as `telling.untold` counts them."""
    desks = await staff.stations_of(db, person_id)
    rows = await db.all(
        select(suggestion).where(
            suggestion.c.station_id.in_(desks),
            suggestion.c.state.in_(ANSWERED),
            suggestion.c.merged_into_id.is_(None),
            suggestion.c.id.in_(telling.unreached()),
        )
        .order_by(suggestion.c.id)
        .limit(MOST)
    )  # fmt: skip
    found = []
    for case in rows:
        open_ = {row.id for row in await telling.untold(db, case.id) if row.state in telling.UNREACHED}
        latest = {row.person_id: row for row in await reads_cases.tellings_of(db, case.id) if row.id in open_}
        found += [Call(case, row) for row in latest.values()]
    return found


async def _reason(db: Db, suggestion_id: int) -> str:
    """Return why a case was put on the list the last time."""
    row = await db.one(
        select(event.c.reason)
        .where(event.c.suggestion_id == suggestion_id, event.c.move == "supervise")
        .order_by(event.c.seq.desc())
        .limit(1)
    )
    return str(row.reason) if row else ""


async def visits(db: Db, person_id: int, since: datetime) -> Visits:
    """Return how many of the cases closed since then nobody went to see (隔着屏幕看庄稼)."""
    closed = await db.all(
        select(suggestion)
        .where(
            await staff.within(db, person_id),
            suggestion.c.state == "closed",
            suggestion.c.merged_into_id.is_(None),
            suggestion.c.changed_at >= since,
        )
        .order_by(suggestion.c.changed_at.desc())
    )
    ids = [row.id for row in closed]
    seen = await db.all(select(visit.c.suggestion_id).where(visit.c.suggestion_id.in_(ids)))
    went = {row.suggestion_id for row in seen}
    return Visits(len(closed), tuple(row for row in closed if row.id not in went))
