"""Questions nobody could answer: joined to an answer after a look, turned into a new one, left, and taken back."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import faq_desk
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.rules.effect import Change, changed
from bot.store import Db, reads_faq
from bot.store.reads_faq import MOST, TABS
from handlers import faq_change
from handlers.console.visit import Visit, number_in

log = structlog.get_logger(__name__)

MISSES = "/console/faq/misses"
DEEDS = ("join", "drop", "reopen", "undo")
NEAR = 3  # answers that are offered to join a question to


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of questions, each with the answers that come nearest."""
    query, tab = visit.request.query, visit.request.query.get("tab", "")
    tab = tab if tab in TABS else "open"
    async with visit.deps.store.read() as db:
        rows = await reads_faq.misses(db, tuple(visit.me.desk), tab, number_in(query.get("beyond", "")))
    more = urlencode({"tab": tab, "beyond": rows[MOST - 1].id}) if len(rows) > MOST else ""
    knowledge: Any = visit.deps.knowledge
    near = {row.id: [each.code for each in knowledge.faq.ask(row.text).candidates[:NEAR]] for row in rows[:MOST]}
    return visit.page(
        "faq_misses.html", rows=rows[:MOST], more=more, tab=tab, tabs=TABS, near=near if tab == "open" else {},
        answers=knowledge.answers,
    )  # fmt: skip


async def look(visit: Visit) -> web.StreamResponse:
    """Show which past questions would be answered otherwise if this one were joined; nothing is written yet."""
    deps, number = visit.deps, number_in(visit.request.match_info["miss"])
    answer = deps.knowledge.answers.get(visit.word("code"))
    async with deps.store.read() as db:
        try:
            miss = await faq_desk.miss_of(db, tuple(visit.me.desk), number)
        except Refused as refusal:
            return await visit.go(MISSES, visit.refusal(refusal))
    if answer is None:
        return await visit.go(MISSES, visit.refusal(Refused("no_such_answer")))
    change = Change(visit.word("code"), miss.text[:500])
    pack = changed(deps.knowledge.faq.entries, change)
    effect = await faq_change.effect_of(deps.store, deps.knowledge, pack, deps.sealer)
    flips = faq_change.named(effect, deps.knowledge, deps.texts)
    return visit.page(
        "faq_join.html", miss=miss, answer=answer, code=change.code, effect=effect, flips=flips,
        most=faq_change.MOST_SHOWN,
    )  # fmt: skip


async def act(visit: Visit) -> web.StreamResponse:
    """Join a question to an answer, leave it, or take either back."""
    deed, number = visit.request.match_info["deed"], number_in(visit.request.match_info["miss"])
    if deed not in DEEDS:
        raise web.HTTPNotFound
    back = f"{MISSES}?tab={visit.word('tab')}" if visit.word("tab") in TABS else MISSES
    try:
        told = await visit.deps.store.write(partial(_act, visit=visit, number=number, deed=deed))
    except Refused as refusal:
        return await visit.go(back, visit.refusal(refusal))
    visit.deps.outbox.wake.set()
    log.info("miss_deed", deed=deed, number=number, by=visit.me.person_id)
    told_too = [visit.deps.texts("faq_page.told")] if told else []
    return await visit.go(back, visit.deps.texts(f"misses_page.did_{deed}", number=number), *told_too)


async def _act(db: Db, *, visit: Visit, number: int, deed: str) -> bool:
    mine, by, now = tuple(visit.me.desk), visit.me.person_id, visit.now
    if deed == "undo":
        await faq_desk.undo(db, await faq_desk.miss_of(db, mine, number, "answered"), by, now)
    elif deed == "reopen":
        await faq_desk.reopen(db, await faq_desk.miss_of(db, mine, number, "dropped"))
    elif deed == "drop":
        await faq_desk.drop(db, await faq_desk.miss_of(db, mine, number))
    else:
        miss, answer = await faq_desk.miss_of(db, mine, number), visit.deps.knowledge.answers.get(visit.word("code"))
        if answer is None:
            raise Refused("no_such_answer")
        await faq_desk.correct(db, miss, Change(visit.word("code"), miss.text[:500]), by, now)
        return await faq_change.answer_asker(Desk(db, visit.deps.texts, now), miss, answer.answer)
    return False
