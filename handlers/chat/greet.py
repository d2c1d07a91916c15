"""Welcome people, help them, and stay out of the way."""

from __future__ import annotations

from bot.actions import desk
from bot.message import SILENCE, Incoming, Kind, Reply
from bot.router import Router
from handlers.chat import ask, station, suggest
from handlers.context import Context

router = Router()


@router.on(Kind.SUBSCRIBE, Kind.SCAN)
async def welcome(_msg: Incoming, ctx: Context) -> Reply:
    """Welcome whoever follows or scans, and say what can be done here."""
    return Reply(ctx.texts("welcome"))


@router.on(Kind.ENTER)
async def enter(_msg: Incoming, ctx: Context) -> Reply:
    """Welcome a person once; who opens the chat again is not talked at."""
    return Reply(ctx.texts("welcome")) if ctx.sender.new else SILENCE


@router.on(Kind.UNSUBSCRIBE, Kind.RECEIPT, Kind.UNKNOWN)
async def note(_msg: Incoming, _ctx: Context) -> Reply:
    """Keep what needs no answer."""
    return SILENCE


@router.intent("greeting")
async def greet(msg: Incoming, ctx: Context) -> Reply:
    """Greet back with help, not with a case."""
    return Reply(ctx.texts("greeting_group" if msg.in_group else "greeting"))


@router.intent("thanks", "rating")
async def thank(_msg: Incoming, ctx: Context) -> Reply:
    """Take thanks as thanks."""
    return Reply(ctx.texts("thanks"))


@router.command("help")
async def help_(msg: Incoming, ctx: Context) -> Reply:
    """Say what can be said here."""
    return Reply(ctx.texts("help_group" if msg.in_group else "help"))


@router.intent("crisis")
async def crisis(_msg: Incoming, ctx: Context) -> Reply:
    """Give the emergency numbers at once and alert a person."""
    title = ctx.texts("push.crisis_title")
    text = ctx.texts("push.crisis")
    await desk.call(ctx.db, ctx.sender, key=f"crisis-{ctx.heard_id}", title=title, text=text, now=ctx.now)
    return Reply(ctx.texts("crisis"))


@router.on(Kind.CLICK)
async def click(msg: Incoming, ctx: Context) -> Reply:
    """Answer a menu key like the word it stands for."""
    return await MENU.get(msg.event, help_)(msg, ctx)


# the key of a menu line in the platform's console -> who answers
MENU = {
    "help": help_,
    "human": ask.human,
    "reception": station.next_days,
    "representatives": station.my_representatives,
    "suggest": suggest.suggest,
    "progress": suggest.progress,
}
