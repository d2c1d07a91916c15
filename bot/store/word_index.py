"""Keep the index of words: which cases say which two characters, written some seconds after they came.

A message stores nothing for it. What is not in yet is searched without it (reads_words.py), so that nothing is ever
missing; a block whose people were erased is written anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.rules.bigrams import BLOCK, packed, pairs, places
from bot.store import Store
from bot.store.db import Db
from bot.store.tables import gram_block, gram_mark, suggestion

SETTLES = timedelta(minutes=1)  # PostgreSQL may let a lower number appear after a higher one, for a moment
AT_ONCE = 200  # cases of one commit: others wait no longer than that takes
ASKED_AT_ONCE = 500  # neither database takes any number of values

_KEEP = insert(gram_block)
_KEEP = _KEEP.on_conflict_do_update(index_elements=["block", "gram"], set_={"cases": _KEEP.excluded.cases})
_MARK = insert(gram_mark).on_conflict_do_nothing(index_elements=["block"])


async def fill(store: Store, now: datetime) -> int:
    """Bring the index up to the newest case that is a minute old and return how many cases were put in."""
    return sum([await _fill(store, block, now) for block in await _behind(store)])


async def _fill(store: Store, block: int, now: datetime) -> int:
    """Put what a block lacks into it, some cases a commit."""
    filled = 0
    while True:
        async with store.read() as db:
            upto = await _upto(db, block)
            cases = await _next(db, block, upto, now - SETTLES)
            rows = await _rows(db, block, cases) if cases else []
            gone = not cases and await _is_over(db, block, upto)
        if gone:  # numbers that were given to nobody
            await store.write(partial(_keep, block=block, upto=upto, to=(block + 1) * BLOCK - 1, rows=[]))
        if not cases or not await store.write(partial(_keep, block=block, upto=upto, to=cases[-1].id, rows=rows)):
            return filled  # nothing is left, or somebody else is at it
        filled += len(cases)


async def forget(db: Db, ids: Collection[int]) -> None:
    """Throw away the blocks of cases whose words are gone; the next `fill` writes them anew."""
    blocks = {each // BLOCK for each in ids}
    await db.run(delete(gram_mark).where(gram_mark.c.block.in_(blocks)))
    await db.run(delete(gram_block).where(gram_block.c.block.in_(blocks)))


async def _behind(store: Store) -> list[int]:
    """Return the blocks that lack cases."""
    async with store.read() as db:
        last = (await db.one(select(func.max(suggestion.c.id).label("id")))).id or 0
        marks = {row.block: row.upto for row in await db.all(select(gram_mark))}
    ends = {block: min(last, (block + 1) * BLOCK - 1) for block in range(last // BLOCK + 1)}
    return [block for block, end in ends.items() if marks.get(block, -1) < end]


async def _upto(db: Db, block: int) -> int:
    row = await db.one(select(gram_mark.c.upto).where(gram_mark.c.block == block))
    return int(row.upto) if row else block * BLOCK - 1


async def _next(db: Db, block: int, upto: int, before: datetime) -> list[Any]:
    """Return the next cases of a block, up to the first that is too young: one of a lower number may still come."""
    rows = await db.all(
        select(suggestion.c.id, suggestion.c.subject, suggestion.c.text, suggestion.c.place, suggestion.c.created_at)
        .where(suggestion.c.id > upto, suggestion.c.id < (block + 1) * BLOCK)
        .order_by(suggestion.c.id)
        .limit(AT_ONCE)
    )
    return list(takewhile(lambda row: row.created_at <= before, rows))


async def _is_over(db: Db, block: int, upto: int) -> bool:
    """Whether no case of a block will come any more: there are none after `upto`, but some after the block."""
    after = select(func.count().label("n")).select_from(suggestion).where(suggestion.c.id > upto)
    inside = await db.one(after.where(suggestion.c.id < (block + 1) * BLOCK))
    beyond = await db.one(select(suggestion.c.id).where(suggestion.c.id >= (block + 1) * BLOCK).limit(1))
    return inside.n == 0 and beyond is not None


async def _rows(db: Db, block: int, cases: list[Any]) -> list[dict[str, Any]]:
    """Return the rows of the index that these cases change, as they will be."""
    found: Mapping[int, set[int]] = defaultdict(set)
    for case in cases:
        for gram in pairs(case.subject) | pairs(case.text) | pairs(case.place):
            found[gram].add(case.id % BLOCK)
    grams = sorted(found)
    for start in range(0, len(grams), ASKED_AT_ONCE):
        known = gram_block.c.gram.in_(grams[start : start + ASKED_AT_ONCE])
        for row in await db.all(select(gram_block).where(gram_block.c.block == block, known)):
            found[row.gram] |= places(row.cases)
    return [{"block": block, "gram": gram, "cases": packed(found[gram])} for gram in grams]


async def _keep(db: Db, *, block: int, upto: int, to: int, rows: list[dict[str, Any]]) -> bool:
    """Write rows that were read when the block stood at `upto`; False, and nothing written, if it no longer does."""
    await db.run(_MARK, {"block": block, "upto": block * BLOCK - 1})
    mine = (gram_mark.c.block == block) & (gram_mark.c.upto == upto)
    if await db.run(update(gram_mark).where(mine).values(upto=to)) != 1:
        return False
    if rows:
        await db.run(_KEEP, rows)
    return True
