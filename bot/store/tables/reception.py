"""Reception days, who sits on them, and the calendar."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from bot.store.tables.base import Moment, id_column, metadata, ref

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
    # When: any of four ways (RFC 5545's BYMONTHDAY, weekly BYDAY, monthly BYDAY, RDATE), each a JSON list.
    Column("days_of_month", String(100), nullable=False),
    Column("weekdays", String(60), nullable=False, server_default="[]"),  # ["WE"]: every week
    Column("nth_weekdays", String(100), nullable=False, server_default="[]"),  # ["2WE", "-1FR"]: every month
    Column("dates", Text, nullable=False, server_default="[]"),  # ["2026-12-18"]: once
    Column("every", Integer, nullable=False, server_default="1"),  # weeks or months, counted from `since`
    Column("since", String(10)),
    Column("until", String(10)),
    Column("seasons", Text, nullable=False, server_default="[]"),  # JSON list of config.office_models.Season
    Column("starts", String(5), nullable=False),
    Column("ends", String(5), nullable=False),
    Column("place", String(400), nullable=False),
    Column("holiday_policy", String(10), nullable=False),  # next, previous, stay
    Column("mode", String(60), nullable=False, server_default=""),
    Column("seats", Integer, nullable=False, server_default="1"),  # how many representatives sit
    Column("rota", Text, nullable=False, server_default="[]"),  # JSON list of person ids; empty: all of the station
    Column("plan_ahead", Integer),  # days; empty: the office's number
    Column("notice_ahead", Integer),  # days; empty: the office's number
    Column("slot_minutes", Integer),  # of a booked place; empty: the office's number
    Column("slot_places", Integer),  # in one slot; empty: the office's number
    Column("active", Boolean, nullable=False, server_default=true()),  # no longer in the files: plans no more
    Column("origin", String(10), nullable=False, server_default=""),  # desk: changed at the console, left alone by load
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
    Column("mode", String(60), nullable=False, server_default=""),
    # planned, provisional (that year's holidays are not out), cancelled; once it began: held, closed (its register)
    Column("state", String(12), nullable=False),
    # What a subscribed calendar knows it by, for good.
    Column("uid", String(80), nullable=False, unique=True, default=lambda: uuid4().hex),
    Column("version", Integer, nullable=False, server_default="0"),  # SEQUENCE: one more at every move and cancel
    Column("moved_from", String(10)),  # the day people had been told before the last move
    Column("reason", String(400), nullable=False, server_default=""),  # why it was moved or cancelled
    ref("decided_by_id", "person", null=True),  # who moved or cancelled it by hand: the plan leaves it alone
    Column("changed_at", Moment),
    UniqueConstraint("rule_id", "planned_on"),
    Index(None, "station_id", "date"),
    Index(None, "date"),
)

reminder_rule = Table(
    "reminder_rule",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("audience", String(20), nullable=False),  # group, representative, clerk
    Column("days_before", Integer, nullable=False),
    Column("at", String(5), nullable=False),
    Column("text", String(64), nullable=False),
    Column("grace_hours", Integer, nullable=False),
    Column("quiet", String(10), nullable=False),  # after, evening
    Column("notice", Boolean, nullable=False),
    Column("only", String(20), nullable=False),
    Column("source", String(400), nullable=False),
    Column("as_of", String(10), nullable=False),
)

notice = Table(
    "notice",
    metadata,
    id_column(),
    ref("day_id", "reception_day", index=True),
    ref("group_id", "group"),
    ref("outgoing_id", "outgoing", unique=True),  # the row that told it, or was to
    Column("held_on", String(10), nullable=False),  # the day it announces
    Column("due_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),  # owed; proven; missed (the day came); withdrawn (moved, cancelled)
    Column("answer", String(200), nullable=False, server_default=""),  # the platform's, or the clerk's word
    Column("proven_at", Moment),
    ref("proven_by_id", "person", null=True),  # the clerk who told the group by hand
    Index(None, "state", "due_at"),
)

duty = Table(
    "duty",
    metadata,
    id_column(),
    ref("day_id", "reception_day"),
    ref("person_id", "person", index=True),
    # seated; excused (on leave, nobody instead yet), swapped (another sits), released (no longer theirs);
    # afterwards: attended, absent
    Column("state", String(10), nullable=False),
    Column("origin", String(10), nullable=False),  # rota, swap, substitute, clerk
    Column("reason", String(400), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    UniqueConstraint("day_id", "person_id"),
)

swap = Table(
    "swap",
    metadata,
    id_column(),
    ref("duty_id", "duty", index=True),  # the seat somebody wants to give away
    ref("asked_id", "person", index=True),
    ref("return_duty_id", "duty", null=True),  # the seat taken in exchange
    Column("kind", String(10), nullable=False),  # swap, leave
    Column("state", String(10), nullable=False),  # asked, agreed, refused, over
    Column("asked_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("key", String(60), nullable=False, unique=True),  # {duty}:{asked}:{kind}: nobody is asked the same twice
)
