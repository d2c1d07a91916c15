"""The outbox: what will be said, what was, what the platform refused and why – to hold, reword, copy or send again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import structlog
from aiohttp import web

from bot.actions import pushes
from bot.channels.remedies import remedy_for
from bot.channels.words import flat
from bot.errors import Refused
from bot.message import Card, Markdown, Template, Text
from bot.outbox.queue import from_json
from bot.store import Db, reads_cases, reads_outbox
from bot.store.reads_outbox import MOST, TABS, Wanted
from handlers.console.visit import Visit, number_in
from handlers.stories import unreached

log = structlog.get_logger(__name__)

OUTBOX = "/console/outbox"
DEEDS = ("hold", "release", "reword", "resend")
UNDO_WITHIN = timedelta(minutes=10)  # in which the words of before are still known


async def show(visit: Visit) -> web.StreamResponse:
    """Show a page of pushes of my stations."""
    query = visit.request.query
    wanted, chosen = _wanted(visit), number_in(query.get("station", ""))
    async with visit.deps.store.read() as db:
        rows = await reads_outbox.page(db, visit.me.desk & {chosen} if chosen else visit.me.desk, wanted)
        stations = await reads_cases.stations(db, visit.me.desk)
    more = urlencode({**query, "beyond": rows[MOST - 1].id}) if len(rows) > MOST else ""
    channels = sorted({each for each, _ in visit.deps.settings.accounts})
    shown = [(row, words_of(row), unreached(visit.deps.texts, row), _next(visit, row)) for row in rows[:MOST]]
    return visit.page(
        "outbox.html", rows=shown, more=more,
        query=query, stations=stations, channels=channels, tabs=TABS, wanted=wanted, chosen=chosen, now=visit.now,
        before=_before(visit), can_reword=pushes.can_reword, can_resend=pushes.can_resend, longest=pushes.LONGEST,
    )  # fmt: skip


async def act(visit: Visit) -> web.StreamResponse:
    """Do one thing with one push; a refusal is said on the page that follows, and the words typed are not lost."""
    deed, number = visit.request.match_info["deed"], number_in(visit.request.match_info["push"])
    if deed not in DEEDS:
        raise web.HTTPNotFound
    back = f"{OUTBOX}?{urlencode(parse_qsl(visit.word('back')))}"
    try:
        row = await visit.deps.store.write(partial(_act, visit=visit, number=number, deed=deed))
    except Refused as refusal:
        typed = [visit.deps.texts("outbox.typed", words=visit.word("words"))] if visit.word("words") else []
        return await visit.go(back, visit.refusal(refusal), *typed)
    log.info("push_deed", deed=deed, row=number, by=visit.me.person_id)
    visit.deps.outbox.wake.set()
    if deed == "reword":
        until = (visit.now + UNDO_WITHIN).timestamp()
        await visit.remember(before={"push": number, "words": words_of(row), "until": until})
    return await visit.go(back, visit.deps.texts(f"outbox.did_{deed}", number=number))


async def _act(db: Db, *, visit: Visit, number: int, deed: str) -> Any:
    mine = visit.me.desk
    match deed:
        case "hold":
            return await pushes.hold(db, number, mine)
        case "release":
            return await pushes.release(db, number, mine, visit.now)
        case "reword":
            return await pushes.reword(db, number, mine, visit.word("words"))
        case _:
            return await pushes.resend(db, number, mine, visit.now)


def _next(visit: Visit, row: Any) -> str:
    """Return what follows from the platform's last no, in words; empty where it said none or has taken it since."""
    if not row.errcode or row.state in ("sent", "prepared", "cancelled"):
        return ""
    return visit.deps.texts(f"channels.remedy_{remedy_for(row.channel, row.errcode)}")


def words_of(row: Any) -> str:
    """Return what a push says, without addresses: they open a page for one person; empty where there are no words."""
    match from_json(row.content):
        case Text(text) | Markdown(text):
            return text
        case Card() as card:
            return flat(replace(card, url=""))
        case Template(values=values):
            return "\n".join(values.values())
        case _:
            return ""


def _before(visit: Visit) -> dict[str, Any] | None:
    """Return the words a push had before I changed it, as long as I may want them back."""
    known: dict[str, Any] | None = visit.session.facts.get("before") if visit.session else None
    return known if known and known["until"] > visit.now.timestamp() else None


def _wanted(visit: Visit) -> Wanted:
    query = visit.request.query
    tab = query.get("tab", "")
    channel = query.get("channel", "")
    return Wanted(
        tab=tab if tab in TABS else "planned",
        channel=channel if any(channel == each for each, _ in visit.deps.settings.accounts) else "",
        beyond=number_in(query.get("beyond", "")),
    )
