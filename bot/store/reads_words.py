"""Find the cases that say some words: by the index of pairs, the newest first, until a page is full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.rules.bigrams import BLOCK, pairs, places
from bot.store.db import Db
from bot.store.tables import gram_block, gram_mark, suggestion

MOST_PAIRS = 8  # of what is looked for; two or three are nearly always enough
PIECES = (300, 1000, 3000)  # cases looked at together: a common word fills its page with the first of them


@dataclass(frozen=True, slots=True)
class Near:
    """The cases that may say some words, the newest first, and the condition for those that the index lacks."""

    ids: list[int]
    beside: ColumnElement[bool] | None

    def pieces(self, before: int) -> Iterator[list[int]]:
        """Return the cases older than `before` (0: all of them), in pieces that grow."""
        ids, start = [id_ for id_ in self.ids if not before or id_ < before], 0
        while start < len(ids):
            length = PIECES[0] if start == 0 else PIECES[1] if start == PIECES[0] else PIECES[2]
            yield ids[start : start + length]
            start += length


def says(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a case says each of these words, in its subject, its text or its place."""
    fields = (suggestion.c.subject, suggestion.c.text, suggestion.c.place)
    return and_(*(or_(*(field.icontains(word, autoescape=True) for field in fields)) for word in words))


async def near(db: Db, words: Sequence[str]) -> Near | None:
    """Return the cases that may say these words, None if the index knows nothing of them (single characters).

    Not each of them says the words, but each that does is among them: ask for `says` besides.
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
    missing = await _not_in_yet(db)
    return Near(sorted(found, reverse=True), or_(*missing) if missing else None)


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
