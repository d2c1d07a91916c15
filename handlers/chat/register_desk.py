"""The register of a reception day, by words: what a visitor says, what becomes of it, and what was changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.actions import register, register_cases, sessions, supplements
from bot.actions.reception import spoken
from bot.actions.register import Entry
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.meaning import meaning_of
from bot.rules.privacy import mask
from bot.rules.register import DISPOSITIONS, Said, disposition_of
from bot.rules.sessionwords import SECRECY, visitor_in
from bot.rules.staffwords import Deed
from handlers.chat import ask
from handlers.context import Context

router = Router()

ENTERING = "register_entry"
DISPOSING = "register_disposition"
ANSWERING = "register_answer"
MOST_LINES = 20
PARTS = ("name", "phone", "home", "words", "answer", "proposal", "unit", "due_on", "result")


async def enter(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Take down what a visitor says, then ask what becomes of it; without words the next message is them."""
    if not str(deed.facts["words"]).strip():
        words = ctx.texts("register.ask", station=day.station, day=spoken(day.date))
        return Reply(words, then=ENTERING, facts={"session": day.id, "visit": deed.facts["visit"]})
    return await _enter(ctx, day, int(deed.facts["visit"]), str(deed.facts["words"]))


@router.at_work(ENTERING)
async def hear_entry(msg: Incoming, ctx: Context) -> Reply:
    """Take the next message as what the visitor says, whatever it sounds like."""
    facts = ctx.sender.step_facts or {}
    if not msg.text.strip():
        return ctx.aside("")
    day = await sessions.serve(ctx.db, int(facts["session"]), ctx.sender.person_id)
    return await _enter(ctx, day, int(facts["visit"]), msg.text)


@router.at(DISPOSING)
async def hear_disposition(msg: Incoming, ctx: Context) -> Reply:
    """Hear what becomes of the entry just taken down; anything else is heard as if we had not asked."""
    code = disposition_of(msg.text)
    if code:
        return await _dispose(ctx, await _asked(ctx), code)
    if msg.text.strip().isdigit():
        return ctx.aside(ctx.texts("register.which_disposition"))
    return await ask.elsewhere(msg, ctx)


@router.attaching(DISPOSING)
async def attach(msg: Incoming, ctx: Context) -> Reply:
    """Attach a photo or a file to the entry just taken down."""
    entry = await _asked(ctx)
    kept = await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now)
    count = await register.attach(ctx.db, entry, kept)
    return ctx.aside(ctx.texts("register.attached", number=entry.row.number, count=count))


@router.at_work(ANSWERING)
async def hear_answer(msg: Incoming, ctx: Context) -> Reply:
    """Take the next message as what was answered on the spot."""
    if not msg.text.strip():
        return ctx.aside("")
    entry = await register.amend(ctx.desk, await _asked(ctx), ctx.sender.person_id, ctx.sealer, answer=msg.text.strip())
    return Reply(ctx.texts("register.answered", number=entry.row.number) + _lacking(ctx, entry))


