"""The office and its people."""

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
    UniqueConstraint,
)

from bot.store.tables.base import Moment, id_column, metadata, ref, sparse

office = Table(
    "office",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    ref("parent_id", "office", null=True),
    Column("name", String(200), nullable=False),
    Column("level", String(20), nullable=False),  # municipal, county, township
)

station = Table(
    "station",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),  # opens every suggestion number
    ref("office_id", "office"),
    ref("parent_id", "station", null=True),
    Column("kind", String(20), nullable=False),  # station, point, grid, enterprise
    Column("name", String(200), nullable=False),
    Column("address", String(400), nullable=False, server_default=""),
    Column("phone", String(40), nullable=False, server_default=""),  # the desk's public number
    Column("hours", String(100), nullable=False, server_default=""),  # when the desk is open, in words
    Column("off_at", Moment),  # out of use: nothing new comes here, what is under way goes on
)

unit = Table(
    "unit",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    ref("office_id", "office"),
    Column("name", String(200), nullable=False),
    Column("phone", String(40), nullable=False, server_default=""),
    Column("off_at", Moment),
)

category = Table(
    "category",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    ref("parent_id", "category", null=True),
    Column("name", String(100), nullable=False),
    Column("duty", String(400), nullable=False, server_default=""),  # of the departments, as they publish it
    Column("keywords", Text, nullable=False, server_default="[]"),  # JSON list
    ref("unit_id", "unit", null=True),  # who usually handles it
)

limit_ = Table(
    "limit",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("source", String(400), nullable=False),
    Column("as_of", String(10), nullable=False),
)

person = Table(
    "person",
    metadata,
    id_column(),
    Column("code", String(64), unique=True),  # from the office files; voters have none
    Column("name", String(100), nullable=False, server_default=""),
    Column("phone_sealed", LargeBinary),
    Column("phone_hash", LargeBinary),
    ref("group_id", "group", null=True),  # the group whose QR code or chat the person last came by
    # Where the talk waits (ADR 2): committed with the deed that asked, so no crash or repeat can part them.
    Column("step", String(40), nullable=False, server_default=""),
    Column("step_facts", Text, nullable=False, server_default="{}"),
    Column("step_until", Moment),
    Column("feed_version", Integer, nullable=False, server_default="1"),  # one more takes the old calendar address back
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment),
    sparse("person", "phone_hash"),
)

identity = Table(
    "identity",
    metadata,
    id_column(),
    ref("person_id", "person", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("external_hash", LargeBinary, nullable=False),
    Column("external_sealed", LargeBinary, nullable=False),
    Column("union_hash", LargeBinary),
    Column("reachable", Boolean, nullable=False),
    Column("heard_at", Moment),  # opens the platform's window for pushes
    Column("pushed", Integer, nullable=False, server_default="0"),  # pushes in the open window
    UniqueConstraint("channel", "account", "external_hash"),
    sparse("identity", "union_hash"),
)

representative = Table(
    "representative",
    metadata,
    id_column(),
    ref("person_id", "person", unique=True),
    Column("level", String(20), nullable=False),  # national, provincial, municipal, county, township
    ref("station_id", "station"),
    Column("title", String(200), nullable=False, server_default=""),
    Column("pledge", Text, nullable=False, server_default=""),
)

clerk = Table(
    "clerk",
    metadata,
    id_column(),
    ref("person_id", "person"),
    ref("station_id", "station"),
    UniqueConstraint("station_id", "person_id"),
)

officer = Table(
    "officer",
    metadata,
    id_column(),
    ref("person_id", "person"),
    ref("office_id", "office"),
    UniqueConstraint("person_id", "office_id"),
)

group = Table(
    "group",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    ref("station_id", "station"),
    Column("name", String(200), nullable=False),
    Column("level", String(20), nullable=False, server_default="township"),
    Column("area", String(400), nullable=False, server_default=""),  # streets, estates: words people use for it
    Column("daily_cap", Integer, nullable=False, server_default="3"),
    Column("quiet_from", String(5), nullable=False, server_default="21:30"),
    Column("quiet_until", String(5), nullable=False, server_default="07:30"),
    Column("off_at", Moment),
)

group_address = Table(
    "group_address",
    metadata,
    id_column(),
    ref("group_id", "group", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("address", String(128), nullable=False, server_default=""),  # chat id, scene; empty for a webhook
    Column("purpose", String(10), nullable=False),  # scene (entry), chat (hears), speak
    Column("entry_url", String(512), nullable=False, server_default=""),  # what a scene's QR code says
    UniqueConstraint("channel", "account", "address", "purpose"),
)

membership = Table(
    "membership",
    metadata,
    id_column(),
    ref("group_id", "group"),
    ref("person_id", "person", index=True),
    Column("role", String(20), nullable=False),  # voter, representative, clerk
    Column("position", Integer, nullable=False, server_default="0"),  # order of assignment
    Column("joined_at", Moment, nullable=False),
    UniqueConstraint("group_id", "person_id", "role"),
    Index(None, "group_id", "role", "position"),
)
