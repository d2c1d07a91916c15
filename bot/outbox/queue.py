"""Owe a message: write the row that will be sent, under a key that makes twice once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.message import Button, Card, CardUpdate, Content, Door, Markdown, News, Template, Text
from bot.rules.privacy import Sealer
from bot.store.db import Db, Prepared
from bot.store.tables import identity, outgoing
from bot.value import value

KINDS: dict[str, type[Any]] = {
    "text": Text,
    "markdown": Markdown,
    "card": Card,
    "card_update": CardUpdate,
    "template": Template,
    "news": News,
}
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: json.dumps makes one a call
NAMES = {kind: name for name, kind in KINDS.items()}
FIELDS = {kind: [field.name for field in fields(kind)] for kind in KINDS.values()}

NO_ADDRESS = "no_address"  # nobody told us how to reach this person: the clerk's call list
NEXT_CONTACT = "next_contact"  # the platform's window is closed: told when the person writes again

_COLUMNS = (
    "key", "kind", "channel", "account", "identity_id", "person_id", "group_id", "suggestion_id", "reception_day_id",
    "address_sealed", "content", "state", "due_at", "expires_at", "at_once", "error", "created_at",
)  # fmt: skip
# Both databases know INSERT … ON CONFLICT DO NOTHING in the same words.
_OWE = Prepared(postgres_insert(outgoing).on_conflict_do_nothing(index_elements=["key"]), _COLUMNS)

_RENEW = (
    update(outgoing)
    .where(outgoing.c.kind == bindparam("errand"), outgoing.c.account == bindparam("of"), outgoing.c.state == "waiting")
    .values(content=bindparam("facts"), due_at=bindparam("at"), lease_until=None)
)
# A robot answers, but cannot speak first.
SPEAKS = identity.c.reachable.is_(True) & (identity.c.channel != "wecom_robot")
BEST_WAY = (case((identity.c.channel == "wecom_app", 0), else_=1), identity.c.heard_at.desc().nulls_last())
_WAYS = (
    select(identity.c.id, identity.c.channel, identity.c.account)
    .where(identity.c.person_id == bindparam("person_id"), SPEAKS)
    .order_by(*BEST_WAY)
    .limit(1)
)
_WAY = Prepared(_WAYS)
_OTHER_WAYS = _WAYS.where(identity.c.id != bindparam("not_id"))


@value(frozen=True, slots=True)
class Way:
    """How a message reaches its receiver: an identity of a person, or an address of a group or a call."""

    channel: str
    account: str
    identity_id: int | None = None
    person_id: int | None = None
    group_id: int | None = None
    address: str = ""


async def way_to(db: Db, person_id: int) -> Way | None:
    """Return the best way to a person: WeCom first, else where they wrote last; None if there is none."""
    row = await db.one(_WAY, {"person_id": person_id})
    return None if row is None else Way(row.channel, row.account, identity_id=row.id, person_id=person_id)


async def other_way(db: Db, person_id: int, not_identity: int) -> Way | None:
    """Return another way to the same person, or None."""
    row = await db.one(_OTHER_WAYS, {"person_id": person_id, "not_id": not_identity})
    return None if row is None else Way(row.channel, row.account, identity_id=row.id, person_id=person_id)


async def owe(
    db: Db,
    *,
    key: str,
    way: Way | None,
    content: Content,
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    person_id: int | None = None,
    suggestion_id: int | None = None,
    reception_day_id: int | None = None,
    sealer: Sealer | None = None,
    at_once: bool = False,
) -> bool:
    """Owe `content` by that way from `due_at` on; False if the key is owed already.

    Without a way the row is parked for the clerk to see. An `address` needs the sealer. What goes `at_once` (an answer,
    an alarm) heeds neither quiet hours nor a group's daily cap.
    """
    address = way.address if way else ""
    reaches = way is not None and bool(way.channel)  # a group nobody may speak in is owed its notice all the same
    assert not address or sealer is not None  # an address is never stored in the clear
    written = await db.run(
        _OWE,
        {
            "key": key,
            "kind": "push",
            "channel": way.channel if way else "",
            "account": way.account if way else "",
            "identity_id": way.identity_id if way else None,
            "person_id": way.person_id if way else person_id,
            "group_id": way.group_id if way else None,
            "suggestion_id": suggestion_id,
            "reception_day_id": reception_day_id,
            "address_sealed": sealer.seal(address, "address") if address and sealer else None,
            "content": to_json(content),
            "state": "waiting" if reaches else "parked",
            "due_at": due_at or now,
            "expires_at": expires_at,
            "at_once": at_once,
            "error": "" if reaches else NO_ADDRESS,
            "created_at": now,
        },
    )
    return written == 1


async def owe_errand(
    db: Db, *, key: str, errand: str, facts: Mapping[str, Any], now: datetime, channel: str = "", account: str = ""
) -> bool:
    """Owe a deed other than a message (fetch what the platform holds); False if the key is owed already."""
    written = await db.run(
        _OWE,
        {
            "key": key,
            "kind": errand,
            "channel": channel,
            "account": account,
            "identity_id": None,
            "person_id": None,
            "group_id": None,
            "suggestion_id": None,
            "reception_day_id": None,
            "address_sealed": None,
            "content": _write(facts),
            "state": "waiting",
            "due_at": now,
            "expires_at": None,
            "at_once": False,
            "error": "",
            "created_at": now,
        },
    )
    return written == 1


async def errand_waits(db: Db, errand: str, account: str) -> bool:
    """Whether such an errand for that account has not been started yet."""
    waits = select(outgoing.c.id).where(
        outgoing.c.kind == errand, outgoing.c.account == account, outgoing.c.state == "waiting"
    )
    return await db.one(waits.limit(1)) is not None


async def renew_errand(db: Db, errand: str, account: str, facts: Mapping[str, Any], now: datetime) -> bool:
    """Give an errand that waits the newest facts and let it go at once; False if none waits."""
    words = _write(facts)
    return await db.run(_RENEW, {"errand": errand, "of": account, "facts": words, "at": now}) > 0


def to_json(content: Content) -> str:
    """Return the content as one JSON object with its type's name."""
    values = {name: getattr(content, name) for name in FIELDS[type(content)]}
    if isinstance(content, Card):
        values["buttons"] = [[button.text, button.key, button.style] for button in content.buttons]
        values["notice"] = dict(content.notice)
        values["door"] = astuple(content.door) if content.door else None
    elif isinstance(content, Text):
        values["notice"] = dict(content.notice)
        if not content.by_hand:
            del values["by_hand"]
    elif isinstance(content, Template):
        values["values"] = dict(content.values)
    return _write({"type": NAMES[type(content)], **values})


def from_json(text: str) -> Content:
    """Return the content that `to_json` wrote."""
    values = json.loads(text)
    kind = KINDS[values.pop("type")]
    if kind is Card:
        values["facts"] = tuple((name, value) for name, value in values["facts"])
        values["buttons"] = tuple(Button(*button) for button in values["buttons"])
        values["door"] = Door(*values["door"]) if values.get("door") else None
    content: Content = kind(**values)
    return content
