"""Sign the address of a representative's own calendar: whose, and which edition; a newer edition ends the older."""

from __future__ import annotations

import base64
import binascii

from bot.errors import Refused
from bot.rules.privacy import STAMP, Sealer

PURPOSE = "feed/representative"
#          person  edition
_FIELDS = (7, 4)
_LENGTH = sum(_FIELDS) + STAMP  # 27 bytes: 36 letters, none of them padding


def write(sealer: Sealer, person_id: int, edition: int) -> str:
    """Return the address's secret part: 36 URL-safe letters that nobody can guess."""
    facts = person_id.to_bytes(_FIELDS[0]) + edition.to_bytes(_FIELDS[1])
    return base64.urlsafe_b64encode(facts + sealer.stamp(facts, PURPOSE)).decode()


def read(sealer: Sealer, token: str) -> tuple[int, int]:
    """Return person and edition; raises Refused for what we did not write."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except (ValueError, binascii.Error):  # ValueError: signs beyond ASCII
        raw = b""
    facts, stamp = raw[:-STAMP], raw[-STAMP:]
    if len(raw) != _LENGTH or not sealer.stamped(facts, stamp, PURPOSE):
        raise Refused("no_such_calendar")
    return int.from_bytes(facts[: _FIELDS[0]]), int.from_bytes(facts[_FIELDS[0] :])
