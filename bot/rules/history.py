"""Chain the history of a case: each line carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime


def link(before: bytes, *, suggestion_id: int, seq: int, actor_id: int | None, role: str, move: str, state: str,
         reason: str, at: datetime) -> bytes:  # fmt: skip
    """Return the hash (32 bytes) of one line of history over its facts and the hash before it (empty for the first)."""
    facts = [suggestion_id, seq, actor_id, role, move, state, reason, int(at.timestamp() * 1_000_000)]
    return hashlib.sha256(before + json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()).digest()
