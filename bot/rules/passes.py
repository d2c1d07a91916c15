"""Sign the address of a representative's own pages: whose, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import Refused
from bot.rules.letters import opened, signed
from bot.rules.privacy import Sealer

PURPOSE = "link/representative"
PERSON, SECONDS = 8, 6  # bytes; with the stamp 40 letters, none of them padding


@dataclass(frozen=True, slots=True)
class Pass:
    """Whose pages an address opens, until a moment."""

    person_id: int
    expires_at: datetime


def write(sealer: Sealer, mine: Pass) -> str:
    """Return the address's secret part: letters that nobody can guess."""
    seconds = int(mine.expires_at.timestamp())
    return signed(sealer, mine.person_id.to_bytes(PERSON) + seconds.to_bytes(SECONDS), PURPOSE)


def read(sealer: Sealer, token: str, now: datetime) -> Pass:
    """Return the pass that `write` wrote; raises Refused: it is none of ours, or it is over."""
    facts = opened(sealer, token, PERSON + SECONDS, PURPOSE)
    if facts is None:
        raise Refused("link_forged")
    expires_at = datetime.fromtimestamp(int.from_bytes(facts[PERSON:]), UTC)
    if expires_at <= now:
        raise Refused("link_expired")
    return Pass(int.from_bytes(facts[:PERSON]), expires_at)
