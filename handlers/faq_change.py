"""Work out what a change of the FAQ does to the questions of the past, and tell the clerk before it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.actions import people, questions
from bot.actions.handing import Desk
from bot.deps import Deps, Knowledge
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.router import Router
from bot.rules.effect import Change, Flip, changed, flips, outright
from bot.rules.privacy import Sealer, mask
from bot.rules.search import Entry, FaqIndex
from bot.store import Db, Store
from config.texts import Texts
from handlers.chat.slots import SLOT
from handlers.knowledge import index_of

AWAITING_YES = "faq_awaiting_yes"
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Effect:
    """How many past questions were asked anew, and those that would be answered otherwise."""

    asked: int
    flips: tuple[Flip, ...]


async def effect_of(store: Store, knowledge: Knowledge, pack: Sequence[Entry], sealer: Sealer) -> Effect:
    """Return what it would do if the pack were this one; its index is built and asked in a thread."""
    async with store.read() as db:
        past = await questions.past(db, sealer)
    return await asyncio.to_thread(_effect, [text for text, _ in past], knowledge.faq, pack)


def _effect(texts: Sequence[str], now: FaqIndex, pack: Sequence[Entry]) -> Effect:
    after = index_of(tuple(pack))  # once it is saved, it need not be built again
    return Effect(len(texts), tuple(flips([(text, outright(now, text)) for text in texts], after)))


async def show_effect(deps: Deps, _router: Router, facts: Mapping[str, Any], row: Any) -> None:
    """Tell the clerk what the change would do, and wait for a yes."""
    change = Change(**facts["change"])
    pack = changed(deps.knowledge.faq.entries, change)
    effect = await effect_of(deps.store, deps.knowledge, pack, deps.sealer)
    words = say(effect, deps.knowledge, deps.texts, change)

    async def tell(db: Db) -> None:
        now, who = deps.clock.now(), int(facts["person"])
        step = {"miss": facts["miss"], "change": facts["change"]}
        await people.wait_for(db, who, AWAITING_YES, step, now)
        way = await way_to(db, who)
        await owe(db, key=f"faq-shown:{row.key}", way=way, content=Text(words), now=now, person_id=who, at_once=True)

    await deps.store.write(tell)
    deps.outbox.wake.set()


def say(effect: Effect, knowledge: Knowledge, texts: Texts, change: Change) -> str:
    """Return an effect in words."""
    new = change.code if change.answer else ""
    lines = [
        texts("faq_desk.flip", text=text[:40], before=before, after=after)
        for text, before, after in named(effect, knowledge, texts, new)[:MOST_SHOWN]
    ]
    more = texts("faq_desk.more", count=len(effect.flips) - MOST_SHOWN) if len(effect.flips) > MOST_SHOWN else ""
    shown = "\n".join(lines) + more
    return texts("faq_desk.effect", asked=effect.asked, flipped=len(effect.flips), lines=shown)


def named(effect: Effect, knowledge: Knowledge, texts: Texts, new: str = "") -> list[tuple[str, str, str]]:
    """Return each question that flips with what it was and would be answered with; `new` is the answer in hand."""

    def called(code: str) -> str:
        if code and code == new:
            return texts("faq_desk.this_one")
        row = knowledge.answers.get(code)
        return str(row.question) if row is not None else texts("faq_desk.no_answer")

    return [(mask(each.text), called(each.before), called(each.after)) for each in effect.flips]


async def answer_asker(desk: Desk, miss: Any, answer: str) -> bool:
    """Owe whoever asked the answer they were promised; one with slots they get by asking again."""
    if miss.person_id is None or SLOT.search(answer):
        return False
    words = desk.texts("faq_desk.answered", text=mask(miss.text)[:60], answer=answer)
    way = await way_to(desk.db, miss.person_id)
    return await owe(desk.db, key=f"faq-answered:{miss.id}", way=way, content=Text(words), now=desk.now,
                     person_id=miss.person_id)  # fmt: skip


def as_facts(change: Change) -> dict[str, str]:
    """Return a change as an errand keeps it."""
    return asdict(change)
