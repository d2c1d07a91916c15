"""Keep passwords as argon2 hashes, make one up, and say which are too weak to keep."""

from __future__ import annotations

import secrets
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 10  # [A] signs; NIST SP 800-63B asks for 8 and for no rules of composition, only against the well-known ones
MOST = 128  # what is longer is no password but an attempt to keep us busy
_KNOWN = frozenset({
    "password", "passw0rd", "qwertyuiop", "1q2w3e4r5t", "1qaz2wsx3edc", "iloveyou", "letmein", "welcome", "admin123",
    "administrator", "woaini", "woaini1314", "5201314", "a123456789", "qq123456", "zaq12wsx", "abc123456",
    "1234567890", "0123456789", "9876543210", "0987654321",
})  # fmt: skip
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when read out
_HASHER = PasswordHasher()  # argon2id with RFC 9106's second choice: 64 MiB, three passes
_NOBODY = _HASHER.hash(secrets.token_hex(16))


def hashed(words: str) -> str:
    """Return what is kept of a password; takes about a tenth of a second of CPU."""
    return _HASHER.hash(words)


def fits(kept: str, words: str) -> bool:
    """Whether these are the words; as slow where nothing is kept, so that nobody learns which names exist."""
    try:
        return _HASHER.verify(kept or _NOBODY, words) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def weakness(words: str, name: str) -> str:
    """Return why a password is too weak (a key of texts `password`), empty if it is not."""
    plain = words.lower()
    if len(words) < LEAST:
        return "short"
    if len(words) > MOST:
        return "long"
    if name and (name.lower() in plain or plain in name.lower()):
        return "name"
    if len(set(plain)) < 5 or _runs(plain):
        return "simple"
    return "known" if any(each in plain and len(plain) - len(each) < 4 for each in _KNOWN) else ""


def made_up() -> str:
    """Return a password to be read out once and changed: twelve signs in threes."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(3)) for _ in range(4))


def _runs(plain: str) -> bool:
    """Whether it only counts up or down: 1234567890, abcdefghij."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return steps in ({1}, {-1})
