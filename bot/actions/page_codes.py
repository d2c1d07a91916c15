"""Let a voter prove by a one-time code in their own chat that a number is theirs; who asks never learns if it exists.

Asking writes the same rows whatever the number is, and looks nothing up: an errand does, out of the asker's sight.
"""

from __future__ import annotations

import hmac
import os
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from bot.message import Text
from bot.outbox.queue import Way, owe, owe_errand, way_to
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import identity, page_code, person, suggestion
from config.texts import Texts

LASTS = timedelta(minutes=10)  # [A]
KEPT = timedelta(days=1)  # what is over longer helps nobody
MOST_TRIES = 5  # of 1,000,000 codes


async def ask(db: Db, number: str, now: datetime) -> str:
    """Note that somebody wants the code of a number, and return the ticket their form shows with it."""
    await db.run(delete(page_code).where(page_code.c.expires_at < now - KEPT))
    ticket = secrets.token_urlsafe(24)
    values = {"ticket": ticket, "number": number, "code_hash": os.urandom(32), "expires_at": now + LASTS}
    await db.run(insert(page_code).values(values))
    await owe_errand(db, key=f"code:{ticket}", errand="page_code", facts={"ticket": ticket}, now=now)
    return ticket


async def send(db: Db, ticket: str, texts: Texts, sealer: Sealer, now: datetime) -> None:
    """Make the code and owe it to the voter of the number, if there is one whom a message reaches."""
    asked = await db.one(select(page_code).where(page_code.c.ticket == ticket, page_code.c.expires_at > now))
    if asked is None or (case := await _case(db, asked.number)) is None or (way := await _way(db, case)) is None:
        return
    code = f"{secrets.randbelow(1_000_000):06}"
    values = {"code_hash": sealer.mark(f"{ticket}:{code}", "page_code"), "person_id": case.voter_id}
    await db.run(update(page_code).where(page_code.c.id == asked.id).values(values))
    words = Text(texts("mine.code", digits=code, number=case.number))
    await owe(db, key=f"code-to:{ticket}", way=way, content=words, now=now, expires_at=asked.expires_at)


async def redeem(db: Db, ticket: str, code: str, sealer: Sealer, now: datetime) -> int | None:
    """Return who the code belongs to and use it up; None for a wrong, an old, a used or a never-sent one.

    Each try is counted before it is judged, so that many at the same moment are no more than many one by one.
    """
    open_ = (page_code.c.ticket == ticket) & (page_code.c.expires_at > now) & page_code.c.used_at.is_(None)
    tried = update(page_code).where(open_, page_code.c.tries < MOST_TRIES).values(tries=page_code.c.tries + 1)
    if not await db.run(tried):
        return None
    row = await db.one(select(page_code).where(page_code.c.ticket == ticket))
    right = any(hmac.compare_digest(row.code_hash, mark) for mark in sealer.marks(f"{ticket}:{code}", "page_code"))
    if not right or row.person_id is None:
        return None
    await db.run(update(page_code).where(page_code.c.id == row.id).values(used_at=now))
    return int(row.person_id)


async def by_wechat(db: Db, account: str, openid: str, sealer: Sealer) -> int | None:
    """Return the person behind an openid of one of our 服务号, None for whom we never met."""
    marks = sealer.marks(f"official_account:{account}:{openid}", "identity")
    row = await db.one(
        select(identity.c.person_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(
            identity.c.channel == "official_account",
            identity.c.account == account,
            identity.c.external_hash.in_(marks),
            person.c.erased_at.is_(None),
        )
    )
    return None if row is None else int(row.person_id)


async def _case(db: Db, number: str) -> Any:
    return await db.one(
        select(suggestion.c.number, suggestion.c.voter_id, suggestion.c.identity_id)
        .join(person, person.c.id == suggestion.c.voter_id)
        .where(func.lower(suggestion.c.number) == number.lower(), person.c.erased_at.is_(None))
    )


async def _way(db: Db, case: Any) -> Way | None:
    """Return the way the case came by, if it still leads to its voter, else any other of theirs."""
    row = await db.one(
        select(identity.c.channel, identity.c.account).where(
            identity.c.id == case.identity_id,
            identity.c.person_id == case.voter_id,
            identity.c.reachable.is_(True),
            identity.c.channel != "wecom_robot",
        )
    )
    if row is None:
        return await way_to(db, case.voter_id)
    return Way(row.channel, row.account, identity_id=case.identity_id, person_id=case.voter_id)
