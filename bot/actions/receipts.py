"""Hear from the platform what became of a message it took: it arrived, or it did not and its person is still untold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.outbox.queue import other_way, owe_errand
from bot.store.db import Db
from bot.store.tables import identity, outgoing

ARRIVED = "success"
TURNED_AWAY = ("user block", "user refuse", "user reject")  # the person took no more; anything else is the platform's
LATER = timedelta(seconds=30)
OTHER_WAY = "other_way"  # as the worker notes it: two ways are enough, then a person looks


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform says of the message it gave (or took) that id for."""

    channel: str
    account: str
    id: str
    status: str


async def heard(db: Db, receipt: Receipt, key: str, now: datetime) -> None:
    """Note a receipt; one that was quicker than our own commit is looked at once more a little later."""
    if not receipt.id or await note(db, receipt, now):
        return
    facts = {"receipt": receipt.id, "status": receipt.status}
    where = {"channel": receipt.channel, "account": receipt.account}
    await owe_errand(db, key=f"receipt:{key}", errand="receipt", facts=facts, now=now + LATER, **where)


async def note(db: Db, receipt: Receipt, now: datetime) -> bool:
    """Note a receipt with the push it is for; False if there is none that was sent.

    What did not arrive goes another way if the person has one, else it is shown as not reached: a clerk calls.
    """
    row = await db.one(
        select(outgoing).where(
            outgoing.c.platform_id == receipt.id,
            outgoing.c.channel == receipt.channel,
            outgoing.c.account == receipt.account,
            outgoing.c.state == "sent",
        )
    )
    if row is None:
        return False
    same = update(outgoing).where(outgoing.c.id == row.id, outgoing.c.state == "sent")
    if receipt.status.lower() == ARRIVED:
        await db.run(same.values(arrived_at=now))
        return True
    refused = any(word in receipt.status.lower() for word in TURNED_AWAY)
    if refused and row.identity_id is not None:
        await db.run(update(identity).where(identity.c.id == row.identity_id).values(reachable=False))
    way = await other_way(db, row.person_id, row.identity_id) if row.person_id and row.identity_id else None
    values = {"state": "refused", "error": receipt.status[:400], "settled_at": now}
    if way is not None and row.error != OTHER_WAY:
        values = {"state": "waiting", "error": OTHER_WAY, "settled_at": None}
        values |= {"channel": way.channel, "account": way.account, "identity_id": way.identity_id}
        values |= {"attempts": 0, "platform_id": "", "due_at": now}
    await db.run(same.values(**values))
    return True
