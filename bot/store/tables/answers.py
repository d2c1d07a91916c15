"""Questions and answers."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    LargeBinary,
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
    Column("origin", String(10), nullable=False, server_default=""),  # desk: a clerk's, left alone by load and import
)

faq_asked = Table(
    "faq_asked",
    metadata,
    id_column(),
    ref("person_id", "person", null=True, index=True),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("code", String(64), nullable=False, server_default=""),  # what it was answered with outright
    Column("asked_at", Moment, nullable=False),
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
    Column("state", String(10), nullable=False),  # open, answered, dropped
    Column("created_at", Moment, nullable=False),
)

faq_correction = Table(
    "faq_correction",
    metadata,
    id_column(),
    ref("miss_id", "faq_miss", index=True),
    Column("code", String(64), nullable=False),  # of the answer it became part of
    Column("wording", String(500), nullable=False),
    Column("kind", String(10), nullable=False),  # wording, entry
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
)
