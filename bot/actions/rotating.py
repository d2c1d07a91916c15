"""Seal and mark anew, with the newest key, what older keys of LIANXIN_SECRET_KEY sealed and marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, func, select, update

from bot.actions.questions import ASKED
from bot.rules.privacy import PREFIX, Sealer, Unsealable
from bot.store.db import Db
from bot.store.reads_office import CHANGED
from bot.store.tables import (
    booking,
    entry_version,
    faq_asked,
    heard,
    identity,
    login,
    media,
    office_change,
    outgoing,
    person,
)

AT_ONCE = 50  # rows, a hundredth of a second: whoever writes meanwhile waits no longer for us
#        column                         what it is sealed for
SEALED: tuple[tuple[Column[Any], str], ...] = (
    (person.c.phone_sealed,             "phone"),
    (identity.c.external_sealed,        "identity"),
    (heard.c.body_sealed,               "heard"),
    (outgoing.c.address_sealed,         "address"),
    (media.c.url_sealed,                "media"),
    (faq_asked.c.text_sealed,           ASKED),
    (booking.c.name_sealed,             "visitor"),
    (entry_version.c.content_sealed,    "register"),
    (login.c.totp_sealed,               "console/totp"),
    (office_change.c.before_sealed,     CHANGED),
    (office_change.c.after_sealed,      CHANGED),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a few rows of one column; `last` is where the next few begin, 0 when there are no more."""

    last: int
    renewed: int
    lost: int  # no key we hold opens them


async def seal_anew(db: Db, column: Column[Any], purpose: str, sealer: Sealer, after: int) -> Step:
    """Seal the next few rows with the newest key; what changes meanwhile is sealed with it already."""
    table = _table(column)
    old = column.is_not(None) & (column != b"") & (func.substr(column, 1, PREFIX) != sealer.prefix)
    few = select(table.c.id, column.label("blob")).where(table.c.id > after, old).order_by(table.c.id).limit(AT_ONCE)
    rows, renewed, lost = await db.all(few), 0, 0
    for row in rows:
        try:
            blob = sealer.renewed(row.blob, purpose)
        except Unsealable:
            lost += 1
            continue
        same = (table.c.id == row.id) & (column == row.blob)
        renewed += await db.run(update(table).where(same).values({column.name: blob}))
    return Step(rows[-1].id if len(rows) == AT_ONCE else 0, renewed, lost)


async def mark_accounts(db: Db, sealer: Sealer, after: int) -> Step:
    """Let the next few accounts be found by the newest key's mark.

    Whoever was erased bears no mark of anybody's any more, and gets none back.
    """
    few = select(identity).where(identity.c.id > after, identity.c.external_sealed != b"")
    return await _mark(
        db, identity.c.external_hash, few.order_by(identity.c.id).limit(AT_ONCE), sealer,
        lambda row: (f"{row.channel}:{row.account}:{sealer.open(row.external_sealed, 'identity')}", "identity"),
    )  # fmt: skip


async def mark_phones(db: Db, sealer: Sealer, after: int) -> Step:
    """Let the next few people be found by the newest key's mark of their phone."""
    few = select(person).where(person.c.id > after, person.c.phone_sealed.is_not(None))
    return await _mark(
        db, person.c.phone_hash, few.order_by(person.c.id).limit(AT_ONCE), sealer,
        lambda row: (sealer.open(row.phone_sealed, "phone"), "phone"),
    )  # fmt: skip


async def _mark(db: Db, column: Column[Any], few: Any, sealer: Sealer, said: Callable[[Any], tuple[str, str]]) -> Step:
    rows, renewed, lost = await db.all(few), 0, 0
    table = _table(column)
    for row in rows:
        try:
            newest, *older = sealer.marks(*said(row))
        except Unsealable:
            lost += 1
            continue
        if getattr(row, column.name) in older:
            renewed += await db.run(update(table).where(table.c.id == row.id).values({column.name: newest}))
    return Step(rows[-1].id if len(rows) == AT_ONCE else 0, renewed, lost)


def _table(column: Column[Any]) -> Table:
    assert isinstance(column.table, Table)  # the columns above are those of tables
    return column.table
