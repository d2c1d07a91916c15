"""Recognise who writes: find the person behind a channel's id, or welcome a new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, select, update

from bot.message import Incoming, Kind, Reply
from bot.outbox.queue import NEXT_CONTACT
from bot.rules.areas import Areas
from bot.rules.privacy import Sealer
from bot.store.db import Db, Prepared
from bot.store.reads import group_areas
from bot.store.tables import group, group_address, identity, membership, outgoing, person, suggestion
from bot.value import value

STEP_LASTS = timedelta(minutes=30)  # [A] a question of ours that nobody answers is forgotten

# These open the platform's 48-hour window not at all, or for one minute only (platform.md A5): not worth counting on.
NO_WORDS = frozenset({Kind.SUBSCRIBE, Kind.UNSUBSCRIBE, Kind.SCAN, Kind.CLICK, Kind.ENTER, Kind.RECEIPT, Kind.UNKNOWN})

_FIND = Prepared(
    select(
        identity.c.id.label("identity_id"),
        identity.c.reachable,
        person.c.id.label("person_id"),
        person.c.name,
        person.c.group_id,
        person.c.step,
        person.c.step_facts,
        person.c.step_until,
        exists()
        .where(outgoing.c.person_id == person.c.id, outgoing.c.state == "parked", outgoing.c.error == NEXT_CONTACT)
        .label("untold"),  # news waits until this person writes again
        select(func.max(suggestion.c.created_at))
        .where(suggestion.c.voter_id == person.c.id)
        .scalar_subquery()
        .label("case_at"),
    )
    .join(person, person.c.id == identity.c.person_id)
    .where(
        identity.c.channel == bindparam("channel"),
        identity.c.account == bindparam("account"),
        identity.c.external_hash == bindparam("mark"),
    )
    .with_for_update(of=person)  # two messages of one person wait for each other, in whichever process they are
)
_NEW_PERSON = Prepared(insert(person), ["name", "created_at", "group_id"])
_NEW_IDENTITY = Prepared(
    insert(identity),
    ["person_id", "channel", "account", "external_hash", "external_sealed", "union_hash", "reachable", "heard_at"],
)
_TOUCH = Prepared(
    update(identity).where(identity.c.id == bindparam("identity")),
    ["reachable", "heard_at", "pushed"],
)
_REACHABLE = Prepared(update(identity).where(identity.c.id == bindparam("identity")), ["reachable"])
_WAKE_PARKED = Prepared(
    update(outgoing)
    .where(outgoing.c.person_id == bindparam("person"), outgoing.c.state == "parked", outgoing.c.error == NEXT_CONTACT)
    .values(state="waiting", due_at=bindparam("due"), error=""),
    ["state", "due_at", "error"],
)
_STEP = Prepared(
    update(person).where(person.c.id == bindparam("person")),
    ["step", "step_facts", "step_until"],
)
_GROUP_AT = Prepared(
    select(group_address.c.group_id, group.c.station_id, group.c.name)
    .join(group, group.c.id == group_address.c.group_id)
    .where(
        group_address.c.channel == bindparam("channel"),
        group_address.c.account == bindparam("account"),
        group_address.c.address == bindparam("address"),
        group_address.c.purpose == bindparam("purpose"),
    )
)


@value(frozen=True, slots=True)
class Sender:
    """Who writes, by which identity, in which group, and where the talk with them waits."""

    person_id: int
    identity_id: int
    name: str
    group_id: int | None
    new: bool = False
    step: str = ""
    step_facts: Mapping[str, Any] | None = None
    case_at: datetime | None = None  # when their latest case came


async def recognise(db: Db, incoming: Incoming, sealer: Sealer, now: datetime) -> Sender:
    """Return the sender, created if unknown, with the group they came by; their talk is ours until the commit."""
    marks = sealer.marks(f"{incoming.channel}:{incoming.account}:{incoming.sender}", "identity")
    for mark in marks:  # one, unless keys are being changed
        row = await db.one(_FIND, {"channel": incoming.channel, "account": incoming.account, "mark": mark})
        if row is not None:
            break
    else:
        return await _welcome(db, incoming, marks[0], sealer, now)
    if incoming.kind in NO_WORDS:
        await db.run(_REACHABLE, {"identity": row.identity_id, "reachable": incoming.kind is not Kind.UNSUBSCRIBE})
    else:
        await db.run(_TOUCH, {"identity": row.identity_id, "reachable": True, "heard_at": incoming.at, "pushed": 0})
        if row.untold:
            await db.run(_WAKE_PARKED, {"person": row.person_id, "due": now})
    origin = await _origin(db, incoming)
    if origin is not None and origin != row.group_id and not incoming.in_group:
        await _join(db, row.person_id, origin, now)
    # A talk waits in private only: what others read must not answer what was asked between two.
    waiting = row.step and row.step_until is not None and row.step_until > now and not incoming.in_group
    return Sender(
        person_id=row.person_id,
        identity_id=row.identity_id,
        name=row.name,
        group_id=origin or row.group_id,
        step=row.step if waiting else "",
        step_facts=json.loads(row.step_facts) if waiting else {},
        case_at=row.case_at,
    )


async def join_area(db: Db, sender: Sender, words: str, now: datetime) -> Sender | None:
    """Make the sender a member of the one group whose streets or estates the words name; None if that is unclear."""
    group_id = (await areas(db)).group_of(words)
    if group_id is None:
        return None
    await _join(db, sender.person_id, group_id, now)
    return replace(sender, group_id=group_id)


async def areas(db: Db) -> Areas:
    """Return the streets and estates of every group."""
    return Areas(dict(await group_areas(db)))


async def wait_at(db: Db, sender: Sender, reply: Reply, now: datetime) -> None:
    """Remember where the talk waits; nothing is written when it waited nowhere before and after."""
    if reply.then or sender.step:
        await wait_for(db, sender.person_id, reply.then, reply.facts, now)


async def wait_for(db: Db, person_id: int, step: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Let a person's talk wait at a step, nowhere if it is empty."""
    until = now + STEP_LASTS if step else None
    words = json.dumps(dict(facts), ensure_ascii=False)
    await db.run(_STEP, {"person": person_id, "step": step, "step_facts": words, "step_until": until})


