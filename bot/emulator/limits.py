"""How often one may speak: windows that a person opens, and rates per minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta


class Refusal(Exception):  # a word of the trade
    """The platform says no with an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        """Carry what goes into the answer."""
        super().__init__(f"{errcode} {errmsg}")
        self.errcode, self.errmsg = errcode, errmsg


class Rates:
    """Sliding windows: how often something happened in the last seconds."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._hits: dict[Hashable, deque[datetime]] = {}

    def hit(self, what: Hashable, now: datetime, limit: int, seconds: float) -> bool:
        """Count one more if there is room, and say whether there was."""
        hits = self._hits.setdefault((what, seconds), deque())
        while hits and now - hits[0] >= timedelta(seconds=seconds):
            hits.popleft()
        if len(hits) >= limit:
            return False
        hits.append(now)
        return True


@dataclass(slots=True)
class Window:
    """Why, for how long and how many messages the service may speak to a person."""

    why: str
    until: datetime
    left: int


class Windows:
    """The windows that people have opened by what they did."""

    def __init__(self) -> None:
        """Start with all closed."""
        self._open: dict[tuple[str, str], dict[str, Window]] = {}

    def open(self, account: str, person: str, window: Window) -> None:
        """Open or renew a window; one for each reason."""
        self._open.setdefault((account, person), {})[window.why] = window

    def spend(self, account: str, person: str, now: datetime, *, closed: Refusal, spent: Refusal) -> None:
        """Use up one message of the window that ends first; raises `closed` or `spent`."""
        windows = [w for w in self._open.get((account, person), {}).values() if w.until > now]
        if not windows:
            raise closed
        rooms = sorted((w for w in windows if w.left > 0), key=lambda w: w.until)
        if not rooms:
            raise spent
        rooms[0].left -= 1
