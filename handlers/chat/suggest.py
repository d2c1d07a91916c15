"""Log what people ask for, and attach what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.actions import adding, cases, retracting, sealing, suggestions, supplements
from bot.actions.cases import Actor
from bot.message import SILENCE, Incoming, Kind, Reply
from bot.router import Router
from bot.rules.follows import follows
from bot.rules.lifecycle import Role
from bot.rules.meaning import place_of, subject_of
from bot.rules.opening import announces, blank, only_manners
from bot.rules.redaction import title
from bot.rules.secrecy import wants_secrecy
from handlers.chat.asking import not_here
from handlers.context import Context

router = Router()

AWAITING_TEXT = "awaiting_text"
AWAITING_YES = "awaiting_yes"


@router.command("suggest")
async def suggest(msg: Incoming, ctx: Context) -> Reply:
    """Log the words behind 建议, or ask for them."""
    if not ctx.meaning.argument:
        return ask_for_words(msg, ctx)
    return await log(replace(msg, text=ctx.meaning.argument), ctx)


def ask_for_words(msg: Incoming, ctx: Context) -> Reply:
    """Ask what it is about; in a group the next words must name us again, so nothing waits there."""
    if msg.in_group:
        return Reply(ctx.texts("suggest.ask_group"))
    facts = ctx.sender.step_facts or {}
    before = facts.get("before", []) if ctx.sender.step == AWAITING_TEXT else []
    return Reply(ctx.texts("suggest.ask"), then=AWAITING_TEXT, facts={"before": before})


@router.intent("request")
async def request(msg: Incoming, ctx: Context) -> Reply:
    """Log plain words that complain or ask for something; short words after a case belong to it."""
    if announces(msg.text):
        return ask_for_words(msg, ctx)
    recent = await suggestions.latest_open(ctx.db, ctx.sender, ctx.now)
    if recent is not None and _belongs(msg, ctx, recent):
        return await attach(msg, ctx, recent)
    return await log(msg, ctx)


def _belongs(msg: Incoming, ctx: Context, recent: Any) -> bool:
    """Whether these words belong to the recent case."""
    subject = ctx.knowledge.category_ids.get(ctx.meaning.category)
    other_subject = None not in (subject, recent.category_id) and subject != recent.category_id
    return follows(msg.text, ctx.meaning.intent, recent.text, other_subject=other_subject)


@router.intent("chat")
async def unsure(msg: Incoming, ctx: Context) -> Reply:
    """Attach short words to a recent case; else ask one short question, in a group without waiting for its answer."""
    if blank(msg.text):
        return await receive_media(msg, ctx) if msg.media else _empty(msg, ctx)
    if announces(msg.text):
        return ask_for_words(msg, ctx)
    recent = await suggestions.latest_open(ctx.db, ctx.sender, ctx.now)
    if recent is not None and (msg.media or _belongs(msg, ctx, recent)):
        return await attach(msg, ctx, recent)
    if only_manners(msg.text):
        return SILENCE if msg.in_group else Reply(ctx.texts("ack"))
    if ctx.meaning.intent == "chat" and not msg.media:
        return Reply(ctx.texts("chat.group" if msg.in_group else "chat.private"))
    if msg.in_group:
        return Reply(ctx.texts("suggest.unsure_group"))
    facts: dict[str, Any] = {"text": msg.text}
    if msg.media:
        facts["before"] = await _pieces(replace(msg, text=""), ctx)
    return Reply(ctx.texts("suggest.unsure"), then=AWAITING_YES, facts=facts)


def _empty(msg: Incoming, ctx: Context) -> Reply:
    return SILENCE if msg.in_group else ctx.aside(ctx.texts("empty"))


@router.on(Kind.IMAGE, Kind.VIDEO, Kind.PLACE, Kind.FILE, Kind.LINK, Kind.VOICE)
async def receive_media(msg: Incoming, ctx: Context) -> Reply:
    """Attach a picture, place or sound to the case it belongs to, or keep it and ask what it is about."""
    facts = ctx.sender.step_facts or {}
    before = [*facts.get("before", []), *await _pieces(msg, ctx)]
    if ctx.sender.step == AWAITING_YES and facts.get("text"):  # words and a picture together leave no doubt
        return await log(replace(msg, text=str(facts["text"]), media=(), place=None), _with(ctx, {"before": before}))
    if ctx.sender.step != AWAITING_TEXT:  # else a new matter was announced, and this is for it
        recent = await suggestions.latest_open(ctx.db, ctx.sender, ctx.now)
        if recent is not None:
            count = await adding.attach(ctx.desk, recent, before, ctx.sender.person_id, f"more:{ctx.heard_id}")
            if msg.in_group and recent.confidential:
                return ctx.aside(ctx.texts("suggest.attached_hushed"))
            return ctx.aside(ctx.texts("suggest.attached", number=recent.number, count=count))
    if msg.in_group:
        return Reply(ctx.texts("suggest.ask_group"))
    return Reply(ctx.texts(f"suggest.what_about_{_sort(msg)}"), then=AWAITING_TEXT, facts={"before": before})


async def log(msg: Incoming, ctx: Context) -> Reply:
    """Log the message as a case and say its number and what happens next."""
    before = list((ctx.sender.step_facts or {}).get("before", []))
    if msg.media:
        before += await _pieces(replace(msg, text=""), ctx)
    matter = suggestions.Matter(
        text=msg.text,
        subject=subject_of(msg.text) or ctx.texts("suggest.no_subject"),
        place=place_of(msg.text) or next((p["text"] for p in before if p["kind"] == Kind.PLACE), ""),
        category_id=ctx.knowledge.category_ids.get(ctx.meaning.category),
        kind="request",
        confidential=wants_secrecy(msg.text),
    )
    sender = ctx.sender
    if sender.group_id is None:  # who came by no code is no member, but the place says whose matter it is
        near = ctx.knowledge.areas.group_of(f"{matter.place} {matter.text}")
        sender = sender if near is None else replace(sender, group_id=near)
    logged = await suggestions.submit(ctx.db, sender, matter, ctx.texts, ctx.now)
    if before:
        await supplements.attach(ctx.db, logged.id, before, ctx.now)
    who = "suggest.with_representative" if logged.representative else "suggest.with_clerk"
    told = ctx.texts(who, representative=logged.representative, station=logged.station)
    facts = {"number": logged.number, "subject": logged.title, "told": told}
    if msg.in_group and matter.confidential:
        return Reply(ctx.texts("suggest.logged_hushed"))
    if msg.in_group:
        return Reply(ctx.texts("suggest.logged_group", **facts))
    hello = ctx.texts("suggest.hello") + "\n" if ctx.sender.new else ""
    attached = "\n" + ctx.texts("suggest.with_before", count=len(before)) if before else ""
    sealed = "\n" + ctx.texts("suggest.sealed") if matter.confidential else ""
    return Reply(hello + ctx.texts("suggest.logged", **facts) + sealed + attached)


async def attach(msg: Incoming, ctx: Context, recent: Any) -> Reply:
    """Attach short words, and what came with them, to a case."""
    given = await _pieces(msg, ctx)
    count = await adding.attach(ctx.desk, recent, given, ctx.sender.person_id, f"more:{ctx.heard_id}")
    if not recent.confidential and wants_secrecy(msg.text):
        case = await cases.fresh(ctx.db, recent.id)
        await sealing.seal(ctx.desk, case, Actor(ctx.sender.person_id, frozenset({Role.VOTER})))
        return Reply(ctx.texts("own.sealed_hushed" if msg.in_group else "own.sealed", number=recent.number))
    if msg.in_group and recent.confidential:
        return Reply(ctx.texts("suggest.attached_hushed"))
    code = "suggest.attached_group" if msg.in_group else "suggest.attached"
    return Reply(ctx.texts(code, number=recent.number, count=count))


async def _pieces(msg: Incoming, ctx: Context) -> list[dict[str, Any]]:
    """Return what a message adds to a case; its files are on their way to us."""
    return supplements.pieces(msg, ctx.heard_id, await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now))


def _with(ctx: Context, facts: Mapping[str, Any]) -> Context:
    return replace(ctx, sender=replace(ctx.sender, step_facts=facts))


def _sort(msg: Incoming) -> str:
    return SORTS.get(msg.kind, "picture")


SORTS = {Kind.PLACE: "place", Kind.VOICE: "voice", Kind.VIDEO: "video", Kind.FILE: "file", Kind.LINK: "link"}


@router.command("withdraw")
async def withdraw(msg: Incoming, ctx: Context) -> Reply:
    """Take the latest case, or the one named, back."""
    row = await suggestions.mine(ctx.db, ctx.sender.person_id, ctx.meaning.argument)
    not_here(msg, row)
    await retracting.withdraw(ctx.desk, row, ctx.sender.person_id)
    return Reply(ctx.texts("withdraw.done", number=row.number, subject=title(row)))


@router.command("cancel")
async def cancel(_msg: Incoming, ctx: Context) -> Reply:
    """Leave whatever the talk waited for."""
    return Reply(ctx.texts("cancel.done" if ctx.sender.step else "cancel.nothing"))
