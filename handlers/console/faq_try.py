"""Try a question out: what the bot would do with it and why, in the words a voter of that station would read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.actions import about_station
from bot.actions.people import Sender
from bot.clock import local_date
from bot.rules.meaning import Meaning, meaning_of
from bot.rules.search import Found, Scope
from bot.store import Db, reads_cases
from handlers.chat import ask, slots
from handlers.console.visit import Visit, number_in
from handlers.context import Context

LONGEST = 200  # signs of a question
DOES = ("answer", "choices", "person", "ask", "other")


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a question: what it sounds like, what the answers say, and what the bot would do."""

    sounds: str  # an intent, or a command
    found: Found
    does: str  # one of DOES; other: it never comes to the answers
    says: str = ""  # the answer as a voter of that station reads it
    lacks: bool = False  # an answer is there, but not what it says of that station: so a person is called


async def show(visit: Visit) -> web.StreamResponse:
    """Show the box, and what becomes of the question that was put into it."""
    words = visit.request.query.get("q", "").strip()[:LONGEST]
    chosen = number_in(visit.request.query.get("station", ""))
    async with visit.deps.store.read() as db:
        stations = await reads_cases.stations(db, visit.me.sees)
        places = await about_station.places_above(db, chosen) if chosen in visit.me.sees else frozenset()
        group = await about_station.first_group(db, chosen) if chosen in visit.me.sees else None
        tried = await _try(visit, words, frozenset(places)) if words else None
        if tried is not None and tried.does == "answer":
            tried = await _said(visit, db, tried, group)
    return visit.page(
        "faq_try.html", words=words, tried=tried, stations=stations, chosen=chosen, longest=LONGEST,
        answers=visit.deps.knowledge.answers, choices=ask.MOST_CHOICES,
    )  # fmt: skip


async def _try(visit: Visit, words: str, places: frozenset[str]) -> Tried:
    knowledge: Any = visit.deps.knowledge
    pack = knowledge.faq
    vector = await asyncio.to_thread(pack.vector, words) if pack.encodes else None
    found = pack.ask(words, Scope(local_date(visit.now).isoformat(), places), vector)
    meaning = meaning_of(words, knowledge.categories)
    sounds = "question" if pack.knows(words) else "command" if meaning.command else meaning.intent
    return Tried(sounds, found, _does(sounds, found))


async def _said(visit: Visit, db: Db, tried: Tried, group: int | None) -> Tried:
    """Return it with the answer as a voter of that group reads it; what is only the asker's own stays in braces."""
    deps, row = visit.deps, visit.deps.knowledge.answers[tried.found.candidates[0].code]
    if slots.personal(row.answer):
        return replace(tried, says=row.answer)
    voter = Sender(visit.me.person_id, 0, "", group)
    ctx = Context(db, voter, 0, Meaning(), deps.texts, deps.knowledge, deps.sealer, visit.now, deps.links)
    says = await slots.filled(row.answer, ctx)
    return replace(tried, says=says) if says else replace(tried, does="person", lacks=True)


def _does(sounds: str, found: Found) -> str:
    """Return what the bot does: an unsure message is answered if the answer is sure, and asked about if not."""
    if sounds == "unsure":
        return "answer" if found.answered else "ask"
    if sounds != "question":
        return "other"
    return "answer" if found.answered else "choices" if found.choices else "person"
