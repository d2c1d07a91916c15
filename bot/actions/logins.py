"""Let people in: by a link that works once, by password, by WeCom – and out again, everywhere."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.actions import members
from bot.clock import local_date
from bot.rules.privacy import Sealer
from bot.store import reads
from bot.store.db import Db
from bot.store.tables import identity, login, officer, person

LINK_LASTS = timedelta(hours=24)
_ROW = select(login, person.c.name.label("person")).join(person, person.c.id == login.c.person_id)


async def by_id(db: Db, login_id: int) -> Any:
    """Return a login with its person's name, or None if there is none or it is switched off."""
    return await db.one(_ROW.where(login.c.id == login_id, login.c.off_at.is_(None)))


async def by_name(db: Db, name: str) -> Any:
    """Return the login of that name, or None if there is none or it is switched off."""
    return await db.one(_ROW.where(login.c.name == name, login.c.off_at.is_(None)))


async def by_wecom(db: Db, sealer: Sealer, account: str, userid: str, now: datetime) -> Any:
    """Return the login of a member of the corp who serves with us, made on their first day; else None."""
    marks = sealer.marks(f"wecom_app:{account}:{userid}", "identity")
    mine = (identity.c.channel == "wecom_app", identity.c.account == account, identity.c.external_hash.in_(marks))
    known = await db.one(select(identity.c.person_id).where(*mine))
    if known is None or not await _works(db, known.person_id, now):
        return None
    return await by_id(db, await login_of(db, known.person_id, now))


async def login_of(db: Db, person_id: int, now: datetime) -> int:
    """Return the id of a person's login, which is made if they have none."""
    known = await db.one(select(login.c.id).where(login.c.person_id == person_id))
    if known is not None:
        return int(known.id)
    named = await db.one(select(person.c.code).where(person.c.id == person_id))
    name = named.code or f"p{person_id}"
    return await db.add(insert(login).values(person_id=person_id, name=name, created_at=now))


async def nobody_can(db: Db) -> bool:
    """Whether nobody has ever set a password or signed in: the first day."""
    ready = login.c.off_at.is_(None) & ((login.c.password_hash != "") | login.c.seen_at.is_not(None))
    return await db.one(select(login.c.id).where(ready).limit(1)) is None


async def first_officer(db: Db) -> int | None:
    """Return the person whom the office files name first among the office's own people."""
    row = await db.one(select(officer.c.person_id).order_by(officer.c.office_id, officer.c.id).limit(1))
    return None if row is None else int(row.person_id)


async def person_of_code(db: Db, code: str, now: datetime) -> int | None:
    """Return the person of a code of the office files who serves, or None."""
    row = await db.one(select(person.c.id).where(person.c.code == code))
    return int(row.id) if row is not None and await _works(db, row.id, now) else None


async def write_link(db: Db, person_id: int, now: datetime, *, change: bool = True) -> str:
    """Return the token of a link that signs a person in once; an earlier one is worth nothing from now on.

    With `change` they choose a password before anything else.
    """
    token = secrets.token_urlsafe(24)
    values: dict[str, Any] = {"link_hash": _hash(token), "link_until": now + LINK_LASTS, "off_at": None}
    if change:
        values["must_change"] = True
    mine = await login_of(db, person_id, now)
    await db.run(update(login).where(login.c.id == mine).values(**values))
    return token


async def holder_of_link(db: Db, token: str, now: datetime) -> Any:
    """Return whose link it is without using it up, or None if it is none or over."""
    return await db.one(_ROW.where(login.c.link_hash == _hash(token), login.c.link_until > now))


async def use_link(db: Db, token: str, now: datetime) -> Any:
    """Use a link up and return the login; None if it is none, over or used."""
    mine = (login.c.link_hash == _hash(token), login.c.link_until > now)
    found = await db.one(_ROW.where(*mine))
    used = await db.run(update(login).where(*mine).values(link_hash=None, link_until=None))
    return found if used == 1 else None


async def set_password(db: Db, login_id: int, kept: str, *, must_change: bool = False) -> Any:
    """Set a password, end every session and return the login; `must_change` where it is somebody else's idea."""
    values = {"password_hash": kept, "must_change": must_change, "epoch": login.c.epoch + 1, "off_at": None}
    await db.run(update(login).where(login.c.id == login_id).values(**values))
    return await by_id(db, login_id)


async def sign_out_everywhere(db: Db, login_id: int) -> None:
    """End every session of a login."""
    await db.run(update(login).where(login.c.id == login_id).values(epoch=login.c.epoch + 1))


async def note_seen(db: Db, login_id: int, now: datetime) -> None:
    """Note that somebody signed in."""
    await db.run(update(login).where(login.c.id == login_id).values(seen_at=now))


async def set_totp(db: Db, login_id: int, sealed: bytes | None) -> None:
    """Ask for six digits from now on, or no longer."""
    await db.run(update(login).where(login.c.id == login_id).values(totp_sealed=sealed, totp_step=0))


async def use_code(db: Db, login_id: int, step: int) -> bool:
    """Use the digits of a half minute up; False if these or later ones were used already."""
    newer = (login.c.id == login_id, login.c.totp_step < step)
    return step > 0 and await db.run(update(login).where(*newer).values(totp_step=step)) == 1


async def switch_off(db: Db, login_id: int, now: datetime) -> None:
    """Let somebody in no more, and end their sessions; their person and what they did stay."""
    gone = {"off_at": now, "epoch": login.c.epoch + 1, "link_hash": None, "password_hash": ""}
    await db.run(update(login).where(login.c.id == login_id).values(**gone))


async def _works(db: Db, person_id: int, now: datetime) -> bool:
    """Whether a person serves, or was asked to look on."""
    if await reads.serves(db, person_id):
        return True
    return bool((await members.member(db, person_id, "", local_date(now).isoformat())).roles)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
