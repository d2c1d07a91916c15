"""Chain the history of a case: each line carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from bot.value import value

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: json.dumps makes one a call


@value(frozen=True, slots=True)
class Line:
    """One line of a case's history, as it is stored and hashed."""

    suggestion_id: int
    seq: int
    actor_id: int | None  # empty: the service itself
    role: str
    move: str
    state: str
    reason: str
    at: datetime

    def link(self, before: bytes) -> bytes:
        """Return the hash (32 bytes) over this line and the hash of the one before (empty for the first)."""
        at = int(self.at.timestamp() * 1_000_000)
        facts = [self.suggestion_id, self.seq, self.actor_id, self.role, self.move, self.state, self.reason, at]
        return hashlib.sha256(before + _write(facts).encode()).digest()

    def row(self, before: bytes) -> dict[str, Any]:
        """Return the values of its row."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return values | {"hash": self.link(before)}
