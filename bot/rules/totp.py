"""Tell whether six digits are those of this half minute (RFC 6238)."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import pyotp

STEP = 30  # seconds
ISSUER = "连心"


def new_secret() -> str:
    """Return a secret to be shared with somebody's phone."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Return the address that the phone reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int:
    """Return the half minute these digits belong to: now, the one before or the next; 0 if to none of them."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal()):
        return 0
    clock = pyotp.TOTP(secret)
    for at in (now, now - timedelta(seconds=STEP), now + timedelta(seconds=STEP)):
        if hmac.compare_digest(clock.at(at), digits):
            return int(at.timestamp()) // STEP
    return 0
