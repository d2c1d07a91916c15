"""Sign the pass by which a voter's browser opens their own cases for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.rules.letters import opened, signed
from bot.rules.privacy import Sealer

PURPOSE = "pass/voter"
LASTS = timedelta(hours=2)  # [A] a phone is passed around
PERSON, SECONDS = 7, 7  # bytes; with the stamp 40 letters, none of them padding


def write(sealer: Sealer, person_id: int, now: datetime) -> str:
    """Return a pass for this person, good for LASTS."""
    ends = int((now + LASTS).timestamp())
    return signed(sealer, person_id.to_bytes(PERSON) + ends.to_bytes(SECONDS), PURPOSE)


def read(sealer: Sealer, word: str, now: datetime) -> int | None:
    """Return whose pass it is, or None for one that is over or not ours."""
    facts = opened(sealer, word, PERSON + SECONDS, PURPOSE)
    if facts is None or int.from_bytes(facts[PERSON:]) <= now.timestamp():
        return None
    return int.from_bytes(facts[:PERSON])
