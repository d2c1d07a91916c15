"""Sign what a voter holds of a reception day: the address of their own page, and the code that checks them in."""

from __future__ import annotations

import base64
import binascii

from bot.errors import Refused
from bot.rules.privacy import STAMP, Sealer

PAGE = "ticket/page"  # of a person: book, look, cancel
ARRIVAL = "ticket/arrival"  # of a booking: I am here
_FIELD = 8
_LENGTH = _FIELD + STAMP  # 24 bytes: 32 letters, none of them padding


def write(sealer: Sealer, number: int, purpose: str) -> str:
    """Return 32 URL-safe letters that stand for the row and that nobody can guess."""
    facts = number.to_bytes(_FIELD)
    return base64.urlsafe_b64encode(facts + sealer.stamp(facts, purpose)).decode()


def read(sealer: Sealer, token: str, purpose: str) -> int:
    """Return the row's number; raises Refused for what we did not write, or wrote for something else."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except (ValueError, binascii.Error):  # ValueError: signs beyond ASCII
        raw = b""
    facts, stamp = raw[:-STAMP], raw[-STAMP:]
    if len(raw) != _LENGTH or not sealer.stamped(facts, stamp, purpose):
        raise Refused("link_forged")
    return int.from_bytes(facts)
