"""Let the office say its sentences in its own words: with a look at an example first, and back to the usual ones."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import office_edit
from bot.actions.office_edit import Editor, Faulty, Step
from bot.errors import Refused
from bot.rules import wording
from bot.rules.office import Fault, reaches
from bot.store import Db, reads_office
from config.office_models import Sentence
from config.texts import asked
from handlers.console.office import address, editor, fault_words, line, why_not
from handlers.console.visit import Visit, number_in
from handlers.knowledge import reword

log = structlog.get_logger(__name__)

KIND, MOST = "text", 60
# facts for which there is an example (texts `text_example`); the others stand as their name
EXAMPLES = ("number", "day", "subject", "name", "short", "starts", "ends", "where", "count", "station", "due", "value",
            "slot", "names", "who", "reason", "words", "at", "group", "days", "into", "text", "representative", "phone",
            "told", "answer", "source", "place", "category", "url")  # fmt: skip


async def show(visit: Visit) -> web.StreamResponse:
    """List the sentences: by what is looked for, only those worded anew, a page at a time."""
    query, texts = visit.request.query, visit.deps.texts
    words, own_only = query.get("q", "").strip()[:80], query.get("own") == "1"
    async with visit.deps.store.read() as db:
        own = await reads_office.wordings(db)
    found = [code for code in sorted(texts.offices) if (code in own or not own_only)
             and (words in code or words in texts.said(code))]  # fmt: skip
    start = number_in(query.get("from", ""))
    rows = [(code, texts.said(code)) for code in found[start:][:MOST]]
    more = urlencode({**query, "from": start + MOST}) if len(found) > start + MOST else ""
    return visit.page(
        "sentences.html", rows=rows, own=own, count=len(found), more=more, words=words, own_only=own_only,
    )  # fmt: skip


async def edit(visit: Visit) -> web.StreamResponse:
    """Show one sentence: as it is, as it was written, with an example, and its history."""
    return await _page(visit, visit.request.query.get("code", ""))


async def save(visit: Visit) -> web.StreamResponse:
    """Show an example of new words, or say them from now on; what is wrong is said at the field."""
    code, words, who = visit.word("code_of"), visit.word("words"), await editor(visit)
    texts = visit.deps.texts
    if code not in texts.offices:
        raise web.HTTPNotFound
    wrong = list(wording.faults(code, words, texts.written(code)))
    if wrong or "look" in visit.form:
        return await _page(visit, code, words, wrong)
    try:
        await visit.deps.store.write(partial(_save, visit=visit, code=code, words=words, who=who))
    except (Refused, Faulty) as no:
        return await _page(visit, code, words, refusal=why_not(visit, no)[0])
    await reword(visit.deps)
    log.info("sentence_worded", code=code, by=who.person_id)
    return await visit.go(address(KIND, code), texts("sentence.saved"))


async def back(visit: Visit) -> web.StreamResponse:
    """Say a sentence as it is written again."""
    code, who = visit.word("code"), await editor(visit)
    try:
        await visit.deps.store.write(partial(office_edit.change, steps=[Step(KIND, code, None)], who=who))
    except (Refused, Faulty) as no:
        return await visit.go(address(KIND, code), *why_not(visit, no))
    await reword(visit.deps)
    log.info("sentence_as_written", code=code, by=who.person_id)
    return await visit.go(address(KIND, code), visit.deps.texts("sentence.back_done"))


async def _save(db: Db, *, visit: Visit, code: str, words: str, who: Editor) -> None:
    known = (await reads_office.wordings(db)).get(code, "")
    if known != visit.word("seen"):
        raise Refused("edited_meanwhile")
    after = None if words == visit.deps.texts.written(code) else Sentence(code=code, words=words)
    await office_edit.change(db, [Step(KIND, code, after)], who)


async def _page(
    visit: Visit, code: str, words: str | None = None, wrong: list[Fault] | None = None, refusal: str = ""
) -> web.Response:
    texts, who = visit.deps.texts, await editor(visit)
    if code not in texts.offices:
        raise web.HTTPNotFound
    async with visit.deps.store.read() as db:
        own = await reads_office.wordings(db)
        all_ = await reads_office.items(db, None, ("office", KIND))
        rows = await reads_office.changes(db, [KIND], code)
    shown = texts.said(code) if words is None else words
    newest = next((row.id for row in rows if row.undone_at is None), 0)
    return visit.page(
        "sentence.html", status=400 if wrong else 409 if refusal else 200, code=code, words=shown, refusal=refusal,
        wrong=[fault_words(visit, each) for each in wrong or []], written=texts.written(code), own=code in own,
        seen=own.get(code, ""), facts=sorted(asked(texts.written(code))),
        example="" if wrong else _example(visit, shown),
        may_change=reaches(KIND, None, all_, who.offices), longest=wording.MOST,
        history_lines=[line(visit, row, all_, last=row.id == newest) for row in rows],
    )  # fmt: skip


def _example(visit: Visit, words: str) -> str:
    """Return a sentence with made-up facts, as somebody will read it."""
    texts = visit.deps.texts
    facts = {name: texts(f"text_example.{name}") if name in EXAMPLES else f"〔{name}〕" for name in asked(words)}
    return words.format_map(facts)
