"""Let cards say what was done: the buttons of every card that offered the deed give way to one grey word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from bot.message import Card, CardUpdate
from bot.outbox.queue import Way, from_json, owe
from bot.store.db import Db
from bot.store.tables import outgoing

CODE_LASTS = timedelta(hours=72)  # platform.md B2: a response_code changes its card once, for so long


@dataclass(frozen=True, slots=True)
class Press:
    """The press that asked for a deed; its own code serves where the card's is too old."""

    task_id: str
    code: str
    at: datetime


async def settle(db: Db, suggestion_id: int, prefix: str, word: str, now: datetime, press: Press | None = None) -> int:
    """Owe an update of every card of a case whose key begins so, and return how many that are."""
    return await _settle(db, outgoing.c.suggestion_id == suggestion_id, prefix, word, now, press)


async def settle_of_day(db: Db, day_id: int, prefix: str, word: str, now: datetime, press: Press | None = None) -> int:
    """Owe an update of every card about a reception day whose key begins so, and return how many that are."""
    return await _settle(db, outgoing.c.reception_day_id == day_id, prefix, word, now, press)


async def _settle(
    db: Db, about: ColumnElement[bool], prefix: str, word: str, now: datetime, press: Press | None
) -> int:
    """Let the cards say it.

    The platform gave each card a code when it took it (`platform_id`). What cannot be updated any more stays as it is:
    its buttons answer politely, and the worker drops a failed update without a word.
    """
    rows = await db.all(
        select(outgoing).where(
            about,
            outgoing.c.key.startswith(prefix, autoescape=True),
            outgoing.c.channel == "wecom_app",
            outgoing.c.state == "sent",
        )
    )
    owed = 0
    for row in rows:
        card = from_json(row.content)
        if not isinstance(card, Card) or not card.buttons:
            continue
        code, since = row.platform_id, row.settled_at
        if press is not None and press.task_id == card.task_id and now - since >= CODE_LASTS:
            code, since = press.code, press.at
        if not code or now - since >= CODE_LASTS:
            continue
        way = Way(row.channel, row.account, identity_id=row.identity_id, person_id=row.person_id)
        owed += await owe(
            db,
            key=f"card:{row.id}",
            way=way,
            content=CardUpdate(code, word),
            now=now,
            expires_at=since + CODE_LASTS,
        )
    return owed
