"""Open, split and close the writer's transaction: SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import StaticPool

from bot.store.db import PIECE, AsyncDb, Db, SqliteDb

# journal in WAL so that readers never wait; FULL so that a commit that was answered survives a power cut
PRAGMAS = (
    "busy_timeout=20000",  # another process may be opening the file at this moment
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "journal_size_limit=67108864",
    "cache_size=-10000",  # 10 MB: the random keys of `heard` and `outgoing` must not push each other out
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",  # 16 MB: fewer, larger copies into the file
    "busy_timeout=0",  # from here on we wait in the loop, not in SQLite
)
LOCK_PATIENCE_S = 20.0  # how long we wait for another process to finish writing
OTHERS_EVERY_S = 0.05  # after so long of unbroken writing …
PATIENT_MS = 5_000  # PostgreSQL: how long the first piece of a group waits for a lock; it holds none itself
HURRIED_MS = 20  # the others hold what their neighbours locked, and somebody may wait for that
OTHERS_GET_S = 0.002  # … another process of ours gets so long to step in


class SqliteBackend:
    """The writer's transaction on a SQLite file.

    Statements run in the event loop (they take microseconds and wait for nobody once the write lock is ours);
    waiting for the lock sleeps in the loop, and the commit with its fsync runs in a thread.
    """

    shared = False

    def __init__(self, path: str) -> None:
        """Open the file; it must exist and be migrated."""
        self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        for pragma in PRAGMAS:
            self._raw.execute(f"PRAGMA {pragma}")
        self._engine = create_engine("sqlite://", creator=lambda: self._raw, poolclass=StaticPool, hide_parameters=True)
        self._connection: Connection = self._engine.connect()
        self._db = SqliteDb(self._connection, self._raw)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._written_since = 0.0

    async def begin(self) -> Db:
        """Take the write lock, waiting for other processes without stopping the loop."""
        now = time.monotonic()
        if now - self._written_since > OTHERS_EVERY_S:
            if self._written_since:
                await asyncio.sleep(OTHERS_GET_S)  # the gap in which another process takes the lock
            self._written_since = now
        pause = 0.0005
        while True:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
                if time.monotonic() - now > LOCK_PATIENCE_S:
                    raise
                await asyncio.sleep(pause)  # SQLite tells nobody when its lock is free
                pause = min(pause * 2, 0.02)
            else:
                return self._db

    async def hurry(self) -> None:
        """Nobody else can be in the way: the whole file is ours."""

    async def commit(self) -> None:
        """Write and fsync in a thread; the loop hears new messages meanwhile."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._raw.commit)

    async def rollback(self) -> None:
        """Forget the transaction."""
        with contextlib.suppress(sqlite3.Error):
            self._raw.rollback()

    async def savepoint(self) -> None:
        """Open the savepoint of one piece."""
        self._raw.execute(f"SAVEPOINT {PIECE}")
        self._db.in_piece = True

    async def release(self) -> None:
        """Keep what the piece did."""
        self._raw.execute(f"RELEASE {PIECE}")
        self._db.in_piece = False

    async def undo(self) -> None:
        """Forget what the piece did."""
        self._raw.execute(f"ROLLBACK TO {PIECE}")
        await self.release()

    async def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._engine.dispose()
        self._thread.shutdown()
        self._raw.close()


class PostgresBackend:
    """The writer's transaction on PostgreSQL."""

    shared = True

    def __init__(self, engine: AsyncEngine) -> None:
        """Take connections from that engine's pool, one per group, so that a broken one is replaced."""
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def begin(self) -> Db:
        """Take a connection and open the transaction."""
        self._connection = await self._engine.connect()
        await self._connection.begin()
        return AsyncDb(self._connection)

    async def hurry(self) -> None:
        """Wait for another process's locks no longer than it takes to see that they are held."""
        await self._open().exec_driver_sql(f"SET LOCAL lock_timeout = {HURRIED_MS}")

    async def commit(self) -> None:
        """Make it durable and give the connection back."""
        connection = self._open()
        await connection.commit()
        await connection.close()
        self._connection = None

    async def rollback(self) -> None:
        """Forget the transaction, whatever state its connection is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # the connection may be what failed
                await connection.rollback()
            with contextlib.suppress(Exception):
                await connection.close()

    async def savepoint(self) -> None:
        """Open the savepoint of one piece."""
        await self._open().exec_driver_sql(f"SAVEPOINT {PIECE}")

    async def release(self) -> None:
        """Keep what the piece did."""
        await self._open().exec_driver_sql(f"RELEASE SAVEPOINT {PIECE}")

    async def undo(self) -> None:
        """Forget what the piece did."""
        await self._open().exec_driver_sql(f"ROLLBACK TO SAVEPOINT {PIECE}")
        await self._open().exec_driver_sql(f"RELEASE SAVEPOINT {PIECE}")

    async def close(self) -> None:
        """Nothing is held between groups."""
        await self.rollback()

    def _open(self) -> AsyncConnection:
        assert self._connection is not None  # begin() comes first
        return self._connection
