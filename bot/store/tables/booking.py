"""Places at a reception day: booked, waited for, or taken by walking in."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from bot.store.tables.base import Moment, id_column, metadata, ref

_LIVE = text("state IN ('booked', 'waiting', 'came') AND person_id IS NOT NULL")

booking = Table(
    "booking",
    metadata,
    id_column(),
    ref("day_id", "reception_day"),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … of the day: what people are called by
    ref("person_id", "person", null=True, index=True),  # nobody: who walked in and left no phone
    Column("name_sealed", LargeBinary),  # as it was said at the desk
    Column("slot", String(5), nullable=False),  # when it begins; of a walk-in, when they came
    Column("seat", Integer),  # 1 … as many as the slot has; none while it waits, and none once it is given up
    Column("state", String(10), nullable=False),  # booked, waiting, came, cancelled, dropped (the day or hour is gone)
    Column("origin", String(10), nullable=False),  # words, page, walk_in
    Column("told_date", String(10), nullable=False),  # the day its voter was last told
    Column("booked_at", Moment, nullable=False),
    Column("came_at", Moment),
    ref("checked_by_id", "person", null=True),  # nobody: the voter's own code did it
    Column("over_at", Moment),
    UniqueConstraint("day_id", "number"),
    UniqueConstraint("day_id", "slot", "seat"),  # no place is given twice, whoever asks at the same moment
    Index(
        "uq_booking_live", "day_id", "person_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    ),  # and nobody holds two
)
