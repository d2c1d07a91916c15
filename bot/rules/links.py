"""Sign links that let one person do one thing without a login: which assignment, whose, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import Refused
from bot.rules.letters import bytes_of, signed
from bot.rules.privacy import STAMP, Sealer

ASSIGNMENT = "link/assignment"  # the purpose: what is stamped for another one is worth nothing here
DEED = "link/deed"
_VERSION = b"\x01"
#          assignment  person  seconds since 1970
_FIELDS = (7, 7, 5)
_LENGTH = 1 + sum(_FIELDS) + STAMP  # 36 bytes: 48 letters, so that every letter counts and none is padding


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: one assignment, one person, until a moment."""

    assignment_id: int
    person_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Links:
    """Whoever writes links: our signature and the address people reach us by."""

    sealer: Sealer
    base: str

    def address(self, link: Link) -> str:
        """Return the whole address of a link."""
        return f"{self.base}/case/{write(self.sealer, link)}"


def write(sealer: Sealer, link: Link) -> str:
    """Return the link as 48 URL-safe letters."""
    numbers = (link.assignment_id, link.person_id, int(link.expires_at.timestamp()))
    facts = _VERSION + b"".join(number.to_bytes(size) for number, size in zip(numbers, _FIELDS, strict=True))
    return signed(sealer, facts, ASSIGNMENT)


def read(sealer: Sealer, token: str, now: datetime) -> Link:
    """Return the link that `write` wrote; raises Refused: it is none, it is forged, it is over."""
    raw = bytes_of(token)
    if len(raw) != _LENGTH or raw[:1] != _VERSION:
        raise Refused("link_broken")
    facts, stamp = raw[:-STAMP], raw[-STAMP:]
    if not sealer.stamped(facts, stamp, ASSIGNMENT):
        raise Refused("link_forged")
    assignment_id, person_id, seconds = (int.from_bytes(part) for part in (facts[1:8], facts[8:15], facts[15:]))
    if seconds <= now.timestamp():
        raise Refused("link_expired")
    return Link(assignment_id, person_id, datetime.fromtimestamp(seconds, UTC))


def consent(sealer: Sealer, token: str, deed: str) -> str:
    """Return the word that a page puts into its form: only who was shown this page can send this deed."""
    return sealer.stamp(f"{token}/{deed}".encode(), DEED).hex()


def consents(sealer: Sealer, token: str, deed: str, word: str) -> bool:
    """Whether the word is the one of this link and this deed."""
    try:
        stamp = bytes.fromhex(word)
    except ValueError:
        return False
    return sealer.stamped(f"{token}/{deed}".encode(), stamp, DEED)
