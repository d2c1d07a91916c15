"""What the desk teaches about subjects, and the models learnt from it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, String, Table, Text, false

from bot.store.tables.base import Moment, id_column, metadata, ref

correction = Table(
    "correction",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", null=True, index=True),  # none: imported
    Column("text", Text, nullable=False, server_default=""),  # of an imported one; a case has its own
    ref("category_id", "category"),  # what the desk says it is
    ref("guessed_id", "category", null=True),  # what stood there before
    ref("by_id", "person", null=True),
    Column("left_out", Boolean, nullable=False, server_default=false()),  # taught a version that was taken back
    Column("at", Moment, nullable=False),
)

subject_model = Table(
    "subject_model",
    metadata,
    id_column(),  # the version
    Column("state", String(10), nullable=False),  # active, retired, rejected
    Column("learnt_from", Integer, nullable=False),  # corrections
    Column("last_correction", Integer, nullable=False),  # the newest among them
    Column("accuracy", Float, nullable=False),  # on corrections held back
    Column("by_words", Float, nullable=False),  # the same without learning
    Column("facts", Text, nullable=False),  # JSON: how far to trust it
    Column("data", LargeBinary, nullable=False),
    Column("trained_at", Moment, nullable=False),
)
