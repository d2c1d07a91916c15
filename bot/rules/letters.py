"""Write what we sign as letters for an address or a cookie, and read only the very letters we would write."""

from __future__ import annotations

import base64
import binascii

from bot.rules.privacy import STAMP, Sealer


def letters_of(raw: bytes) -> str:
    """Return bytes as URL-safe letters."""
    return base64.urlsafe_b64encode(raw).decode()


def bytes_of(letters: str) -> bytes:
    """Return what the letters stand for; nothing if they are not the very letters we would write."""
    try:
        raw = base64.urlsafe_b64decode(letters)
    except (ValueError, binascii.Error):  # ValueError: signs beyond ASCII
        return b""
    return raw if letters_of(raw) == letters else b""


def signed(sealer: Sealer, facts: bytes, purpose: str) -> str:
    """Return facts and our stamp on them as letters."""
    return letters_of(facts + sealer.stamp(facts, purpose))


def opened(sealer: Sealer, letters: str, size: int, purpose: str) -> bytes | None:
    """Return the facts, so many bytes, that we signed for that purpose; None for anything else."""
    raw = bytes_of(letters)
    facts, stamp = raw[:-STAMP], raw[-STAMP:]
    return facts if len(facts) == size and sealer.stamped(facts, stamp, purpose) else None