async def amend(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Change a part of an entry, or its words; the versions before stay."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    if (said := str(deed.facts["words"])) in SECRECY:
        entry = await register.seal(ctx.desk, entry, ctx.sealer, confidential=SECRECY[said])
        code = "register.sealed" if SECRECY[said] else "register.unsealed"
        return ctx.aside(ctx.texts(code, number=entry.row.number))
    part, words = _part(ctx, said)
    if not words:
        raise Refused("amend_empty", number=entry.row.number)
    entry = await register.amend(ctx.desk, entry, ctx.sender.person_id, ctx.sealer, **{part: words})
    return ctx.aside(ctx.texts("register.amended", number=entry.row.number, version=entry.row.version)
                     + _lacking(ctx, entry))  # fmt: skip


async def classify(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Give an entry its category."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    entry = await register.classify(ctx.desk, entry, str(deed.facts["words"]), ctx.sealer)
    return ctx.aside(ctx.texts("register.classified", number=entry.row.number, category=entry.row.category)
                     + _lacking(ctx, entry))  # fmt: skip


async def dispose(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Say what becomes of an entry."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    return await _dispose(ctx, entry, disposition_of(str(deed.facts["words"])))


async def settle(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Note the result of an entry and tell the voter."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    result = str(deed.facts["words"])
    entry, reached = await register.settle(ctx.desk, entry, ctx.sender.person_id, result, ctx.sealer)
    return ctx.aside(ctx.texts("register.settled" if reached else "register.settled_by_phone", number=entry.row.number))


async def lift(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Turn an entry into a suggestion."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    logged = await register_cases.lift(ctx.desk, entry)
    return ctx.aside(ctx.texts("register.lifted", number=entry.row.number, case=logged.number,
                               short=logged.number.rpartition("-")[2]))  # fmt: skip


async def void(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Strike an entry out."""
    entry = await register.by_number(ctx.db, day, int(deed.facts["number"]), ctx.sealer)
    await register.void(ctx.desk, entry)
    return ctx.aside(ctx.texts("register.voided", number=entry.row.number))


async def sheet(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Show the register of a session, or one entry of it in full."""
    if number := int(deed.facts["number"]):
        return ctx.aside(_in_full(ctx, await register.by_number(ctx.db, day, number, ctx.sealer)))
    entries = await register.entries_of(ctx.db, day.id, ctx.sealer)
    lines = [_line(ctx, each) for each in entries if each.row.void_at is None][:MOST_LINES]
    words = "\n".join(lines) or ctx.texts("register.empty")
    return ctx.aside(ctx.texts("register.list", station=day.station, day=spoken(day.date), entries=words))


# ---- what several deeds share ----------------------------------------------------------------------------------------


async def _enter(ctx: Context, day: Any, visit: int, words: str) -> Reply:
    name, phone, rest = visitor_in(words)
    meaning = meaning_of(rest, ctx.knowledge.categories)
    category_id = ctx.knowledge.category_ids.get(meaning.category)
    said = Said(name=name, phone=phone, words=rest)
    who = ctx.sender.person_id
    entry = await register.enter(ctx.desk, day, who, said, ctx.sealer, visit=visit, category_id=category_id)
    category = entry.row.category or ctx.texts("register.unclassified", number=entry.row.number)
    words = ctx.texts("register.entered", number=entry.row.number, visit=entry.row.visit,
                      name=_called(ctx, name) or ctx.texts("register.nameless"), subject=mask(rest)[:60],
                      category=category)  # fmt: skip
    return Reply(words + "\n" + _choices(ctx), then=DISPOSING, facts={"entry": entry.row.id})


async def _dispose(ctx: Context, entry: Entry, code: str) -> Reply:
    entry = await register.dispose(ctx.desk, entry, code, ctx.sealer)
    number = entry.row.number
    if code == "spot" and not entry.said.answer:
        return Reply(ctx.texts("register.ask_answer", number=number), then=ANSWERING, facts={"entry": entry.row.id})
    words = ctx.texts("register.disposed", number=number, disposition=ctx.texts(f"disposition.{code}"))
    onward = "" if code == "spot" or entry.row.suggestion_id else ctx.texts("register.onward", number=number)
    return Reply(words + _lacking(ctx, entry) + onward)


async def _asked(ctx: Context) -> Entry:
    return await register.by_id(ctx.db, int((ctx.sender.step_facts or {})["entry"]), ctx.sealer)


def _choices(ctx: Context) -> str:
    lines = [ctx.texts("staff.choice", n=n, words=ctx.texts(f"disposition.{code}"))
             for n, code in enumerate(DISPOSITIONS, 1)]  # fmt: skip
    return ctx.texts("register.ask_disposition", choices="\n".join(lines))


def _lacking(ctx: Context, entry: Entry) -> str:
    what = [ctx.texts(f"register.lacks_{each}") for each in entry.lacks]
    return ctx.texts("register.still_lacks", what="、".join(what)) if what else ""


def _line(ctx: Context, entry: Entry) -> str:
    row = entry.row
    disposition = ctx.texts(f"disposition.{row.disposition}") if row.disposition else ""
    return ctx.texts("register.line", number=row.number, words=mask(entry.said.words)[:30],
                     category=row.category or "", disposition=disposition) + _lacking(ctx, entry)  # fmt: skip


def _in_full(ctx: Context, entry: Entry) -> str:
    said, row = entry.said, entry.row
    said = replace(said, name=_called(ctx, said.name), home=ctx.texts("register.hidden") if said.home else "")
    facts = [(ctx.texts(f"part.{part}"), value) for part, value in _parts(said) if value]
    facts.append((ctx.texts("part.category"), row.category or ""))
    facts.append(
        (ctx.texts("part.disposition"), ctx.texts(f"disposition.{row.disposition}") if row.disposition else "")
    )
    lines = [ctx.texts("register.fact", name=name, value=mask(value)) for name, value in facts if value]
    head = ctx.texts("register.one", number=row.number, visit=row.visit, version=row.version, who=row.recorder)
    return "\n".join([head, *lines]) + _lacking(ctx, entry)


def _called(ctx: Context, name: str) -> str:
    """Return the family name only: what is answered is kept as it was said, and the form has the rest."""
    return ctx.texts("session.name", family=name[0]) if name else ""


def _parts(said: Said) -> list[tuple[str, str]]:
    return [(part, getattr(said, part)) for part in PARTS]


def _part(ctx: Context, words: str) -> tuple[str, str]:
    """Return which part of an entry is meant and its new words; unnamed, it is what the visitor said."""
    for part in PARTS:
        name = ctx.texts(f"part.{part}")
        if words.startswith(name) and words[len(name) : len(name) + 1] in " :：，,":
            return part, words[len(name) :].strip(" :：，,")
    return "words", words
