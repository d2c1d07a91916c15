"""What was written at the console in place of what stood there before: every edition of an answer or a rule stays."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from bot.store.tables.base import Moment, id_column, metadata, ref

edition = Table(
    "edition",
    metadata,
    id_column(),
    Column("batch", String(32), nullable=False, index=True),  # what was changed in one go is undone in one go
    Column("kind", String(10), nullable=False),  # faq, rule
    Column("code", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … of this answer or rule; 1 is what stood there first
    Column("content", Text, nullable=False),  # the whole thing as JSON; empty: it was not there
    ref("by_id", "person", null=True),  # nobody: as the files or an import had it
    Column("at", Moment, nullable=False),
    UniqueConstraint("kind", "code", "number"),  # of two who change at once, one is told
)
