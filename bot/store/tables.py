"""What is stored: one table per noun of the glossary.

Times are microseconds since 1970 in UTC (`Moment`), days are ISO text, JSON is text: the same bytes in SQLite and
PostgreSQL, and no conversion on the hot path. Columns ending in `_sealed` hold authenticated ciphertext,
columns ending in `_hash` a keyed hash to look the same thing up by.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(value: datetime | None) -> int | None:
    """Return an aware moment as whole microseconds since 1970 UTC; a naive time raises TypeError."""
    if value is None:
        return None
    since = value - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as whole microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the number to store; a naive time raises TypeError."""
        return to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the moment, in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# SQLite only hands out ids by itself for a plain INTEGER key; PostgreSQL wants 64 bits.
_ID = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True, autoincrement=True)


def _sparse(table: str, column: str) -> Index:
    """Return an index over the rows that have a value there; the many that have none cost nothing."""
    there = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=there, postgresql_where=there)


def _ref(name: str, table: str, *, null: bool = False, **kwargs: Any) -> Column[int]:
    return Column(name, ForeignKey(f"{table}.id"), nullable=null, **kwargs)


# ---- the office and its people -------------------------------------------------------------------------------------

office = Table(
    "office",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    _ref("parent_id", "office", null=True),
    Column("name", String(200), nullable=False),
    Column("level", String(20), nullable=False),  # municipal, county, township
)

station = Table(
    "station",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),  # opens every suggestion number
    _ref("office_id", "office"),
    _ref("parent_id", "station", null=True),
    Column("kind", String(20), nullable=False),  # station, point, grid, enterprise
    Column("name", String(200), nullable=False),
    Column("address", String(400), nullable=False, server_default=""),
    Column("phone", String(40), nullable=False, server_default=""),  # the desk's public number
)

unit = Table(
    "unit",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    _ref("office_id", "office"),
    Column("name", String(200), nullable=False),
    Column("phone", String(40), nullable=False, server_default=""),
)

