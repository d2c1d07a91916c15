"""What every table is made of: moments, ids, references, sparse indexes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    text,
)
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(value: datetime | None) -> int | None:
    """Return an aware moment as whole microseconds since 1970 UTC; a naive time raises TypeError."""
    moment, number = _LAST[0]  # the `now` of one message stands in a dozen columns
    if value is moment:
        return number
    if value is None:
        return None
    since = value - EPOCH
    number = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    _LAST[0] = value, number
    return number


_LAST = [(EPOCH, 0)]  # a moment and its number, changed together, whatever thread looks


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as whole microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the number to store; a naive time raises TypeError."""
        return to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the moment, in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# SQLite only hands out ids by itself for a plain INTEGER key; PostgreSQL wants 64 bits.
ID = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Column[int]:
    """Return a table's own key, counted up by the database."""
    return Column("id", ID, primary_key=True, autoincrement=True)


def sparse(table: str, column: str) -> Index:
    """Return an index over the rows that have a value there; the many that have none cost nothing."""
    there = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=there, postgresql_where=there)


def ref(name: str, table: str, *, null: bool = False, **kwargs: Any) -> Column[int]:
    """Return a column that holds the key of a row of another table."""
    return Column(name, ForeignKey(f"{table}.id"), nullable=null, **kwargs)
