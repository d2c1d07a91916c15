"""Answer the menu below the chat: each key like the word it stands for."""

from __future__ import annotations

from bot.message import Incoming, Kind, Reply
from bot.router import Router
from handlers.chat import ask, greet, progress, station, suggest
from handlers.context import Context

router = Router()


@router.on(Kind.CLICK)
async def click(msg: Incoming, ctx: Context) -> Reply:
    """Answer a menu key; one that nobody knows gets help."""
    return await MENU.get(msg.event, greet.help_)(msg, ctx)


# the key of a menu line in the platform's console -> who answers
MENU = {
    "help": greet.help_,
    "human": ask.human,
    "reception": station.next_days,
    "representatives": station.my_representatives,
    "suggest": suggest.suggest,
    "progress": progress.progress,
}
