"""What voters do with a case of their own by its number: add to it, stay unknown, be known again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.actions import adding, cases, sealing, staff, suggestions, supplements
from bot.actions.cases import Actor
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.lifecycle import Role
from bot.rules.opening import only_manners
from bot.store import reads
from handlers.chat import ask, suggest
from handlers.chat import staff as deeds
from handlers.context import Context

router = Router()

ADDING = "adding"
ADDING_LASTS = timedelta(minutes=10)
OWN = frozenset({Role.VOTER, Role.JOINER})


@router.deed("seal", "unseal", "add")
async def by_number(msg: Incoming, ctx: Context) -> Reply:
    """Do it with the case staff mean by the number, else with a case of one's own."""
    deed = ctx.deed
    assert deed is not None  # the door found it
    if not msg.in_group and await reads.serves(ctx.db, ctx.sender.person_id):
        try:
            case = await staff.find_case(ctx.db, ctx.sender.person_id, deed.number)
        except Refused as refusal:
            if refusal.code != "no_such_case_here":
                raise
        else:
            return await deeds.perform(ctx, case, deed)
    return await DO[deed.name](msg, ctx, deed.number, deed.words)


@router.command("seal")
async def seal_latest(msg: Incoming, ctx: Context) -> Reply:
    """Keep the voter of their latest case unknown."""
    return await seal(msg, ctx, "")


@router.command("unseal")
async def unseal_latest(msg: Incoming, ctx: Context) -> Reply:
    """Let the voter of their latest case be known."""
    return await unseal(msg, ctx, "")


@router.command("add")
async def add_to_latest(msg: Incoming, ctx: Context) -> Reply:
    """Add to one's latest case."""
    return await add(msg, ctx, "", ctx.meaning.argument)


async def seal(msg: Incoming, ctx: Context, number: str, _words: str = "") -> Reply:
    """Keep the voter of a case unknown to unit and group."""
    case = await suggestions.mine(ctx.db, ctx.sender.person_id, number)
    await sealing.seal(ctx.desk, case, _voter(ctx))
    return Reply(ctx.texts("own.sealed_hushed" if msg.in_group else "own.sealed", number=case.number))


async def unseal(msg: Incoming, ctx: Context, number: str, _words: str = "") -> Reply:
    """Let the voter of a case be known again."""
    case = await suggestions.mine(ctx.db, ctx.sender.person_id, number)
    if msg.in_group:
        raise Refused("say_it_in_private")
    await sealing.unseal(ctx.desk, case, _voter(ctx))
    return Reply(ctx.texts("own.unsealed", number=case.number))


async def add(msg: Incoming, ctx: Context, number: str, words: str = "") -> Reply:
    """Add words to a case, and wait ten minutes for more of them, for photos and places."""
    case = await adding.own_or_joined(ctx.db, ctx.sender.person_id, number)
    if msg.in_group:
        raise Refused("say_it_in_private")
    facts = {"case": case.id, "until": (ctx.now + ADDING_LASTS).isoformat()}
    actor = await _own(ctx, case)
    adding.may(case, actor)
    if not words:
        return Reply(ctx.texts("own.ask_more", number=case.number), then=ADDING, facts=facts)
    piece = supplements.words(ctx.heard_id, words)
    count = await adding.add(ctx.desk, case, actor, [piece], f"more:{ctx.heard_id}")
    return Reply(ctx.texts("own.added", number=case.number, count=count), then=ADDING, facts=facts)


@router.attaching(ADDING)
async def attach(msg: Incoming, ctx: Context) -> Reply:
    """Attach a photo, a film or a place to the case that is being added to; later ones are heard as always."""
    if _late(ctx):
        return await suggest.receive_media(msg, replace(ctx, sender=replace(ctx.sender, step="", step_facts={})))
    return await _attach(msg, ctx)


@router.at(ADDING)
async def hear_more(msg: Incoming, ctx: Context) -> Reply:
    """Take further words for the case that is being added to; manners and questions are heard beside them."""
    if _late(ctx) or ctx.meaning.intent in ("greeting", "thanks", "question") or only_manners(msg.text):
        return await ask.elsewhere(msg, ctx)
    return await _attach(msg, ctx)


async def _attach(msg: Incoming, ctx: Context) -> Reply:
    case = await cases.fresh(ctx.db, int((ctx.sender.step_facts or {})["case"]))
    kept = await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now)
    given = supplements.pieces(msg, ctx.heard_id, kept)
    count = await adding.add(ctx.desk, case, await _own(ctx, case), given, f"more:{ctx.heard_id}")
    return ctx.aside(ctx.texts("own.added", number=case.number, count=count))


def _late(ctx: Context) -> bool:
    return ctx.now.isoformat() > str((ctx.sender.step_facts or {})["until"])


def _voter(ctx: Context) -> Actor:
    return Actor(ctx.sender.person_id, frozenset({Role.VOTER}))


async def _own(ctx: Context, case: Any) -> Actor:
    """Return what the speaker is to a case as a voter, whatever else they are to it."""
    actor = await cases.actor_on(ctx.db, case, ctx.sender.person_id)
    return replace(actor, roles=actor.roles & OWN)


DO: dict[str, Callable[[Incoming, Context, str, str], Awaitable[Reply]]] = {"seal": seal, "unseal": unseal, "add": add}
