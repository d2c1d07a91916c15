"""Look things up: the questions more than one floor asks of the store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, or_, select

from bot.rules.quiet import Quiet
from bot.store.db import Db, Prepared
from bot.store.tables import (
    assignment,
    clerk,
    faq,
    faq_question,
    group,
    heard,
    limit_,
    membership,
    officer,
    person,
    representative,
    suggestion,
    unit_member,
)

HOURS = {"quiet-from": 2130, "quiet-until": 730}  # unless the office says otherwise (limits.toml): 21:30 to 7:30

_REPRESENTATIVES = Prepared(
    select(person.c.id, person.c.name, representative.c.level, representative.c.title)
    .join(membership, membership.c.person_id == person.c.id)
    .join(representative, representative.c.person_id == person.c.id)
    .where(membership.c.group_id == bindparam("group_id"), membership.c.role == "representative")
    .order_by(membership.c.position)
)


async def representatives_of(db: Db, group_id: int) -> list[Any]:
    """Return a group's representatives (id, name, level, title) in the group's order."""
    return await db.all(_REPRESENTATIVES, {"group_id": group_id})


_SERVES = Prepared(
    select(
        or_(
            *(
                exists().where(table.c.person_id == bindparam("who")).correlate(None)
                for table in (representative, clerk, unit_member, officer)
            )
        ).label("yes")
    )
)


async def serves(db: Db, person_id: int) -> bool:
    """Whether a person is a representative, a clerk, of a unit or of an office anywhere."""
    row = await db.one(_SERVES, {"who": person_id})
    return bool(row.yes)


async def quiet_hours(db: Db) -> Quiet:
    """Return the hours in which the office leaves its staff alone."""
    told = HOURS | {row.code: row.value for row in await db.all(select(limit_).where(limit_.c.code.in_(HOURS)))}
    starts, ends = (f"{told[code] // 100:02}:{told[code] % 100:02}" for code in HOURS)
    return Quiet.of(starts, ends)


async def group_name(db: Db, group_id: int) -> str | None:
    """Return what a group is called."""
    row = await db.one(select(group.c.name).where(group.c.id == group_id))
    return None if row is None else str(row.name)


async def person_group(db: Db, person_id: int) -> int | None:
    """Return the group a person last came by."""
    row = await db.one(select(person.c.group_id).where(person.c.id == person_id))
    return None if row is None else row.group_id


async def case_by_number(db: Db, number: str) -> Any:
    """Return the whole row of a suggestion, or None."""
    return await db.one(select(suggestion).where(suggestion.c.number == number))


async def concerns(db: Db, suggestion_id: int, station_id: int, person_id: int) -> bool:
    """Whether a person is assigned to a case or a clerk of its station."""
    found = await db.one(
        select(person.c.id)
        .outerjoin(assignment, (assignment.c.person_id == person.c.id) & (assignment.c.suggestion_id == suggestion_id))
        .outerjoin(clerk, (clerk.c.person_id == person.c.id) & (clerk.c.station_id == station_id))
        .where(person.c.id == person_id, or_(assignment.c.id.is_not(None), clerk.c.id.is_not(None)))
    )
    return found is not None


async def failed_messages(db: Db, most: int = 50) -> list[Any]:
    """Return the newest messages whose handling failed."""
    return await db.all(
        select(heard.c.id, heard.c.channel, heard.c.kind, heard.c.error, heard.c.heard_at)
        .where(literal_column("heard.state = 'failed'"))  # in the index's own words, so that it is used
        .order_by(heard.c.heard_at.desc())
        .limit(most)
    )


async def faq_rows(db: Db) -> list[Any]:
    """Return every answer of the FAQ."""
    return await db.all(select(faq).order_by(faq.c.id))


async def faq_phrasings(db: Db) -> dict[int, list[str]]:
    """Return the wordings of each answer by its id, the first of them its question."""
    found: dict[int, list[str]] = {}
    asked = select(faq_question.c.faq_id, faq_question.c.text).order_by(
        faq_question.c.faq_id,
        faq_question.c.origin,
        faq_question.c.id,  # what the desk added stands behind
    )
    for row in await db.all(asked):
        found.setdefault(row.faq_id, []).append(row.text)
    return found


async def faq_version(db: Db) -> tuple[int, datetime | None]:
    """Return what changes whenever the FAQ does."""
    row = await db.one(select(func.count().label("n"), func.max(faq.c.changed_at).label("at")))
    return int(row.n), row.at


async def group_areas(db: Db) -> tuple[tuple[int, str], ...]:
    """Return the streets and estates of each group in use."""
    rows = await db.all(select(group.c.id, group.c.area).where(group.c.off_at.is_(None)).order_by(group.c.id))
    return tuple((row.id, row.area) for row in rows)


_LIMIT = Prepared(select(limit_.c.value).where(limit_.c.code == bindparam("code")))


async def limit_value(db: Db, code: str, default: int) -> int:
    """Return one number of the office (limits.toml), or the default where the office sets none."""
    row = await db.one(_LIMIT, {"code": code})
    return default if row is None else int(row.value)
