"""Move, cancel or restore one reception day, so that everybody who had been told hears it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, update

from bot.actions import reception_news
from bot.actions.handing import Desk
from bot.store.tables import reception_day


async def change(
    desk: Desk, day: Any, what: str, values: Mapping[str, Any], *, by: int | None = None, people: Iterable[int] = ()
) -> bool:
    """Move, cancel or restore one day and let everybody who had been told hear it once; False if another was quicker.

    `by` decided it by hand and is not told; `people` are told even if they had not been told before.
    """
    told_as = day.moved_from if day.moved_from and await reception_news.unsaid(desk.db, day.id) else day.date
    facts = {"version": day.version + 1, "moved_from": told_as, "changed_at": desk.now, "reason": "", **values}
    done = await desk.db.run(update(reception_day).where(as_seen(day)).values(**facts))
    if done == 1:
        back = what == "moved" and values["date"] == told_as
        await reception_news.tell(desk, day.id, "restored" if back else what, by=by, people=people)
    return done == 1


def as_seen(day: Any) -> ColumnElement[bool]:
    """Return the condition that nobody changed the day since it was read."""
    return and_(reception_day.c.id == day.id, reception_day.c.version == day.version)
