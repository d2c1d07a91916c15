"""Run statements: one face for SQLite and PostgreSQL.

`Db` is what actions and reads see. Most statements go through SQLAlchemy as they are. The few that run for every
message are `Prepared`: compiled once per dialect and handed straight to sqlite3, which costs a fifth (ADR 3).
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Executable, Insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from bot.errors import Contended
from bot.store.tables import Moment, to_microseconds

Params = Mapping[str, Any]
PIECE = "piece"  # the savepoint each piece of work is done in
_SQLITE: Dialect = sqlite.dialect(paramstyle="qmark")


class NoWayBack(Exception):
    """A piece of work wants to start over and has no savepoint."""


class Prepared:
    """A statement that runs for every message, compiled once; its values come only from parameters."""

    __slots__ = ("_arrange", "_shape", "_sql", "statement")

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """Compile for SQLite; `columns` are the columns an INSERT or UPDATE is given by name."""
        assert isinstance(statement, ClauseElement)  # for mypy: every Executable we write is one
        self.statement = statement
        compiled: Any = statement.compile(dialect=_SQLITE, column_keys=list(columns) if columns else None)
        self._sql = str(compiled)
        self._arrange = _arranger([compiled.binds[name] for name in compiled.positiontup])
        fields = [entry.keyname for entry in compiled._result_columns or ()]  # noqa: SLF001 - the same
        row: Any = namedtuple("Row", fields, rename=True) if fields else None  # noqa: PYI024 - named at run time
        getters = [entry.type._cached_result_processor(_SQLITE, None) for entry in compiled._result_columns or ()]  # noqa: SLF001 - the same
        self._shape = _shaper(row._make, getters) if fields else None

    def execute(self, raw: sqlite3.Connection, params: Params) -> sqlite3.Cursor:
        """Run it on a bare connection; a missing parameter raises KeyError, a broken constraint IntegrityError."""
        try:
            return raw.execute(self._sql, self._arrange(params))
        except sqlite3.IntegrityError as error:
            raise IntegrityError(self._sql, None, error) from error

    def row(self, values: Sequence[Any]) -> Any:
        """Return the values of one result as a named tuple, converted like SQLAlchemy does."""
        assert self._shape is not None  # a statement that returns rows has columns
        return self._shape(values)


def _shaper(make: Callable[[Any], Any], getters: Sequence[Any]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes a row of raw values, each converted; written out like `_arranger`."""
    if not any(getters):
        return make
    known = {f"get{number}": get for number, get in enumerate(getters) if get}
    values = [f"get{number}(raw[{number}])" if get else f"raw[{number}]" for number, get in enumerate(getters)]
    shape: Callable[[Sequence[Any]], Any] = eval(  # noqa: S307 - of numbers only
        f"lambda raw: make(({''.join(f'{value}, ' for value in values)}))", {**known, "make": make}
    )
    return shape


def _arranger(binds: Sequence[Any]) -> Callable[[Params], tuple[Any, ...]]:
    """Return what puts a statement's values in their order: those it is given, converted, and those it names itself.

    Written out as one expression and compiled, for it runs a dozen times a message: a third of what loops cost.
    """
    known: dict[str, Any] = {}
    values = []
    for number, bind in enumerate(binds):
        process = _processor(bind.type)
        if not bind.required:  # the statement names it itself
            known[f"fixed{number}"] = process(bind.value) if process else bind.value
            values.append(f"fixed{number}")
        elif process:
            known[f"process{number}"] = process
            values.append(f"process{number}(given[{bind.key!r}])")
        else:
            values.append(f"given[{bind.key!r}]")
    arrange: Callable[[Params], tuple[Any, ...]] = eval(  # noqa: S307 - of bind names from our own statements
        f"lambda given: ({''.join(f'{value}, ' for value in values)})", known
    )
    return arrange


def _processor(kind: Any) -> Callable[[Any], Any] | None:
    """Return what turns a value into what SQLite stores, None if nothing needs to."""
    if isinstance(kind, Moment):
        return to_microseconds
    processor: Callable[[Any], Any] | None = kind._cached_bind_processor(_SQLITE)  # noqa: SLF001 - what SQLAlchemy's own execution asks for
    return processor


Statement = Executable | Prepared


