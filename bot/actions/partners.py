"""Know the partners who speak with us by program: give a key once, recognise it, take it back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import partner

SCOPES = ("read", "report")  # read the cases the partner brought itself; bring new ones
_KEY_BYTES = 32
_PLAIN = b"sha256:"


async def admit(db: Db, code: str, name: str, scopes: Iterable[str], now: datetime) -> str:
    """Give a partner a new key and return it: it is shown this once. An older key of theirs is worth nothing then."""
    key = secrets.token_urlsafe(_KEY_BYTES)
    values = {
        "name": name,
        "key_hash": _digest(key),
        "scopes": ",".join(scope for scope in SCOPES if scope in set(scopes)),
        "revoked_at": None,
    }
    if not await db.run(update(partner).where(partner.c.code == code).values(**values)):
        await db.run(insert(partner).values(code=code, created_at=now, **values))
    return key


async def dismiss(db: Db, code: str, now: datetime) -> bool:
    """Take a partner's key back at once; False if there is no such key in force."""
    in_force = (partner.c.code == code) & partner.c.revoked_at.is_(None)
    return await db.run(update(partner).where(in_force).values(revoked_at=now)) == 1


async def everybody(db: Db) -> list[Any]:
    """Return every partner, the oldest first."""
    return await db.all(select(partner).order_by(partner.c.id))


async def holder(db: Db, key: str, sealer: Sealer) -> Any:
    """Return the partner whose key it is, or None; what is compared is a hash, so time tells nothing."""
    if not key:
        return None
    borne = [_digest(key), *sealer.marks(key, "partner_key")]
    return await db.one(select(partner).where(partner.c.key_hash.in_(borne), partner.c.revoked_at.is_(None)))


async def bound(db: Db) -> list[str]:
    """Return the partners in force whose key is known by a mark of LIANXIN_SECRET_KEY, as it was until 0.1.0."""
    rows = await everybody(db)
    return [row.code for row in rows if row.revoked_at is None and not row.key_hash.startswith(_PLAIN)]


def may(who: Any, scope: str) -> bool:
    """Whether a partner (or nobody) may do that."""
    return who is not None and scope in who.scopes.split(",")


def _digest(key: str) -> bytes:
    """Return what is kept of a key: 256 random bits need no second key, and outlive a change of ours."""
    return _PLAIN + hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
