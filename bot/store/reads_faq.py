"""Find answers for the console: by words, by whether they are in force, by who brought them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from bot.store.db import Db
from bot.store.reads_desk import of_desk
from bot.store.tables import faq, faq_correction, faq_miss, faq_question, group, person

MOST = 30  # a page
STATES = ("now", "later", "over")  # in force as of today
ORIGINS = ("office", "imported", "desk")
TABS = ("open", "answered", "dropped")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; what is empty does not matter."""

    today: str  # ISO day
    words: str = ""
    state: str = ""
    origin: str = ""
    beyond: int = 0  # the last id of the page before


async def page(db: Db, wanted: Wanted, most: int = MOST) -> list[Any]:
    """Return answers with their question, the newest last, one more than `most`."""
    first = (
        select(faq_question.c.text)
        .where(faq_question.c.faq_id == faq.c.id)
        .order_by(faq_question.c.origin, faq_question.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(faq, first.label("question")).where(faq.c.id > wanted.beyond, *_which(wanted))
    return await db.all(query.order_by(faq.c.id).limit(most + 1))


def _which(wanted: Wanted) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if wanted.words:
        asked = select(faq_question.c.faq_id).where(faq_question.c.text.contains(wanted.words, autoescape=True))
        said = (faq.c.answer, faq.c.source, faq.c.category, faq.c.code)
        which.append(or_(faq.c.id.in_(asked), *(each.contains(wanted.words, autoescape=True) for each in said)))
    over = (faq.c.valid_until != "") & (faq.c.valid_until < wanted.today)
    later = faq.c.valid_from > wanted.today
    match wanted.state:
        case "now":
            which += [~over, ~later]
        case "later":
            which.append(later)
        case "over":
            which.append(over)
    if wanted.origin:
        which.append(faq.c.origin == wanted.origin)
    return which


async def every_code(db: Db) -> list[str]:
    """Return the code of every answer, in their order."""
    return [row.code for row in await db.all(select(faq.c.code).order_by(faq.c.id))]


async def misses(db: Db, stations: Collection[int], tab: str, beyond: int = 0, most: int = MOST) -> list[Any]:
    """Return questions nobody could answer (or that were settled), newest first, one more than `most`."""
    made = faq_correction.alias("made")
    newest = select(func.max(made.c.id)).where(made.c.miss_id == faq_miss.c.id, made.c.undone_at.is_(None))
    query = (
        select(
            faq_miss, group.c.name.label("group_name"), faq_correction.c.code.label("became"),
            faq_correction.c.kind.label("how"), faq_correction.c.at.label("settled_at"), person.c.name.label("by"),
        )
        .outerjoin(group, group.c.id == faq_miss.c.group_id)
        .outerjoin(faq_correction, faq_correction.c.id == newest.correlate(faq_miss).scalar_subquery())
        .outerjoin(person, person.c.id == faq_correction.c.by_id)
        .where(of_desk(stations), faq_miss.c.state == tab, faq_miss.c.text != "")
    )  # fmt: skip
    if beyond:
        query = query.where(faq_miss.c.id < beyond)
    return await db.all(query.order_by(faq_miss.c.id.desc()).limit(most + 1))
