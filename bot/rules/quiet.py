"""Say when one may speak: quiet hours, and what becomes of a push that falls into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.clock import SHANGHAI, at_local, local

AFTER, EVENING = "after", "evening"  # a push due in quiet hours goes when they end, or in the evening before they begin
BEFORE_QUIET = timedelta(minutes=30)  # so long before the quiet begins an evening's push goes


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which nobody is spoken to, by the office's clock; they usually span midnight."""

    starts: time
    ends: time

    @classmethod
    def of(cls, starts: str, ends: str) -> Quiet:
        """Return the hours written as 21:30 and 07:30; the same twice means there are none."""
        return cls(time.fromisoformat(starts), time.fromisoformat(ends))

    def covers(self, moment: datetime) -> bool:
        """Whether that moment is quiet; the moment the quiet ends is not."""
        clock = local(moment).time()
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends

    def over(self, moment: datetime) -> datetime:
        """Return the moment itself, or when the quiet it falls into ends, UTC."""
        if not self.covers(moment):
            return moment
        here = local(moment)
        day = here.date() if here.time() < self.ends else here.date() + timedelta(days=1)
        return at_local(day, self.ends.hour, self.ends.minute)

    def before(self, moment: datetime) -> datetime:
        """Return the moment itself, or half an hour before the quiet it falls into began, UTC."""
        if not self.covers(moment):
            return moment
        end = local(self.over(moment))
        began = datetime.combine(end.date(), self.starts, SHANGHAI)
        if began >= end:
            began -= timedelta(days=1)
        return at_local(began.date(), began.hour, began.minute) - BEFORE_QUIET

    def move(self, moment: datetime, policy: str) -> datetime:
        """Return when a push due at that moment goes, by its rule's policy."""
        return self.before(moment) if policy == EVENING else self.over(moment)
