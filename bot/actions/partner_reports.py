"""Log what a partner reports in somebody's name, as if that person had written it; twice the same is one case."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions import desk, people, suggestions, supplements
from bot.actions.people import Sender
from bot.actions.suggestions import Matter
from bot.errors import Refused
from bot.message import Incoming, Kind
from bot.rules.crisis import danger_in
from bot.rules.privacy import Sealer, mask
from bot.store.db import Db
from bot.store.tables import heard, identity, person
from config.texts import Texts

MOST_QUOTED = 200  # signs of a danger's words in the alarm
CHANNEL = "open311"  # of the reporter's identity; nothing can be pushed there, so the clerk sees whom to call


@dataclass(frozen=True, slots=True)
class Report:
    """What a partner brings: the matter, where it is, and who said it."""

    key: str  # the partner's own idempotency key, or one of ours
    body: bytes  # as it was sent: under the same key it must be the same
    matter: Matter
    reporter: str  # how the partner knows the person, so that two reports of theirs have one voter
    name: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    media_url: str = ""


async def report(db: Db, partner: Any, given: Report, texts: Texts, sealer: Sealer, now: datetime) -> str:
    """Log the report and return the case's number; the same key again returns the same number.

    Raises Refused if the key was used for another report.
    """
    incoming = _incoming(partner, given, now)
    known = await _hear(db, incoming, sealer, now)
    if known is not None:
        if not hmac.compare_digest(sealer.open_bytes(known.body_sealed, "heard"), given.body):
            raise Refused("key_used_before")
        return str(known.answer)
    sender = await _sender(db, incoming, given, sealer, now)
    logged = await suggestions.submit(db, sender, given.matter, texts, now)
    if pieces := _pieces(given):
        await supplements.attach(db, logged.id, pieces, now)
    if danger_in(given.matter.text):
        words = texts("push.crisis", words=mask(given.matter.text)[:MOST_QUOTED])
        await desk.call(
            db, sender, key=f"crisis-{logged.number}", title=texts("push.crisis_title"), text=words, now=now
        )
    facts = {"answer": logged.number, "person_id": sender.person_id}
    await db.run(update(heard).where(heard.c.key == incoming.key).values(**facts))
    return logged.number


def _incoming(partner: Any, given: Report, now: datetime) -> Incoming:
    key = hashlib.sha256(f"{partner.code}\0{given.key}".encode()).hexdigest()
    return Incoming(
        key=key,
        channel=CHANNEL,
        account=partner.code,
        kind=Kind.TEXT,
        sender=given.reporter,
        at=now,
        text=given.matter.text,
        body=given.body,
    )


async def _hear(db: Db, incoming: Incoming, sealer: Sealer, now: datetime) -> Any:
    """Write down what came; return the row of the first time if the key was heard before."""
    values: Mapping[str, Any] = {
        "key": incoming.key,
        "channel": incoming.channel,
        "account": incoming.account,
        "kind": str(incoming.kind),
        "state": "done",
        "body_sealed": sealer.seal_bytes(incoming.body, "heard"),
        "heard_at": now,
    }
    added = await db.run(postgres_insert(heard).values(**values).on_conflict_do_nothing(index_elements=["key"]))
    if added == 1:
        return None
    return await db.one(select(heard.c.answer, heard.c.body_sealed).where(heard.c.key == bindparam("key")),
                        {"key": incoming.key})  # fmt: skip


async def _sender(db: Db, incoming: Incoming, given: Report, sealer: Sealer, now: datetime) -> Sender:
    """Return the reporter, in the group whose streets the report names."""
    sender = await people.recognise(db, incoming, sealer, now)
    await db.run(update(identity).where(identity.c.id == sender.identity_id).values(reachable=False))
    details: dict[str, Any] = {"name": given.name} if given.name else {}
    if given.phone:
        details |= {"phone_sealed": sealer.seal(given.phone, "phone"), "phone_hash": sealer.mark(given.phone, "phone")}
    if details:
        await db.run(update(person).where(person.c.id == sender.person_id).values(**details))
    return await people.join_area(db, sender, f"{given.matter.place} {given.matter.text}", now) or sender


def _pieces(given: Report) -> list[dict[str, Any]]:
    """Return what comes with the report: the point on the map, the address of a picture (which nobody fetches)."""
    base = {"heard_id": None, "media_id": None, "latitude": None, "longitude": None}
    found: list[dict[str, Any]] = []
    if given.latitude is not None and given.longitude is not None:
        at = {"latitude": given.latitude, "longitude": given.longitude}
        found.append({**base, **at, "kind": str(Kind.PLACE), "text": given.matter.place})
    if given.media_url:
        found.append({**base, "kind": str(Kind.LINK), "text": given.media_url})
    return found
