"""Put an answer of the FAQ into words: its source beneath, its slots filled from the store for this sender."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.chat import station
from handlers.context import Context


async def answer(code: str, ctx: Context) -> str:
    """Return the answer with its source."""
    row = ctx.knowledge.answers[code]
    words = row.answer
    for slot, fill in SLOTS.items():
        if slot in words:
            words = words.replace(slot, await fill(ctx))
    return ctx.texts("faq.answer" if row.source else "faq.answer_plain", answer=words, source=row.source)


# what stands in an answer as {…} -> who knows it now
SLOTS: dict[str, Callable[[Context], Awaitable[str]]] = {
    "{next_reception}": station.say_next_days,
    "{my_representatives}": station.say_representatives,
}
