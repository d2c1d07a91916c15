"""What was heard."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from bot.store.tables.base import Moment, id_column, metadata, ref

heard = Table(
    "heard",
    metadata,
    id_column(),
    Column("key", String(64), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    ref("person_id", "person", null=True),
    Column("state", String(10), nullable=False),  # done, failed, ignored
    Column("body_sealed", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),  # what a repeat is answered with
    Column("error", String(200), nullable=False, server_default=""),  # the failure's kind, never its data
    Column("heard_at", Moment, nullable=False),
    # Nearly every row is done: only the few a clerk looks for are worth an entry.
    Index(
        "ix_heard_failed", "heard_at", sqlite_where=text("state = 'failed'"), postgresql_where=text("state = 'failed'")
    ),
    CheckConstraint("state IN ('done', 'failed', 'ignored')", name="state"),
)