class Db(Protocol):
    """An open transaction."""

    async def one(self, statement: Statement, params: Params | None = None) -> Any:
        """Return the first row (attribute access), or None."""
        ...

    async def all(self, statement: Statement, params: Params | None = None) -> list[Any]:
        """Return every row."""
        ...

    async def run(self, statement: Statement, params: Params | Sequence[Params] | None = None) -> int:
        """Carry the statement out and return how many rows it touched."""
        ...

    async def add(self, statement: Statement, params: Params | None = None) -> int:
        """Carry an INSERT out and return the new row's id, 0 if it was there already (ON CONFLICT DO NOTHING)."""
        ...

    async def start_over(self) -> None:
        """Forget all that this piece of work did so far (only within `Store.write`).

        Raises NoWayBack when there is no savepoint: the writer then does the piece again with one.
        """
        ...


class SqliteDb:
    """The one SQLite writer: statements take microseconds, so they run where they are called; only commits wait."""

    def __init__(self, connection: Connection, raw: sqlite3.Connection) -> None:
        """Use SQLAlchemy's connection and the bare one beneath it."""
        self._connection = connection
        self.raw = raw
        self.in_piece = False  # whether there is a savepoint to go back to

    async def one(self, statement: Statement, params: Params | None = None) -> Any:
        """Return the first row, or None."""
        if isinstance(statement, Prepared):
            values = statement.execute(self.raw, params or {}).fetchone()
            return None if values is None else statement.row(values)
        return self._connection.execute(statement, params).first()

    async def all(self, statement: Statement, params: Params | None = None) -> list[Any]:
        """Return every row."""
        if isinstance(statement, Prepared):
            return [statement.row(values) for values in statement.execute(self.raw, params or {}).fetchall()]
        return list(self._connection.execute(statement, params).all())

    async def run(self, statement: Statement, params: Params | Sequence[Params] | None = None) -> int:
        """Carry it out and return how many rows it touched."""
        if isinstance(statement, Prepared):
            if isinstance(params, list):
                return sum(statement.execute(self.raw, each).rowcount for each in params)
            return statement.execute(self.raw, params or {}).rowcount  # type: ignore[arg-type]  # no list: one mapping
        result = self._connection.execute(statement, params)
        return result.rowcount if isinstance(result, CursorResult) else 0

    async def add(self, statement: Statement, params: Params | None = None) -> int:
        """Carry an INSERT out and return the new row's id, 0 if it was there already."""
        if isinstance(statement, Prepared):
            done = statement.execute(self.raw, params or {})
            return int(done.lastrowid or 0) if done.rowcount > 0 else 0
        return _new_id(self._connection.execute(statement, params))

    async def start_over(self) -> None:
        """Go back to the savepoint the writer opened for this piece."""
        if not self.in_piece:
            raise NoWayBack
        self.raw.execute(f"ROLLBACK TO SAVEPOINT {PIECE}")


CONTENDED = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available


class AsyncDb:
    """A transaction on an async SQLAlchemy connection: PostgreSQL, and every reader."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Use a connection somebody else opens and closes."""
        self._connection = connection

    async def one(self, statement: Statement, params: Params | None = None) -> Any:
        """Return the first row, or None."""
        return (await self._execute(statement, params)).first()

    async def all(self, statement: Statement, params: Params | None = None) -> list[Any]:
        """Return every row."""
        return list((await self._execute(statement, params)).all())

    async def run(self, statement: Statement, params: Params | Sequence[Params] | None = None) -> int:
        """Carry it out and return how many rows it touched."""
        return (await self._execute(statement, params)).rowcount

    async def add(self, statement: Statement, params: Params | None = None) -> int:
        """Carry an INSERT out and return the new row's id, 0 if it was there already."""
        return _new_id(await self._execute(statement, params))

    async def start_over(self) -> None:
        """Go back to the savepoint the writer opened for this piece."""
        await self._connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {PIECE}")

    async def _execute(self, statement: Statement, params: Params | Sequence[Params] | None) -> CursorResult[Any]:
        """Carry a statement out; raises Contended when another process was in the way."""
        try:
            return await self._connection.execute(_plain(statement), params)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in CONTENDED:
                raise Contended from error
            raise


def _plain(statement: Statement) -> Executable:
    return statement.statement if isinstance(statement, Prepared) else statement


def _new_id(result: CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    return int(key[0]) if key and key[0] is not None else 0


def keyed(statement: Insert, columns: Sequence[str]) -> Prepared:
    """Return an INSERT of those columns, prepared."""
    return Prepared(statement, columns)


Work = Callable[[Db], Any]