category = Table(
    "category",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    _ref("parent_id", "category", null=True),
    Column("name", String(100), nullable=False),
    Column("keywords", Text, nullable=False, server_default="[]"),  # JSON list
    _ref("unit_id", "unit", null=True),  # who usually handles it
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
    _id(),
    Column("code", String(64), unique=True),  # from the office files; voters have none
    Column("name", String(100), nullable=False, server_default=""),
    Column("phone_sealed", LargeBinary),
    Column("phone_hash", LargeBinary),
    _ref("group_id", "group", null=True),  # the group whose QR code or chat the person last came by
    # Where the talk waits (ADR 2): committed with the deed that asked, so no crash or repeat can part them.
    Column("step", String(40), nullable=False, server_default=""),
    Column("step_facts", Text, nullable=False, server_default="{}"),
    Column("step_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment),
    _sparse("person", "phone_hash"),
)

identity = Table(
    "identity",
    metadata,
    _id(),
    _ref("person_id", "person", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("external_hash", LargeBinary, nullable=False),
    Column("external_sealed", LargeBinary, nullable=False),
    Column("union_hash", LargeBinary),
    Column("reachable", Boolean, nullable=False),
    Column("heard_at", Moment),  # opens the platform's window for pushes
    Column("pushed", Integer, nullable=False, server_default="0"),  # pushes in the open window
    UniqueConstraint("channel", "account", "external_hash"),
    _sparse("identity", "union_hash"),
)

representative = Table(
    "representative",
    metadata,
    _id(),
    _ref("person_id", "person", unique=True),
    Column("level", String(20), nullable=False),  # national, provincial, municipal, county, township
    _ref("station_id", "station"),
    Column("title", String(200), nullable=False, server_default=""),
    Column("pledge", Text, nullable=False, server_default=""),
)

clerk = Table(
    "clerk",
    metadata,
    _id(),
    _ref("person_id", "person"),
    _ref("station_id", "station"),
    UniqueConstraint("station_id", "person_id"),
)

officer = Table(
    "officer",
    metadata,
    _id(),
    _ref("person_id", "person"),
    _ref("office_id", "office"),
    UniqueConstraint("person_id", "office_id"),
)

group = Table(
    "group",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    _ref("station_id", "station"),
    Column("name", String(200), nullable=False),
    Column("level", String(20), nullable=False, server_default="township"),
    Column("area", String(400), nullable=False, server_default=""),  # streets, estates: words people use for it
    Column("daily_cap", Integer, nullable=False, server_default="3"),
    Column("quiet_from", String(5), nullable=False, server_default="21:30"),
    Column("quiet_until", String(5), nullable=False, server_default="07:30"),
)

group_address = Table(
    "group_address",
    metadata,
    _id(),
    _ref("group_id", "group", index=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("address", String(128), nullable=False, server_default=""),  # chat id, scene; empty for a webhook
    Column("purpose", String(10), nullable=False),  # scene (entry), chat (hears), speak
    UniqueConstraint("channel", "account", "address", "purpose"),
)

membership = Table(
    "membership",
    metadata,
    _id(),
    _ref("group_id", "group"),
    _ref("person_id", "person", index=True),
    Column("role", String(20), nullable=False),  # voter, representative, clerk
    Column("position", Integer, nullable=False, server_default="0"),  # order of assignment
    Column("joined_at", Moment, nullable=False),
    UniqueConstraint("group_id", "person_id", "role"),
    Index(None, "group_id", "role", "position"),
)

# ---- what was heard ------------------------------------------------------------------------------------------------

heard = Table(
    "heard",
    metadata,
    _id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    _ref("person_id", "person", null=True),
    Column("state", String(10), nullable=False),  # done, failed, ignored
    Column("body_sealed", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),  # what a repeat is answered with
    Column("error", String(200), nullable=False, server_default=""),  # the failure's kind, never its data
    Column("heard_at", Moment, nullable=False),
    # Nearly every row is done: only the few a clerk looks for are worth an entry.
    Index(
        "ix_heard_failed", "heard_at", sqlite_where=text("state = 'failed'"), postgresql_where=text("state = 'failed'")
    ),
    CheckConstraint("state IN ('done', 'failed', 'ignored')", name="state"),
)

# ---- suggestions ---------------------------------------------------------------------------------------------------

counter = Table(
    "counter",
    metadata,
    Column("name", String(80), primary_key=True),  # "{station code}-{yymmdd}"
    Column("value", Integer, nullable=False),
)

suggestion = Table(
    "suggestion",
    metadata,
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    _ref("station_id", "station"),
    _ref("group_id", "group", null=True),
    _ref("voter_id", "person"),
    _ref("identity_id", "identity", null=True),  # the way the voter came, hence the way the answer goes
    _ref("category_id", "category", null=True),
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
    _ref("merged_into_id", "suggestion", null=True),
    Column("published_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    _sparse("suggestion", "merged_into_id"),
    Index(None, "voter_id", "created_at"),
    Index(None, "state", "created_at"),
)

supplement = Table(
    "supplement",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("heard_id", "heard", null=True),
    Column("kind", String(20), nullable=False),  # text, image, voice, video, place, link, file
    Column("text", Text, nullable=False, server_default=""),
    _ref("media_id", "media", null=True),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("created_at", Moment, nullable=False),
)

event = Table(
    "event",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion"),
    Column("seq", Integer, nullable=False),  # 1, 2, 3 … within the case
    _ref("actor_id", "person", null=True),  # empty: the service itself
    Column("role", String(20), nullable=False),
    Column("move", String(30), nullable=False),
    Column("state", String(20), nullable=False),  # after the move
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Column("hash", LargeBinary, nullable=False),  # over this row and the hash of the one before
    UniqueConstraint("suggestion_id", "seq"),
)

assignment = Table(
    "assignment",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("person_id", "person", null=True, index=True),  # a representative …
    _ref("unit_id", "unit", null=True, index=True),  # … or a unit
    Column("role", String(20), nullable=False),  # representative, lead_unit, assisting_unit
    Column("state", String(20), nullable=False),  # assigned, accepted, returned, transferred, replied, dropped
    Column("round", Integer, nullable=False, server_default="1"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("assigned_at", Moment, nullable=False),
    Column("settled_at", Moment),
)

unit_member = Table(
    "unit_member",
    metadata,
    _id(),
    _ref("unit_id", "unit"),
    _ref("person_id", "person"),
    UniqueConstraint("unit_id", "person_id"),
)

deadline = Table(
    "deadline",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("assignment_id", "assignment", null=True),
    Column("kind", String(20), nullable=False),  # triage, accept, return, promised, statutory, opinion, rehandle
    Column("round", Integer, nullable=False, server_default="1"),
    Column("facts", Text, nullable=False),  # JSON of rules/deadlines.Clock: span with source, pauses, extensions
    Column("due_on", String(10)),  # as last computed, for lists; empty while paused
    Column("provisional", Boolean, nullable=False, server_default=false()),
    Column("met_on", String(10)),
    Column("key", String(80), nullable=False, unique=True),  # {suggestion}:{kind}:{round}:{assignment or 0}
    Index(None, "met_on", "due_on"),
)

meeting = Table(
    "meeting",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    Column("stage", String(10), nullable=False),  # before, during, after
    Column("mode", String(10), nullable=False),  # phone, in_person, online
    Column("round", Integer, nullable=False, server_default="1"),
    Column("note", Text, nullable=False, server_default=""),
    _ref("by_id", "person"),
    Column("at", Moment, nullable=False),
)

visit = Table(
    "visit",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("person_id", "person"),
    Column("text", Text, nullable=False, server_default=""),
    _ref("media_id", "media", null=True),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("at", Moment, nullable=False),
)

reply = Table(
    "reply",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("assignment_id", "assignment", null=True),
    _ref("unit_id", "unit", null=True),
    _ref("author_id", "person"),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("class", String(1), nullable=False),  # A solved, B being solved or planned, C later, D for reference
    Column("lacks", Text, nullable=False, server_default=""),  # what C waits for
    Column("text", Text, nullable=False),
    Column("track_on", String(10)),  # B and C: when it is looked at again
    Column("at", Moment, nullable=False),
)

rating = Table(
    "rating",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("person_id", "person"),
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
    _id(),
    _ref("suggestion_id", "suggestion"),
    _ref("person_id", "person", index=True),
    _ref("identity_id", "identity", null=True),
    Column("text", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    UniqueConstraint("suggestion_id", "person_id"),
)

telling = Table(
    "telling",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("event_id", "event"),
    _ref("person_id", "person"),
    Column("outgoing_key", String(160), nullable=False, server_default=""),  # its row says how it was delivered
    Column("untold_reason", Text, nullable=False, server_default=""),  # a clerk's word why somebody was not told
    Column("at", Moment, nullable=False),
    UniqueConstraint("event_id", "person_id"),
)

merge = Table(
    "merge",
    metadata,
    _id(),
    _ref("suggestion_id", "suggestion", index=True),
    _ref("into_id", "suggestion", index=True),
    _ref("by_id", "person", null=True),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
)

media = Table(
    "media",
    metadata,
    _id(),
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

# ---- what we owe ---------------------------------------------------------------------------------------------------

outgoing = Table(
    "outgoing",
    metadata,
    _id(),
    Column("key", String(160), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),  # push, or the name of an errand (pull, media)
    Column("channel", String(32), nullable=False, server_default=""),
    Column("account", String(64), nullable=False, server_default=""),
    _ref("identity_id", "identity", null=True),
    _ref("person_id", "person", null=True),
    _ref("group_id", "group", null=True),
    _ref("suggestion_id", "suggestion", null=True, index=True),
    Column("address_sealed", LargeBinary),  # where no identity holds it: a chat, a response_url
    Column("content", Text, nullable=False),  # JSON, see outbox/queue.py
    Column("state", String(10), nullable=False),  # waiting, sending, sent, parked, refused, cancelled
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment),  # later than this it is not sent but shown to the clerk
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Moment),
    Column("worker", String(80), nullable=False, server_default=""),
    Column("errcode", Integer),
    Column("error", String(400), nullable=False, server_default=""),
    Column("platform_id", String(128), nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Index(None, "state", "due_at"),
    Index(None, "person_id", "state"),
)

pull_cursor = Table(
    "pull_cursor",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("cursor", String(128), nullable=False),
)

# ---- questions and answers -----------------------------------------------------------------------------------------

faq = Table(
    "faq",
    metadata,
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    Column("answer", Text, nullable=False),
    Column("source", String(400), nullable=False, server_default=""),
    Column("category", String(100), nullable=False, server_default=""),
    Column("office_code", String(64), nullable=False, server_default=""),  # empty: everywhere
    Column("valid_from", String(10), nullable=False, server_default=""),
    Column("valid_until", String(10), nullable=False, server_default=""),
    Column("origin", String(10), nullable=False, server_default=""),  # office: from the office files; else imported
    Column("changed_at", Moment, nullable=False),
)

faq_question = Table(
    "faq_question",
    metadata,
    _id(),
    _ref("faq_id", "faq", index=True),
    Column("text", String(500), nullable=False),
)

faq_miss = Table(
    "faq_miss",
    metadata,
    _id(),
    _ref("heard_id", "heard", null=True),
    _ref("person_id", "person", null=True),
    _ref("group_id", "group", null=True),
    Column("text", Text, nullable=False),
    Column("best_code", String(64), nullable=False, server_default=""),
    Column("score", Float, nullable=False, server_default="0"),
    Column("state", String(10), nullable=False),  # open, answered
    Column("created_at", Moment, nullable=False),
)

# ---- reception -----------------------------------------------------------------------------------------------------

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
    _id(),
    Column("code", String(64), nullable=False, unique=True),
    _ref("station_id", "station"),
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
    _id(),
    _ref("rule_id", "reception_rule"),
    _ref("station_id", "station"),
    Column("planned_on", String(10), nullable=False),  # the day the rule names
    Column("date", String(10), nullable=False),  # the day it is held
    Column("starts", String(5), nullable=False),
    Column("ends", String(5), nullable=False),
    Column("place", String(400), nullable=False),
    Column("state", String(12), nullable=False),  # planned, provisional, cancelled
    UniqueConstraint("rule_id", "planned_on"),
    Index(None, "station_id", "date"),
)
