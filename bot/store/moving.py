"""Move everything from one database to another, and prove on the spot that the two hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.errors import LianxinError
from bot.store.hosts import reached
from bot.store.tables import metadata

BATCH = 2_000  # rows in memory at a time

Say = Callable[[str, int], None]  # is told each table's name and how many rows of it arrived


class CannotMove(LianxinError):
    """The move was not begun, or was taken back: `code` says why, `facts` name what."""

    def __init__(self, code: str, **facts: Any) -> None:
        """Say why."""
        super().__init__(code)
        self.code, self.facts = code, facts


async def move(source: str, target: str, say: Say, *, writers_wait: bool = True) -> int:
    """Copy every row of the migrated database `source` into the migrated, empty `target`; returns how many.

    Nobody may write to the source meanwhile; with `writers_wait=False` they go on, and what is copied is how it stood
    at the beginning. All of it arrives or nothing does: counts and digests of every table are compared before the
    target commits. Raises CannotMove.
    """
    async with _opened(source) as old, _opened(target) as new:
        await (_hold_still(old) if writers_wait else _look_once(old))
        await _be_empty(new)
        total = 0
        for table in metadata.sorted_tables:
            moved = await _copy(old, new, table)
            await _count_on(new, table)
            if await digest(old, table) != await digest(new, table):
                raise CannotMove("differs", table=table.name)
            say(table.name, moved)
            total += moved
        await new.commit()
    return total


async def digest(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """Return how many rows a table has and one hash over all of them, the same in every database."""
    count, whole = 0, hashlib.sha256()
    async for rows in _batches(connection, table):
        count += len(rows)
        for row in rows:
            whole.update(repr(tuple(row)).encode())
    return count, whole.hexdigest()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[AsyncConnection]:
    parsed = make_url(url)
    postgres = parsed.get_backend_name() == "postgresql"
    engine = (
        reached(parsed)
        if postgres
        else create_async_engine(parsed.set(drivername="sqlite+aiosqlite"), hide_parameters=True)
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _hold_still(old: AsyncConnection) -> None:
    """Keep every writer out of the source until the move is over."""
    if old.dialect.name == "sqlite":
        try:
            await old.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            raise CannotMove("source_in_use") from error
        return
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    await old.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")


async def _look_once(old: AsyncConnection) -> None:
    """See the source as it stands now, whatever is written meanwhile."""
    if old.dialect.name == "sqlite":
        await old.exec_driver_sql("BEGIN")
    else:
        await old.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def _be_empty(new: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if (await new.execute(select(table).limit(1))).first() is not None:
            raise CannotMove("target_not_empty", table=table.name)


async def _copy(old: AsyncConnection, new: AsyncConnection, table: Table) -> int:
    """Copy one table; what points into the table itself follows once every row is there."""
    inward = [column for column in table.c if any(key.column.table is table for key in column.foreign_keys)]
    moved = 0
    async for rows in _batches(old, table):
        values = [dict(row._mapping) | {column.name: None for column in inward} for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it
        await new.execute(insert(table), values)
        moved += len(rows)
    for column in inward:
        await _point_inward(old, new, table, column)
    return moved


async def _point_inward(old: AsyncConnection, new: AsyncConnection, table: Table, column: Column[Any]) -> None:
    known = (await old.execute(select(table.c.id, column).where(column.is_not(None)))).all()
    if known:
        at = update(table).where(table.c.id == bindparam("row")).values({column: bindparam("points_to")})
        await new.execute(at, [{"row": row[0], "points_to": row[1]} for row in known])


async def _count_on(new: AsyncConnection, table: Table) -> None:
    """Let PostgreSQL hand out the next id after the last that came; SQLite looks for itself."""
    if new.dialect.name != "postgresql" or "id" not in table.c:
        return
    last = (await new.execute(select(func.max(table.c.id)))).scalar_one()
    if last is not None:
        await new.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
            {"name": f'"{table.name}"', "last": last},
        )


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Any]]:
    """Yield the rows of a table in the order of its key, some at a time."""
    keys = list(table.primary_key.columns)
    # By bytes, not by a language's order: the two databases must agree on it.
    order = [key.collate("C") if _speaks(connection, key) else key for key in keys]
    result = await connection.stream(select(table).order_by(*order))
    async for rows in result.partitions(BATCH):
        yield rows


def _speaks(connection: AsyncConnection, column: Column[Any]) -> bool:
    return connection.dialect.name == "postgresql" and column.type.python_type is str
