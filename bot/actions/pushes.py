"""Hold, release, reword or send again what is said of a desk's stations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from bot.errors import Refused
from bot.message import Markdown, Text
from bot.outbox.queue import from_json, to_json
from bot.store import reads_outbox
from bot.store.db import Db
from bot.store.tables import outgoing

SHOWN = ("waiting", "held")  # what can still be changed
LONGEST = 500  # characters; 2,048 bytes are all a webhook takes
GRACE = timedelta(minutes=1)  # what is sent again by mistake can be held meanwhile


def can_reword(row: Any) -> bool:
    """Whether a push is plain words of ours: a card keeps its buttons, and what a case says is changed at the case."""
    plain = str(row.content).startswith(('{"type":"text"', '{"type":"markdown"'))
    return plain and row.state in SHOWN and row.suggestion_id is None


def can_resend(row: Any, now: datetime) -> bool:
    """Whether a refused push can go again: it has a way, and its time is not over."""
    over = row.expires_at is not None and row.expires_at <= now + GRACE
    return row.state == "refused" and bool(row.channel) and not over


async def hold(db: Db, number: int, stations: Collection[int]) -> Any:
    """Keep a planned push from going until it is released; raises Refused."""
    row = await _find(db, number, stations)
    if row.state != "held":
        await _change(db, row, ("waiting",), state="held")
    return row


async def release(db: Db, number: int, stations: Collection[int], now: datetime) -> Any:
    """Let a held push go when it is due; raises Refused."""
    row = await _find(db, number, stations)
    if row.expires_at is not None and row.expires_at <= now:
        raise Refused("push_over", number=number)
    if row.state != "waiting":
        await _change(db, row, ("held",), state="waiting", lease_until=None)
    return row


async def reword(db: Db, number: int, stations: Collection[int], words: str) -> Any:
    """Say something else than planned; the row returned still has the old words; raises Refused."""
    if not words or len(words) > LONGEST:
        raise Refused("push_words", most=LONGEST)
    row = await _find(db, number, stations)
    if row.state not in SHOWN:
        raise Refused("push_gone", number=number)
    if not can_reword(row):
        raise Refused("push_fixed", number=number)
    was = from_json(row.content)
    assert isinstance(was, Text | Markdown)  # can_reword said so
    after = Text(words, by_hand=True) if isinstance(was, Text) else replace(was, text=words)
    await _change(db, row, SHOWN, content=to_json(after))
    return row


async def resend(db: Db, number: int, stations: Collection[int], now: datetime) -> Any:
    """Let a refused push go once more in a minute, as if it had never been tried; raises Refused."""
    row = await _find(db, number, stations)
    if row.state != "refused":
        raise Refused("push_gone", number=number)
    if not can_resend(row, now):
        raise Refused("push_over", number=number)
    fresh = {"attempts": 0, "errcode": None, "error": "", "settled_at": None, "lease_until": None}
    await _change(db, row, ("refused",), state="waiting", due_at=now + GRACE, **fresh)
    return row


async def _find(db: Db, number: int, stations: Collection[int]) -> Any:
    row = await reads_outbox.find(db, number, stations)
    if row is None:
        raise Refused("no_such_push", number=number)
    return row


async def _change(db: Db, row: Any, was: Collection[str], **values: Any) -> None:
    """Change a row that still stands as it may be changed: the worker, or a colleague, may just have taken it."""
    same = (outgoing.c.id == row.id) & outgoing.c.state.in_(was) & (outgoing.c.content == row.content)
    if await db.run(update(outgoing).where(same).values(**values)) != 1:
        raise Refused("push_gone", number=row.id)
