"""Find the cases that say some words: rare words by the index, common ones by looking at the newest cases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.rules.bigrams import BLOCK, pairs, places
from bot.store.db import Db
from bot.store.tables import gram_block, gram_mark, suggestion

MOST_PAIRS = 8  # of what is looked for; two or three are nearly always enough
RARE = 3000  # cases: words of more are found sooner by reading the newest cases until a page is full


def says(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a case says each of these words, in its subject, its text or its place."""
    fields = (suggestion.c.subject, suggestion.c.text, suggestion.c.place)
    return and_(*(or_(*(field.icontains(word, autoescape=True) for field in fields)) for word in words))


async def narrowed(db: Db, words: Sequence[str]) -> ColumnElement[bool] | None:
    """Return a condition by which cases that may say these words are found at once, None if that would not help.

    It may hold of a case that does not say them, and never fails of one that does: ask for `says` besides.
    """
    wanted = sorted({pair for word in words for pair in pairs(word)})[:MOST_PAIRS]
    if not wanted:
        return None
    blocks: dict[int, list[set[int]]] = {}
    for row in await db.all(select(gram_block).where(await _written(db), gram_block.c.gram.in_(wanted))):
        blocks.setdefault(row.block, []).append(places(row.cases))
    found = [
        block * BLOCK + place
        for block, sets in blocks.items()
        if len(sets) == len(wanted)
        for place in set.intersection(*sets)
    ]
    if len(found) > RARE:
        return None
    return or_(suggestion.c.id.in_(found), *await _not_in_yet(db))


async def _written(db: Db) -> ColumnElement[bool]:
    blocks = [row.block for row in await db.all(select(gram_mark.c.block))]
    return gram_block.c.block.in_(blocks)


async def _not_in_yet(db: Db) -> list[ColumnElement[bool]]:
    """Return conditions for the cases that the index does not know yet."""
    last = (await db.one(select(func.max(suggestion.c.id).label("id")))).id or 0
    marks = {row.block: row.upto for row in await db.all(select(gram_mark))}
    missing: list[ColumnElement[bool]] = []
    for block in range(last // BLOCK + 1):
        first, end = marks.get(block, block * BLOCK - 1) + 1, min(last, (block + 1) * BLOCK - 1)
        if first <= end:
            missing.append(suggestion.c.id.between(first, end))
    return missing
