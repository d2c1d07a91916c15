"""Correct what a case is about, and keep the models that are learnt from it: every version can be taken back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update

from bot.actions.cases import Actor, Moved, move
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.lifecycle import State
from bot.rules.privacy import mask
from bot.rules.subject_model import SubjectModel
from bot.rules.subjects import Fusing
from bot.rules.teaching import Lesson, Taught
from bot.store.db import Db
from bot.store.reads_figures import FIRST_DAY, day_of
from bot.store.tables import category, correction, subject_model, suggestion

MOST_LESSONS = 6000  # the newest corrections that are learnt from
KEPT = 10  # versions whose weights are kept


@dataclass(frozen=True, slots=True)
class Month:
    """How a month's cases fared: `kept` is the share whose subject the desk left as it was guessed."""

    month: str
    cases: int
    corrected: int
    kept: float


async def correct(desk: Desk, case: Any, actor: Actor, category_id: int) -> Moved:
    """Give a case another subject and note the correction to learn from; raises Refused."""
    names = {row.id: row.name for row in await desk.db.all(select(category.c.id, category.c.name))}
    if category_id == case.category_id:
        raise Refused("category_already", number=case.number, name=names[category_id])
    reason = names[category_id]
    moved = await move(desk.db, case, actor, "categorise", desk.now, reason=reason, category_id=category_id)
    values = {
        "suggestion_id": case.id,
        "category_id": category_id,
        "guessed_id": case.category_id,
        "by_id": actor.person_id,
        "at": desk.now,
    }
    await desk.db.run(insert(correction).values(**values))
    return moved


