"""A suggestion's whole way: units, clocks, meetings, replies, ratings, who was told, what was made public."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.tables.base import Moment, id_column, metadata, ref

unit_member = Table(
    "unit_member",
    metadata,
    id_column(),
    ref("unit_id", "unit"),
    ref("person_id", "person"),
    UniqueConstraint("unit_id", "person_id"),
)

PROMISES = "kind IN ('promised', 'statutory')"  # the two clocks of a case whose punctuality is counted

deadline = Table(
    "deadline",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion"),
    ref("assignment_id", "assignment", null=True),
    Column("kind", String(20), nullable=False),  # triage, accept, return, promised, statutory, opinion, rehandle
    Column("round", Integer, nullable=False, server_default="1"),
    Column("facts", Text, nullable=False),  # JSON of rules/deadlines.Clock: span with source, pauses, extensions
    Column("due_on", String(10)),  # as last computed, for lists; empty while paused
    Column("provisional", Boolean, nullable=False, server_default=false()),
    Column("met_on", String(10)),
    Column("key", String(80), nullable=False, unique=True),  # {suggestion}:{kind}:{round}:{assignment or 0}
    Index(None, "met_on", "due_on"),
    Index(None, "suggestion_id", "kind", "met_on", "due_on"),  # whether a case is late is asked of thousands at once
    Index(
        "ix_deadline_promise",
        "kind",
        "due_on",
        "suggestion_id",
        "met_on",
        sqlite_where=text(PROMISES),
        postgresql_where=text(PROMISES),
    ),
)

meeting = Table(
    "meeting",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    Column("stage", String(10), nullable=False),  # before, during, after
    Column("mode", String(10), nullable=False),  # phone, in_person, online
    Column("round", Integer, nullable=False, server_default="1"),
    Column("note", Text, nullable=False, server_default=""),
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
)

visit = Table(
    "visit",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("person_id", "person"),
    Column("text", Text, nullable=False, server_default=""),
    ref("media_id", "media", null=True),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("at", Moment, nullable=False),
)

reply = Table(
    "reply",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("assignment_id", "assignment", null=True),
    ref("unit_id", "unit", null=True),
    ref("author_id", "person"),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("class", String(1), nullable=False),  # A solved, B being solved or planned, C later, D for reference
    Column("lacks", Text, nullable=False, server_default=""),  # what C waits for
    Column("text", Text, nullable=False),
    Column("track_on", String(10)),  # B and C: when it is looked at again
    Column("at", Moment, nullable=False),
    Index(None, "author_id", "suggestion_id"),
)

rating = Table(
    "rating",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("person_id", "person"),
    Column("side", String(20), nullable=False),  # voter, representative
    Column("value", String(20), nullable=False),  # satisfied, mostly, dissatisfied
    Column("reason", Text, nullable=False, server_default=""),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("at", Moment, nullable=False),
    UniqueConstraint("suggestion_id", "person_id", "round"),
)

joiner = Table(
    "joiner",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion"),
    ref("person_id", "person", index=True),
    ref("identity_id", "identity", null=True),
    Column("text", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    UniqueConstraint("suggestion_id", "person_id"),
)

telling = Table(
    "telling",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("event_id", "event"),
    ref("person_id", "person"),
    Column("outgoing_key", String(160), nullable=False, server_default=""),  # its row says how it was delivered
    Column("untold_reason", Text, nullable=False, server_default=""),  # a clerk's word why somebody was not told
    Column("at", Moment, nullable=False),
    UniqueConstraint("event_id", "person_id"),
)

publication = Table(
    "publication",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    # As the public reads it, without personal data and approved by a clerk; the originals stay where they are.
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("class", String(1), nullable=False),
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
)

merge = Table(
    "merge",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("into_id", "suggestion", index=True),
    ref("by_id", "person", null=True),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
)
