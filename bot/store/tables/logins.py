"""Who signs in to the console, and who may look at what beyond their own office, station or unit."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, false

from bot.store.tables.base import Moment, id_column, metadata, ref, sparse

login = Table(
    "login",
    metadata,
    id_column(),
    ref("person_id", "person", unique=True),
    Column("name", String(64), nullable=False, unique=True),  # what is typed at the door: the person's code
    Column("password_hash", String(200), nullable=False, server_default=""),  # argon2; empty: none yet
    Column("must_change", Boolean, nullable=False, server_default=false()),  # the password is somebody else's idea
    Column("totp_sealed", LargeBinary),
    Column("totp_step", Integer, nullable=False, server_default="0"),  # the last code's half minute: no code twice
    Column("link_hash", LargeBinary),  # of the one link that signs in once
    Column("link_until", Moment),
    Column("epoch", Integer, nullable=False, server_default="1"),  # sessions of an earlier one are over
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment),
    Column("off_at", Moment),
    sparse("login", "link_hash"),
)

# Whoever looks at the whole phone number of somebody leaves a line here; by itself it is shown masked.
phone_look = Table(
    "phone_look",
    metadata,
    id_column(),
    ref("suggestion_id", "suggestion", index=True),
    ref("person_id", "person"),  # whose
    ref("by_id", "person"),
    Column("at", Moment, nullable=False),
)

# Clerks, officers and members of units have their rights from the office files; this adds who only looks.
grant = Table(
    "grant",
    metadata,
    id_column(),
    ref("person_id", "person", index=True),
    Column("role", String(20), nullable=False),  # auditor
    ref("office_id", "office", null=True),  # the office and all below it …
    ref("station_id", "station", null=True),  # … or one station
    ref("by_id", "person", null=True),
    Column("at", Moment, nullable=False),
    Column("until", String(10), nullable=False, server_default=""),  # the last day it holds; empty: until it is ended
    Column("ended_at", Moment),
)

# Whoever only looks leaves a line for everything they open.
opened = Table(
    "opened",
    metadata,
    id_column(),
    ref("person_id", "person"),
    Column("what", String(300), nullable=False),  # the page's address, without what was searched for
    ref("suggestion_id", "suggestion", null=True),
    Column("at", Moment, nullable=False),
    Index(None, "person_id", "at"),
    sparse("opened", "suggestion_id"),
)