async def find_category(db: Db, words: str) -> Any:
    """Return the subject (id, code, name, duty) somebody means by name, code or one of its words; raises Refused."""
    rows = await db.all(select(category).order_by(category.c.id))
    name = words.strip().rstrip("。.!！ ")
    for means in (_is_named, _has_the_word, _holds_the_name):
        found = [row for row in rows if name and means(row, name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused("several_categories", name=mask(name), names="、".join(row.name for row in found[:8]))
    raise Refused(
        "no_such_category", name=mask(name), names="、".join(row.name for row in rows if row.parent_id is None)
    )


async def of_case(db: Db, case: Any) -> tuple[str, str] | None:
    """Return what the subject of a case is called and what its departments do, or None."""
    row = await db.one(select(category).where(category.c.id == case.category_id))
    if row is None:
        return None
    above = await db.one(select(category.c.duty).where(category.c.id == row.parent_id)) if row.parent_id else None
    return row.name, row.duty or (above.duty if above else "")


async def name_of(db: Db, code: str) -> str:
    """Return what a subject is called."""
    row = await db.one(select(category.c.name).where(category.c.code == code))
    return row.name if row else code


def _is_named(row: Any, name: str) -> bool:
    return name in (row.name, row.code)


def _holds_the_name(row: Any, name: str) -> bool:
    return name in row.name


def _has_the_word(row: Any, name: str) -> bool:
    return name in json.loads(row.keywords)


async def import_lessons(db: Db, lines: Iterable[tuple[str, int]], now: datetime) -> int:
    """Keep messages that were sorted elsewhere (text, category id) as lessons; known ones are left out."""
    known = {
        (row.text, row.category_id)
        for row in await db.all(
            select(correction.c.text, correction.c.category_id).where(correction.c.suggestion_id.is_(None))
        )
    }
    new = [
        {"text": text, "category_id": category_id, "at": now}
        for text, category_id in dict.fromkeys(lines)
        if (text, category_id) not in known
    ]
    if new:
        await db.run(insert(correction), new)
    return len(new)


async def lessons(db: Db) -> tuple[list[Lesson], int]:
    """Return the lessons to learn from, the last word on each case, and the id of the newest correction."""
    rows = await db.all(
        select(
            correction.c.id,
            correction.c.suggestion_id,
            correction.c.text.label("imported"),
            suggestion.c.text,
            category.c.code,
        )
        .join(category, category.c.id == correction.c.category_id)
        .outerjoin(suggestion, suggestion.c.id == correction.c.suggestion_id)
        .where(correction.c.left_out.is_(False))
        .order_by(correction.c.id.desc())
        .limit(MOST_LESSONS)
    )
    last: dict[Any, Lesson] = {}
    for row in rows:  # the newest first: what was said later holds
        last.setdefault(row.suggestion_id or f"i{row.id}", Lesson(row.text or row.imported, row.code))
    return list(last.values()), max((row.id for row in rows), default=0)


async def unlearnt(db: Db) -> int:
    """Return how many corrections no version has seen."""
    seen = await db.one(select(func.max(subject_model.c.last_correction).label("id")))
    query = select(func.count().label("n")).where(correction.c.id > (seen.id or 0), correction.c.left_out.is_(False))
    return int((await db.one(query)).n)


async def publish(db: Db, taught: Taught, learnt_from: int, last_correction: int, now: datetime) -> int:
    """Put a new version into use, if it beats the words alone, and return its number; an older one is retired."""
    better = taught.accuracy > taught.by_words
    if better:
        await _retire(db)
    values = {
        "state": "active" if better else "rejected",
        "learnt_from": learnt_from,
        "last_correction": last_correction,
        "accuracy": taught.accuracy,
        "by_words": taught.by_words,
        "facts": json.dumps(asdict(taught.fusing)),
        "data": taught.model.dump(),
        "trained_at": now,
    }
    version = await db.add(insert(subject_model), values)
    old = select(subject_model.c.id).order_by(subject_model.c.id.desc()).offset(KEPT).limit(1).scalar_subquery()
    await db.run(update(subject_model).where(subject_model.c.id <= old).values(data=b""))
    return version


async def roll_back(db: Db, version: int) -> int:
    """Put an earlier version into use (0: words alone) and leave out what later ones learnt; return how many."""
    row = await db.one(select(subject_model).where(subject_model.c.id == version)) if version else None
    if version and (row is None or not row.data):
        raise Refused("no_such_version", version=version)
    await db.run(
        update(subject_model)
        .where(subject_model.c.id > version, subject_model.c.state != "rejected")
        .values(state="rejected")
    )
    await _retire(db)
    if row is not None:
        await db.run(update(subject_model).where(subject_model.c.id == version).values(state="active"))
    after = row.last_correction if row is not None else 0
    newest = await db.one(select(func.max(subject_model.c.last_correction).label("id")))
    taught = and_(correction.c.id > after, correction.c.id <= (newest.id or 0), correction.c.left_out.is_(False))
    return await db.run(update(correction).where(taught).values(left_out=True))


async def _retire(db: Db) -> None:
    await db.run(update(subject_model).where(subject_model.c.state == "active").values(state="retired"))


async def active_version(db: Db) -> int:
    """Return the number of the version in use, 0 if words alone decide."""
    row = await db.one(select(subject_model.c.id).where(subject_model.c.state == "active"))
    return row.id if row else 0


async def in_use(db: Db) -> tuple[SubjectModel, Fusing] | None:
    """Return the model in use, or None."""
    row = await db.one(select(subject_model).where(subject_model.c.state == "active"))
    return (SubjectModel.load(row.data), Fusing(**json.loads(row.facts))) if row else None


async def versions(db: Db) -> list[Any]:
    """Return every version (id, state, learnt_from, accuracy, by_words, trained_at), the newest first."""
    names = ("id", "state", "learnt_from", "accuracy", "by_words", "trained_at")
    return await db.all(select(*(subject_model.c[name] for name in names)).order_by(subject_model.c.id.desc()))


async def by_month(db: Db, stations: Collection[int] | None = None) -> list[Month]:
    """Return for each month how many cases (of these stations) kept the subject that was guessed, the oldest first."""
    corrected = select(correction.c.suggestion_id).where(
        or_(correction.c.guessed_id.is_(None), correction.c.guessed_id != correction.c.category_id),
        correction.c.suggestion_id.is_not(None),
    )
    day = day_of(suggestion.c.created_at).label("day")
    # All states there are, one by one: then an index alone tells how many cases came each day.
    cases = select(day, func.count().label("n")).where(suggestion.c.state.in_(tuple(State))).group_by(day)
    if stations is not None:
        cases = cases.where((suggestion.c.station_id + 0).in_(stations))
    came = _monthly(await db.all(cases))
    changes = _monthly(await db.all(cases.where(suggestion.c.id.in_(corrected))))
    return [Month(month, n, changes[month], round(1 - changes[month] / n, 4)) for month, n in sorted(came.items())]


def _monthly(rows: Iterable[Any]) -> Counter[str]:
    """Return how many there are each month, of how many there are each day."""
    found: Counter[str] = Counter()
    for row in rows:
        found[f"{FIRST_DAY + timedelta(days=int(row.day)):%Y-%m}"] += row.n
    return found
