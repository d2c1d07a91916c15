"""Look over the whole store for the check-up: is it whole, and who cannot be reached."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select, text

from bot.store import Store
from bot.store.db import Db
from bot.store.tables import (
    calendar_day,
    clerk,
    faq,
    group,
    group_address,
    identity,
    outgoing,
    person,
    representative,
    station,
)

LOADED = {"station": station, "group": group, "representative": representative, "faq": faq}


async def newest_revision(db: Db) -> str:
    """Return the revision the tables are at, empty if they were never made."""
    row = await db.one(text("SELECT version_num FROM alembic_version"))
    return str(row.version_num) if row else ""


async def durability(store: Store, *, sqlite: bool) -> dict[str, str]:
    """Return what the database says of its own safety: SQLite's journal and syncing, PostgreSQL's version and code."""
    if not sqlite:
        async with store.read() as db:
            return {
                name: str((await db.one(text(f"SHOW {name}")))[0])
                for name in ("server_version", "server_encoding", "synchronous_commit", "fsync", "full_page_writes")
            }

    async def ask(db: Db) -> dict[str, str]:  # the writer's own connection is the one that must sync
        return {name: str((await db.one(text(f"PRAGMA {name}")))[0]) for name in ("journal_mode", "synchronous")}

    return await store.write(ask)


async def loaded(db: Db) -> dict[str, int]:
    """Return how many stations, groups, representatives and answers there are."""
    return {
        name: int((await db.one(select(func.count().label("n")).select_from(table))).n)
        for name, table in LOADED.items()
    }


async def staff_without_address(db: Db) -> list[Any]:
    """Return representatives and clerks (name, role) whom no account can push to."""
    can_push = and_(identity.c.person_id == person.c.id, identity.c.reachable, identity.c.channel != "wecom_robot")
    staff: list[Any] = []
    for role, table in (("代表", representative), ("工作人员", clerk)):
        ids = select(table.c.person_id)
        rows = await db.all(
            select(person.c.name)
            .where(person.c.id.in_(ids), ~select(identity.c.id).where(can_push).exists())
            .order_by(person.c.id)
        )
        staff += [(row.name, role) for row in rows]
    return staff


async def groups_without_voice(db: Db) -> list[str]:
    """Return the groups that no channel can speak into."""
    speaks = select(group_address.c.id).where(
        group_address.c.group_id == group.c.id, group_address.c.purpose == "speak"
    )
    return [row.name for row in await db.all(select(group.c.name).where(~speaks.exists()).order_by(group.c.id))]


async def knows_year(db: Db, year: int) -> bool:
    """Whether the calendar says anything about a year."""
    row = await db.one(select(calendar_day.c.date).where(calendar_day.c.date.like(f"{year}-%")).limit(1))
    return row is not None


async def undelivered(db: Db) -> dict[str, int]:
    """Return how many messages were given up and how many wait for a person."""
    rows = await db.all(
        select(outgoing.c.state, func.count().label("n"))
        .where(outgoing.c.state.in_(("parked", "refused")))
        .group_by(outgoing.c.state)
    )
    return {row.state: int(row.n) for row in rows}
