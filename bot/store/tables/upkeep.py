"""What an office changes about itself at the console, who did it, and the sentences it says in its own words."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from bot.store.tables.base import Moment, id_column, metadata, ref

# One line for each thing that was changed; what was changed in one go has one `batch` and is undone in one go.
office_change = Table(
    "office_change",
    metadata,
    id_column(),
    Column("batch", String(32), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # station, unit, group, representative … limit, text
    Column("code", String(64), nullable=False),
    Column("name", String(200), nullable=False, server_default=""),
    Column("origin", String(10), nullable=False),  # page, import; files: run.py load brought it
    Column("before_sealed", LargeBinary),  # the whole thing as JSON, as the office files have it; none: not in use
    Column("after_sealed", LargeBinary),
    ref("by_id", "person", null=True),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    ref("undone_by_id", "person", null=True),
    Column("let_go_at", Moment),  # from now on the files say what it is like (ADR 11)
    Index(None, "kind", "code", "id"),
)

wording = Table(
    "wording",
    metadata,
    Column("code", String(80), primary_key=True),  # of a sentence of texts.toml
    Column("words", Text, nullable=False),
)