async def _welcome(db: Db, incoming: Incoming, mark: bytes, sealer: Sealer, now: datetime) -> Sender:
    """Make room for a person we never met."""
    origin = await _origin(db, incoming)
    person_id = await db.add(_NEW_PERSON, {"name": "", "created_at": now, "group_id": origin})
    identity_id = await db.add(
        _NEW_IDENTITY,
        {
            "person_id": person_id,
            "channel": incoming.channel,
            "account": incoming.account,
            "external_hash": mark,
            "external_sealed": sealer.seal(incoming.sender, "identity"),
            "union_hash": sealer.mark(incoming.union_id, "union") if incoming.union_id else None,
            "reachable": True,
            "heard_at": None if incoming.kind in NO_WORDS else incoming.at,
        },
    )
    if origin is not None:
        await _join(db, person_id, origin, now)
    return Sender(person_id=person_id, identity_id=identity_id, name="", group_id=origin, new=True, step_facts={})


async def _origin(db: Db, incoming: Incoming) -> int | None:
    """Return the group a chat or a QR code's scene belongs to."""
    address, purpose = (incoming.chat, "chat") if incoming.chat else (incoming.scene, "scene")
    if not address:
        return None
    found = await db.one(
        _GROUP_AT,
        {"channel": incoming.channel, "account": incoming.account, "address": address, "purpose": purpose},
    )
    return None if found is None else int(found.group_id)


async def _join(db: Db, person_id: int, group_id: int, now: datetime) -> None:
    """Note that the person came by that group's code, and make them a member once."""
    await db.run(update(person).where(person.c.id == person_id).values(group_id=group_id))
    known = await db.one(
        select(membership.c.id).where(and_(membership.c.group_id == group_id, membership.c.person_id == person_id))
    )
    if known is None:
        values = {"group_id": group_id, "person_id": person_id, "role": "voter", "position": 0, "joined_at": now}
        await db.run(insert(membership), values)
