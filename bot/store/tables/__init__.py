"""What is stored: one table per noun of the glossary.

Times are microseconds since 1970 in UTC (`Moment`), days are ISO text, JSON is text: the same bytes in SQLite and
PostgreSQL, and no conversion on the hot path. Columns ending in `_sealed` hold authenticated ciphertext,
columns ending in `_hash` a keyed hash to look the same thing up by.
"""

from __future__ import annotations

from bot.store.tables.answers import faq, faq_asked, faq_correction, faq_miss, faq_question
from bot.store.tables.base import Moment, metadata, to_microseconds
from bot.store.tables.booking import booking
from bot.store.tables.cases import assignment, counter, event, gram_block, gram_mark, media, suggestion, supplement
from bot.store.tables.editions import edition
from bot.store.tables.hearing import heard
from bot.store.tables.learning import correction, subject_model
from bot.store.tables.logins import grant, login, opened, phone_look
from bot.store.tables.outside import page_code, partner
from bot.store.tables.owed import outgoing, pull_cursor
from bot.store.tables.people import (
    category,
    clerk,
    group,
    group_address,
    identity,
    limit_,
    membership,
    office,
    officer,
    person,
    representative,
    station,
    unit,
)
from bot.store.tables.reception import (
    calendar_day,
    duty,
    notice,
    reception_day,
    reception_rule,
    reminder_rule,
    swap,
)
from bot.store.tables.register import attendance, entry_media, entry_version, reception_entry, register_closing
from bot.store.tables.upkeep import office_change, wording
from bot.store.tables.way import (
    deadline,
    joiner,
    meeting,
    merge,
    publication,
    rating,
    reply,
    telling,
    unit_member,
    visit,
)

__all__ = [
    "Moment",
    "assignment",
    "attendance",
    "booking",
    "calendar_day",
    "category",
    "clerk",
    "correction",
    "counter",
    "deadline",
    "duty",
    "edition",
    "entry_media",
    "entry_version",
    "event",
    "faq",
    "faq_asked",
    "faq_correction",
    "faq_miss",
    "faq_question",
    "gram_block",
    "gram_mark",
    "grant",
    "group",
    "group_address",
    "heard",
    "identity",
    "joiner",
    "limit_",
    "login",
    "media",
    "meeting",
    "membership",
    "merge",
    "metadata",
    "notice",
    "office",
    "office_change",
    "officer",
    "opened",
    "outgoing",
    "page_code",
    "partner",
    "person",
    "phone_look",
    "publication",
    "pull_cursor",
    "rating",
    "reception_day",
    "reception_entry",
    "reception_rule",
    "register_closing",
    "reminder_rule",
    "reply",
    "representative",
    "station",
    "subject_model",
    "suggestion",
    "supplement",
    "swap",
    "telling",
    "to_microseconds",
    "unit",
    "unit_member",
    "visit",
    "wording",
]
