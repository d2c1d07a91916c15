"""Sign the address of a representative's own calendar: whose, and which edition; a newer edition ends the older."""

from __future__ import annotations

from bot.errors import Refused
from bot.rules.letters import opened, signed
from bot.rules.privacy import Sealer

PURPOSE = "feed/representative"
PERSON, EDITION = 7, 4  # bytes; with the stamp 36 letters, none of them padding


def write(sealer: Sealer, person_id: int, edition: int) -> str:
    """Return the address's secret part: letters that nobody can guess."""
    return signed(sealer, person_id.to_bytes(PERSON) + edition.to_bytes(EDITION), PURPOSE)


def read(sealer: Sealer, token: str) -> tuple[int, int]:
    """Return person and edition; raises Refused for what we did not write."""
    facts = opened(sealer, token, PERSON + EDITION, PURPOSE)
    if facts is None:
        raise Refused("no_such_calendar")
    return int.from_bytes(facts[:PERSON]), int.from_bytes(facts[PERSON:])
