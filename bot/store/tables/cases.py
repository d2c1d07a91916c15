"""Suggestions, their history and what was attached."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.tables.base import Moment, id_column, metadata, ref, sparse

counter = Table(
    "counter",
    metadata,
    Column("name", String(80), primary_key=True),  # "{station code}-{yymmdd}"
    Column("value", Integer, nullable=False),
)

suggestion = Table(
    "suggestion",
    metadata,
    id_column(),
    Column("number", String(80), nullable=False, unique=True),
    ref("station_id", "station"),
    ref("group_id", "group", null=True),
    ref("voter_id", "person"),
    ref("identity_id", "identity", null=True),  # the way the voter came, hence the way the answer goes
    ref("category_id", "category", null=True),
    Column("kind", String(20), nullable=False),  # request, proposal, opinion, wish, errand
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),  # verbatim
    Column("place", String(400), nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("weight", String(20), nullable=False, server_default="simple"),  # simple, hard, formal, wide
    Column("round", Integer, nullable=False, server_default="1"),  # 2 and up: handled anew after a bad rating
    Column("decline_code", String(40), nullable=False, server_default=""),
    # marks beside the state
    Column("confidential", Boolean, nullable=False, server_default=false()),
    Column("supervised_at", Moment),
    Column("escalated_to", String(20), nullable=False, server_default=""),  # clerk, office
    ref("merged_into_id", "suggestion", null=True),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    sparse("suggestion", "merged_into_id"),
    # The echo wall counts and lists its choices here; the many that are not public cost nothing.
    Index(
        "ix_suggestion_public",
        "station_id",
        "category_id",
        "confidential",
        sqlite_where=text("published_at IS NOT NULL"),
        postgresql_where=text("published_at IS NOT NULL"),
    ),
    Index(None, "voter_id", "created_at"),
    Index(None, "state", "created_at", "station_id"),  # figures count what came by these alone
    # The desk looks by these, and reads a page at a time; whether a case is linked to another is read here as well.
    Index(None, "station_id", "state", "id", "merged_into_id"),
    sparse("suggestion", "supervised_at"),
)

supplement = Table(
    "supplement",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("heard_id", "heard", null=True),
    Column("kind", String(20), nullable=False),  # text, image, voice, video, place, link, file
    Column("text", Text, nullable=False, server_default=""),
    ref("media_id", "media", null=True),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("created_at", Moment, nullable=False),
)

# The steps that figures count, and those that take them back; the many lines of other kinds cost the index nothing.
MILESTONES = "move IN ('admit', 'unadmit', 'decline', 'reconsider', 'merge', 'reply', 'rate', 'close', 'rehandle')"

event = Table(
    "event",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion"),
    Column("seq", Integer, nullable=False),  # 1, 2, 3 … within the case
    ref("actor_id", "person", null=True),  # empty: the service itself
    Column("role", String(20), nullable=False),
    Column("move", String(30), nullable=False),
    Column("state", String(20), nullable=False),  # after the move
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Column("hash", LargeBinary, nullable=False),  # over this row and the hash of the one before
    UniqueConstraint("suggestion_id", "seq"),
    Index(
        "ix_event_milestone",
        "move",
        "at",
        "suggestion_id",
        sqlite_where=text(MILESTONES),
        postgresql_where=text(MILESTONES),
    ),
)

assignment = Table(
    "assignment",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("person_id", "person", null=True),  # a representative …
    ref("unit_id", "unit", null=True),  # … or a unit
    Column("role", String(20), nullable=False),  # representative, lead_unit, assisting_unit
    Column("state", String(20), nullable=False),  # assigned, accepted, returned, transferred, replied, dropped
    Column("round", Integer, nullable=False, server_default="1"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("assigned_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index(None, "person_id", "state", "suggestion_id"),
    Index(None, "unit_id", "state", "role", "suggestion_id"),
    Index(None, "assigned_at", "role"),
)

media = Table(
    "media",
    metadata,
    id_column(),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("media_id", String(512), nullable=False, server_default=""),
    Column("url_sealed", LargeBinary),  # some platforms hand out a short-lived address instead of an id
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False),  # wanted, kept, lost
    Column("sha256", String(64), nullable=False, server_default=""),
    Column("content_type", String(100), nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
)

# Which cases say which two characters after each other: filled some seconds after they came (word_index.py).
gram_block = Table(
    "gram_block",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),  # so many cases in a row
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("cases", LargeBinary, nullable=False),  # their places in the block, two bytes each, in order
)

gram_mark = Table(
    "gram_mark",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("upto", BigInteger, nullable=False),  # the last case of the block that is in it
)
