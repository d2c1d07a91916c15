"""Remember: the database, whichever it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store import versions
from bot.store.backends import PATIENT_MS, PostgresBackend, SqliteBackend
from bot.store.db import AsyncDb, Db, Prepared
from bot.store.hosts import reached
from bot.store.writer import Writer

__all__ = ["Db", "Prepared", "Store", "migrate", "open_store"]

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Store:
    """The database behind one writer and many readers."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        """Join the two; use `open_store`."""
        self._writer = writer
        self._readers = readers

    def write(self, work: Callable[[Db], Awaitable[T]]) -> asyncio.Future[T]:
        """Do `work` in a transaction; await its result, which comes once it is durable.

        The work may be done again if its group's commit fails, so it touches nothing but its `Db`. Raises what the
        work raised (nothing of it is kept then), or at once Busy when too much waits.
        """
        return self._writer.write(work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Db]:
        """Open a snapshot to read from."""
        async with self._readers.connect() as connection:
            yield AsyncDb(connection)

    async def alive(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.read() as db:
                await db.one(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - any failure means: not alive
            return False
        return True

    @property
    def shared(self) -> bool:
        """Whether others may write at the same moment; a SQLite file has one writer at a time."""
        return self._readers.dialect.name != "sqlite"

    @property
    def depth(self) -> int:
        """Return how many writes wait."""
        return self._writer.depth

    async def close(self) -> None:
        """Finish what waits and let go of every connection."""
        await self._writer.close()
        await self._readers.dispose()


async def open_store(url: str) -> Store:
    """Open the migrated database at a `sqlite:///path` or `postgresql://…` address."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        readers = create_async_engine(
            f"sqlite+aiosqlite:///{parsed.database}",
            pool_size=4,
            max_overflow=4,
            pool_use_lifo=True,  # one caller is served by one connection, whose pages are in memory already
            hide_parameters=True,
        )
        event.listen(readers.sync_engine, "connect", _calm_reader)
        writer = Writer(SqliteBackend(str(parsed.database)))
    else:
        readers = _postgres(parsed)
        if await _check_postgres(readers) == "off":  # heard means stored: our own connections wait for the disk
            await readers.dispose()
            readers = _postgres(parsed, synchronous_commit="on")
        writer = Writer(PostgresBackend(readers))
    writer.start()
    return Store(writer, readers)


def _calm_reader(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA cache_size=-8000")  # 8 MB, four times the usual: what a page of a city is read from
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _postgres(url: URL, **told: str) -> AsyncEngine:
    """Return an engine whose connections are told these settings."""
    return reached(url, told={"lock_timeout": str(PATIENT_MS), **told}, pool_size=6, max_overflow=6)


async def _check_postgres(engine: AsyncEngine) -> str:
    """Refuse a database that cannot hold Chinese; return whether a commit waits for the disk (synchronous_commit)."""
    async with engine.connect() as connection:
        encoding = (await connection.execute(text("SHOW server_encoding"))).scalar_one()
        waits = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
    if encoding != "UTF8":
        raise RuntimeError(
            f"PostgreSQL 数据库的编码是 {encoding}，请以 UTF-8 重建（CREATE DATABASE … ENCODING 'UTF8'）"
        )
    return str(waits)


def migrate(url: str, to: str = "head") -> None:
    """Bring the database's tables up to date with Alembic; creates a missing SQLite file. Call it outside a loop."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{parsed.database}", hide_parameters=True)
        with engine.begin() as connection:
            _upgrade(connection, to)
        engine.dispose()
    else:
        asyncio.run(_migrate_postgres(parsed, to))


async def _migrate_postgres(url: URL, to: str) -> None:
    engine = reached(url)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade, to)
    await engine.dispose()


def _upgrade(connection: Connection, to: str) -> None:
    at, known = _revision(connection), versions.known()
    if to == "head" and at == known[0]:  # as at nearly every start
        return
    if at is not None and at not in known:
        # The next version was here: a deploy is under way, or somebody went back. Its steps only add, so we can work.
        log.warning("database_is_newer", revision=at)
        return
    from alembic import command

    config = versions.config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _revision(connection: Connection) -> str | None:
    """Return the step the tables are at, None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
