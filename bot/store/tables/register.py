"""The register of a reception day: who attended, what each visitor said, when it was closed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, false, text

from bot.store.tables.base import Moment, id_column, metadata, ref

_STANDS = text("undone_at IS NULL")

attendance = Table(
    "attendance",
    metadata,
    id_column(),
    ref("day_id", "reception_day"),
    ref("person_id", "person", index=True),
    ref("by_id", "person"),  # who signed: they themselves, or the clerk for them
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Index("uq_attendance_stands", "day_id", "person_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
)

reception_entry = Table(
    "reception_entry",
    metadata,
    id_column(),
    ref("day_id", "reception_day"),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … of the day
    ref("booking_id", "booking", index=True),  # whose visit: one visitor may bring several matters
    ref("category_id", "category", null=True),
    Column("disposition", String(10), nullable=False, server_default=""),  # rules/register.DISPOSITIONS
    Column("confidential", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    ref("suggestion_id", "suggestion", null=True, unique=True),  # what it became
    Column("archive_number", String(80), unique=True),  # given when the session is closed, without gaps
    ref("recorder_id", "person"),
    Column("told_at", Moment),  # when the voter heard the result
    ref("told_by_id", "person", null=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("void_at", Moment),  # written by mistake: it stays, struck out
    UniqueConstraint("day_id", "number"),
)

entry_version = Table(
    "entry_version",
    metadata,
    id_column(),
    ref("entry_id", "reception_entry"),
    Column("version", Integer, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),  # JSON of rules/register.Said
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("entry_id", "version"),  # of two who amend at once, one is told
)

entry_media = Table(
    "entry_media",
    metadata,
    id_column(),
    ref("entry_id", "reception_entry"),
    ref("media_id", "media"),
    UniqueConstraint("entry_id", "media_id"),
)

register_closing = Table(
    "register_closing",
    metadata,
    id_column(),
    ref("day_id", "reception_day"),
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    ref("undone_by_id", "person", null=True),
    Index("uq_register_closing_stands", "day_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
)
