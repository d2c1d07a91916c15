"""Welcome people, help them, and stay out of the way."""

from __future__ import annotations

from bot.actions import desk
from bot.message import Incoming, Kind, Reply
from bot.router import Router
from bot.rules.privacy import mask
from bot.store import reads
from handlers.context import Context

router = Router()

MOST_QUOTED = 200  # characters of a voter's words on a clerk's card


@router.on(Kind.SUBSCRIBE, Kind.SCAN)
async def welcome(msg: Incoming, ctx: Context) -> Reply:
    """Welcome whoever follows or scans; who is known already is told which group the code was."""
    if msg.kind is Kind.SCAN and msg.scene and ctx.sender.group_id is not None:
        group = await reads.group_name(ctx.db, ctx.sender.group_id)
        return ctx.aside(ctx.texts("welcome_back", group=group))
    return ctx.aside(ctx.texts("welcome"))


@router.on(Kind.ENTER)
async def enter(_msg: Incoming, ctx: Context) -> Reply:
    """Welcome a person once; who opens the chat again is not talked at."""
    return ctx.aside(ctx.texts("welcome") if ctx.sender.new else "")


@router.on(Kind.UNSUBSCRIBE, Kind.UNKNOWN)
async def note(_msg: Incoming, ctx: Context) -> Reply:
    """Keep what needs no answer."""
    return ctx.aside("")


@router.intent("greeting")
async def greet(msg: Incoming, ctx: Context) -> Reply:
    """Greet back with help, not with a case."""
    return ctx.aside(ctx.texts("greeting_group" if msg.in_group else "greeting"))


@router.intent("thanks")
async def thank(_msg: Incoming, ctx: Context) -> Reply:
    """Take thanks as thanks."""
    return ctx.aside(ctx.texts("thanks"))


@router.command("help")
async def help_(msg: Incoming, ctx: Context) -> Reply:
    """Say what can be said here, to staff also what they can do by words."""
    words = ctx.texts("help_group" if msg.in_group else "help")
    if not msg.in_group and await reads.serves(ctx.db, ctx.sender.person_id):
        words += "\n" + ctx.texts("staff.help")
    return ctx.aside(words)


@router.intent("crisis")
async def crisis(msg: Incoming, ctx: Context) -> Reply:
    """Give the emergency numbers at once and alert a person, with the words that alarmed us."""
    title = ctx.texts("push.crisis_title")
    text = ctx.texts("push.crisis", words=mask(msg.text)[:MOST_QUOTED])
    key = f"crisis-{ctx.heard_id}"
    await desk.call(ctx.db, ctx.sender, key=key, title=title, text=text, now=ctx.now, at_once=True)
    return Reply(ctx.texts("crisis"))
