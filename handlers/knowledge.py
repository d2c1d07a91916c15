"""Learn by heart what the office wrote: FAQ and categories, swapped whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.actions import people, subjects
from bot.deps import Deps, Knowledge
from bot.rules import encoding, intent
from bot.rules.search import Entry, FaqIndex
from bot.rules.subject_model import SubjectModel
from bot.rules.subjects import Fusing, Subjects
from bot.store import Db, Store, reads, reads_office
from bot.store.tables import category
from bot.thrift import give_back_memory
from config.office_data import read_office


async def learn(store: Store) -> Knowledge:
    """Read everything from the store; the index is built in a thread."""
    async with store.read() as db:
        phrasings = await reads.faq_phrasings(db)
        rows = [row for row in await reads.faq_rows(db) if row.id in phrasings]
        version = await _version(db)
        categories, ids = await subjects_of(db)
        areas = await people.areas(db)
    answers = {row.code: Answered(row.answer, row.source, phrasings[row.id][0]) for row in rows}
    entries = tuple(_entry(row, phrasings[row.id]) for row in rows)
    index = await asyncio.to_thread(index_of, entries)
    await asyncio.to_thread(intent.model)  # learnt now, so that the first voter does not wait for it
    return Knowledge(index, answers, categories, ids, areas, version)


def _entry(row: Any, texts: Sequence[str]) -> Entry:
    """Return one answer with its wordings, as the rules want it."""
    return Entry(
        code=row.code,
        question=texts[0],
        similar=tuple(texts[1:]),
        answer=row.answer,
        source=row.source,
        office=row.office_code,
        station=row.station_code,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


@lru_cache(maxsize=1)
def index_of(entries: tuple[Entry, ...]) -> FaqIndex:
    """Return the index of these entries; it never changes, so the same entries have the same one.

    Only the last is kept beside the one in use: a change that was tried is saved next.
    """
    return FaqIndex.build(entries, encoding.installed())


async def refresh(deps: Deps) -> bool:
    """Learn anew if the FAQ changed; messages meanwhile are answered from the old knowledge."""
    await reword(deps)
    async with deps.store.read() as db:
        version = await _version(db)
    if version == deps.knowledge.version:
        return False
    new = await learn(deps.store)
    deps.knowledge.faq, deps.knowledge.answers = new.faq, new.answers
    deps.knowledge.categories, deps.knowledge.category_ids = new.categories, new.category_ids
    deps.knowledge.areas, deps.knowledge.version = new.areas, new.version
    await asyncio.to_thread(give_back_memory)  # of the old knowledge, and of what only learning needed
    return True


async def reword(deps: Deps) -> None:
    """Say what the office worded at the console in its words."""
    async with deps.store.read() as db:
        deps.texts.reword(await reads_office.wordings(db))


def subjects_in_files(folder: Path, model: SubjectModel | None = None, fusing: Fusing | None = None) -> Subjects:
    """Return the subjects of an office folder that nobody has loaded yet, with a model if there is one."""
    found = read_office(folder).categories
    words = {each.code: (each.name, each.keywords) for each in found}
    return Subjects(words, {each.code: each.parent for each in found if each.parent}, model, fusing)


async def _version(db: Db) -> Any:
    """Return what changes whenever there is something to learn anew."""
    return (*await reads.faq_version(db), await reads.group_areas(db), await subjects.active_version(db))


class Answered:
    """What the FAQ says under one code."""

    __slots__ = ("answer", "question", "source")

    def __init__(self, answer: str, source: str, question: str) -> None:
        """Keep the words."""
        self.answer = answer
        self.source = source
        self.question = question


async def subjects_of(db: Db) -> tuple[Subjects, dict[str, int]]:
    """Return the office's subjects with what the desk has taught, and the id of each."""
    rows = await db.all(select(*(category.c[name] for name in ("id", "code", "name", "keywords", "parent_id"))))
    code_of = {row.id: row.code for row in rows}
    words = {row.code: (row.name, tuple(json.loads(row.keywords))) for row in rows}
    parents = {row.code: code_of[row.parent_id] for row in rows if row.parent_id is not None}
    model, fusing = await subjects.in_use(db) or (None, None)
    return Subjects(words, parents, model, fusing), {row.code: row.id for row in rows}
