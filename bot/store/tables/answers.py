"""Questions and answers."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    String,
    Table,
    Text,
)

from bot.store.tables.base import Moment, id_column, metadata, ref

faq = Table(
    "faq",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    Column("answer", Text, nullable=False),
    Column("source", String(400), nullable=False, server_default=""),
    Column("category", String(100), nullable=False, server_default=""),
    Column("office_code", String(64), nullable=False, server_default=""),  # empty: everywhere
    Column("station_code", String(64), nullable=False, server_default=""),  # empty: at every station of the office
    Column("valid_from", String(10), nullable=False, server_default=""),
    Column("valid_until", String(10), nullable=False, server_default=""),
    Column("origin", String(10), nullable=False, server_default=""),  # office: from the office files; else imported
    Column("changed_at", Moment, nullable=False),
)

faq_question = Table(
    "faq_question",
    metadata,
    id_column(),
    ref("faq_id", "faq", index=True),
    Column("text", String(500), nullable=False),
)

faq_miss = Table(
    "faq_miss",
    metadata,
    id_column(),
    ref("heard_id", "heard", null=True),
    ref("person_id", "person", null=True),
    ref("group_id", "group", null=True),
    Column("text", Text, nullable=False),
    Column("best_code", String(64), nullable=False, server_default=""),
    Column("score", Float, nullable=False, server_default="0"),
    Column("state", String(10), nullable=False),  # open, answered
    Column("created_at", Moment, nullable=False),
)
