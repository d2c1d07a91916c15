"""Log what people ask for, and attach what follows."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import reception, suggestions, supplements
from bot.clock import local
from bot.message import Incoming, Kind, Reply
from bot.router import Router
from bot.rules.follows import follows
from bot.rules.meaning import place_of, subject_of
from bot.rules.privacy import mask
from handlers.context import Context

router = Router()

AWAITING_TEXT = "awaiting_text"
AWAITING_YES = "awaiting_yes"


@router.command("suggest")
async def suggest(msg: Incoming, ctx: Context) -> Reply:
    """Log the words behind 建议, or ask for them."""
    if not ctx.meaning.argument:
        return Reply(ctx.texts("suggest.ask"), then=AWAITING_TEXT)
    return await log(replace(msg, text=ctx.meaning.argument), ctx)


@router.at(AWAITING_TEXT)
async def receive_text(msg: Incoming, ctx: Context) -> Reply:
    """Log the words we asked for, whatever they are."""
    if not msg.text.strip():
        return Reply(ctx.texts("suggest.ask"), then=AWAITING_TEXT, facts=ctx.sender.step_facts or {})
    return await log(msg, ctx)


@router.at(AWAITING_YES)
async def hear_yes(msg: Incoming, ctx: Context) -> Reply:
    """Log the unsure words after a yes; hear anything longer as a matter of its own; drop them after a no."""
    answer = msg.text.strip().rstrip("。.！!～~")
    words = str((ctx.sender.step_facts or {}).get("text", ""))
    if answer in YES:
        return await log(replace(msg, text=words), ctx)
    if answer in NO:
        return Reply(ctx.texts("suggest.not_logged"))
    return await log(replace(msg, text=f"{words}\n{msg.text}" if words else msg.text), ctx)


YES = frozenset(["是", "是的", "对", "对的", "要", "好", "好的", "嗯", "嗯嗯", "可以", "行", "1", "记", "登记", "需要", "yes", "y", "ok"])
NO = frozenset(["不是", "不", "不用", "不用了", "不要", "没事", "算了", "2", "否", "不必", "no", "n"])


@router.intent("request")
async def request(msg: Incoming, ctx: Context) -> Reply:
    """Log plain words that complain or ask for something; short words after a case belong to it."""
    recent = await suggestions.latest_open(ctx.db, ctx.sender.person_id, ctx.now)
    if recent is not None and follows(msg.text, ctx.meaning.intent, recent.text):
        return await attach(msg, ctx, recent)
    return await log(msg, ctx)


@router.intent("unsure", "chat")
async def unsure(msg: Incoming, ctx: Context) -> Reply:
    """Attach short words to a recent case; else ask one short question (in a group: stay silent)."""
    if not msg.text.strip():
        return Reply("" if msg.in_group else ctx.texts("empty"))
    recent = await suggestions.latest_open(ctx.db, ctx.sender.person_id, ctx.now)
    if recent is not None and follows(msg.text, ctx.meaning.intent, recent.text):
        return await attach(msg, ctx, recent)
    if ctx.meaning.intent == "chat":
        return Reply(ctx.texts("chat.group" if msg.in_group else "chat.private"))
    return Reply(ctx.texts("suggest.unsure"), then=AWAITING_YES, facts={"text": msg.text})


@router.on(Kind.IMAGE, Kind.VIDEO, Kind.PLACE, Kind.FILE, Kind.LINK, Kind.VOICE)
async def receive_media(msg: Incoming, ctx: Context) -> Reply:
    """Attach a picture, place or sound to the case before it, or keep it and ask what it is about."""
    kept = await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now)
    recent = await suggestions.latest_open(ctx.db, ctx.sender.person_id, ctx.now)
    if recent is not None:
        count = await supplements.attach(ctx.db, recent.id, msg, ctx.heard_id, kept, ctx.now)
        return Reply(ctx.texts("suggest.attached", number=recent.number, count=count))
    facts = ctx.sender.step_facts or {}
    waiting = {
        "media": [*facts.get("media", []), *kept],
        "place": msg.place.label if msg.place else facts.get("place", ""),
    }
    return Reply(ctx.texts(f"suggest.what_about_{_sort(msg.kind)}"), then=AWAITING_TEXT, facts=waiting)


async def log(msg: Incoming, ctx: Context) -> Reply:
    """Log the message as a case and say its number and what happens next."""
    matter = suggestions.Matter(
        text=msg.text,
        subject=subject_of(msg.text) or ctx.texts("suggest.no_subject"),
        place=place_of(msg.text) or str((ctx.sender.step_facts or {}).get("place", "")),
        category=ctx.meaning.category,
        kind="request",
    )
    logged = await suggestions.submit(ctx.db, ctx.sender, matter, ctx.texts, ctx.now)
    if kept := (ctx.sender.step_facts or {}).get("media"):
        await supplements.attach_kept(ctx.db, logged.id, ctx.heard_id, kept, ctx.now)
    if msg.media:
        kept = await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now)
        await supplements.attach(ctx.db, logged.id, replace(msg, text=""), ctx.heard_id, kept, ctx.now)
    code = "suggest.logged_group" if msg.in_group else "suggest.logged"
    who = "suggest.with_representative" if logged.representative else "suggest.with_clerk"
    told = ctx.texts(who, representative=logged.representative, station=logged.station)
    return Reply(ctx.texts(code, number=logged.number, subject=mask(logged.subject), told=told))


async def attach(msg: Incoming, ctx: Context, recent: object) -> Reply:
    """Attach short words to a case."""
    number, case_id = recent.number, recent.id  # type: ignore[attr-defined]  # a row
    count = await supplements.attach(ctx.db, case_id, msg, ctx.heard_id, (), ctx.now)
    return Reply(ctx.texts("suggest.attached", number=number, count=count))


def _sort(kind: Kind) -> str:
    return {Kind.PLACE: "place", Kind.VOICE: "voice"}.get(kind, "picture")


@router.command("withdraw")
async def withdraw(_msg: Incoming, ctx: Context) -> Reply:
    """Take the latest case, or the one named, back."""
    row = await suggestions.withdraw(ctx.db, ctx.sender, ctx.meaning.argument, ctx.texts, ctx.now)
    return Reply(ctx.texts("withdraw.done", number=row.number, subject=mask(row.subject)))


@router.command("progress")
async def progress(_msg: Incoming, ctx: Context) -> Reply:
    """Say where the latest case, or the one named, stands."""
    row = await suggestions.mine(ctx.db, ctx.sender.person_id, ctx.meaning.argument)
    state = ctx.texts(f"state.{row.state}")
    day = reception.spoken(local(row.created_at).date().isoformat())
    return Reply(ctx.texts("progress.one", number=row.number, subject=mask(row.subject), day=day, state=state))


@router.command("cancel")
async def cancel(_msg: Incoming, ctx: Context) -> Reply:
    """Leave whatever the talk waited for."""
    return Reply(ctx.texts("cancel.done" if ctx.sender.step else "cancel.nothing"))
