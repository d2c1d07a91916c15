"""What we owe."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from bot.store.tables.base import Moment, id_column, metadata, ref, sparse

outgoing = Table(
    "outgoing",
    metadata,
    id_column(),
    Column("key", String(160), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),  # push, or the name of an errand (pull, media)
    Column("channel", String(32), nullable=False, server_default=""),
    Column("account", String(64), nullable=False, server_default=""),
    ref("identity_id", "identity", null=True),
    ref("person_id", "person", null=True),
    ref("group_id", "group", null=True),
    ref("suggestion_id", "suggestion", null=True, index=True),
    ref("reception_day_id", "reception_day", null=True),  # who was told of a day is told again when it moves
    Column("address_sealed", LargeBinary),  # where no identity holds it: a chat, a response_url
    Column("content", Text, nullable=False),  # JSON, see outbox/queue.py
    # waiting, held (by a clerk), sending, prepared (a member must tap), sent, parked, refused, cancelled
    Column("state", String(10), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment),  # later than this it is not sent but shown to the clerk
    Column("at_once", Boolean, nullable=False, server_default=false()),  # an answer, an alarm: at any hour
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Moment),
    Column("worker", String(80), nullable=False, server_default=""),
    Column("errcode", Integer),
    Column("error", String(400), nullable=False, server_default=""),
    Column("platform_id", String(128), nullable=False, server_default=""),
    ref("told_in_id", "outgoing", null=True),  # the row in whose message it was told: several notices, one digest
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("arrived_at", Moment),  # the platform said so; most never say it, and "sent" only means it took the message
    Index(None, "state", "due_at"),
    Index(None, "person_id", "state"),
    Index(
        "ix_outgoing_platform_id",
        "platform_id",
        sqlite_where=text("platform_id <> ''"),
        postgresql_where=text("platform_id <> ''"),
    ),  # a receipt names nothing else
    sparse("outgoing", "reception_day_id"),
    sparse("outgoing", "group_id"),
)

pull_cursor = Table(
    "pull_cursor",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("cursor", String(128), nullable=False),
)
