"""Put an answer of the FAQ into words: its source beneath, its slots filled from the store for this sender."""

from __future__ import annotations

from bot.message import Incoming
from handlers.chat import slots
from handlers.context import Context


async def answer(code: str, msg: Incoming, ctx: Context) -> str:
    """Return the answer with its source; empty if something in it is not known for this sender."""
    row = ctx.knowledge.answers[code]
    if msg.in_group and slots.personal(row.answer):
        return ctx.texts("faq.in_private")
    words = await slots.filled(row.answer, ctx)
    if not words:
        return ""
    return ctx.texts("faq.answer" if row.source else "faq.answer_plain", answer=words, source=row.source)
