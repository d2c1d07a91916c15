"""Those outside: partners who speak with us by program, and the one-time codes by which voters open their cases."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from bot.store.tables.base import Moment, id_column, metadata, ref

partner = Table(
    "partner",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),  # the key itself was shown once and is kept nowhere
    Column("scopes", String(100), nullable=False),  # words of actions/partners.SCOPES, comma between
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

page_code = Table(
    "page_code",
    metadata,
    id_column(),
    Column("ticket", String(64), nullable=False, unique=True),  # what the page that asked holds in its form
    Column("number", String(80), nullable=False),  # as it was typed; nobody has looked yet whether there is such a case
    Column("code_hash", LargeBinary, nullable=False),
    ref("person_id", "person", null=True),  # filled when the code was sent: there is such a case, and this is its voter
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
