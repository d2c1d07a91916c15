"""Reception days and the calendar."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    UniqueConstraint,
)

from bot.store.tables.base import id_column, metadata, ref

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("date", String(10), primary_key=True),
    Column("kind", String(10), nullable=False),  # holiday, workday (a make-up working day)
    Column("name", String(50), nullable=False),
    Column("source", String(200), nullable=False),
)

reception_rule = Table(
    "reception_rule",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    ref("station_id", "station"),
    Column("days_of_month", String(100), nullable=False),  # JSON list
    Column("starts", String(5), nullable=False),
    Column("ends", String(5), nullable=False),
    Column("place", String(400), nullable=False),
    Column("holiday_policy", String(10), nullable=False),  # next, previous, stay
    Column("mode", String(60), nullable=False, server_default=""),
)

reception_day = Table(
    "reception_day",
    metadata,
    id_column(),
    ref("rule_id", "reception_rule"),
    ref("station_id", "station"),
    Column("planned_on", String(10), nullable=False),  # the day the rule names
    Column("date", String(10), nullable=False),  # the day it is held
    Column("starts", String(5), nullable=False),
    Column("ends", String(5), nullable=False),
    Column("place", String(400), nullable=False),
    Column("state", String(12), nullable=False),  # planned, provisional, cancelled
    UniqueConstraint("rule_id", "planned_on"),
    Index(None, "station_id", "date"),
)
