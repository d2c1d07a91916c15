"""Hand a case out: the card with its buttons, the link for people without WeCom, a few words to the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.actions import cards, clocks
from bot.actions.assignments import Holder
from bot.actions.cards import Press
from bot.actions.cases import officers_of
from bot.message import Button, Card, Door, Text
from bot.outbox.queue import owe, way_to
from bot.rules.links import Links
from bot.rules.privacy import Sealer
from bot.rules.redaction import shown, title
from bot.store import reads
from bot.store.db import Db
from bot.store.tables import clerk
from bot.value import value
from config.texts import Texts

BUTTONS = ("accept", "return", "transfer", "reply")
LINK_DAYS = 7  # unless the office says otherwise (limit `link-days`)


@value(frozen=True, slots=True)
class Desk:
    """What every deed is given: the open transaction, the house's words, the time."""

    db: Db
    texts: Texts
    now: datetime
    links: Links | None = None  # for people without WeCom; without it they get the card and no link
    press: Press | None = None  # the button that asked for the deed, if it was one
    sealer: Sealer | None = None  # for rooms whose address is kept sealed


DeskOf = Callable[[Db], Desk]  # for work that takes several turns at the writer


async def hand_card(desk: Desk, case: Any, holder: Holder) -> None:
    """Owe everybody who may act for a holder the card with its buttons, or without WeCom with a link to a page."""
    due = await clocks.answer_day(desk.db, case.id)
    days = await clocks.limit(desk.db, "link-days", LINK_DAYS)
    group_name = await reads.group_name(desk.db, case.group_id) if case.group_id else None
    for person_id in holder.people:
        card = Card(
            task_id=f"assign-{holder.assignment_id}-{person_id}",
            title=desk.texts("push.assigned_title", number=case.number),
            text=title(case),
            facts=(
                (desk.texts("push.place"), shown(case, case.place) or group_name or desk.texts("push.no_place")),
                (desk.texts("push.role"), desk.texts(f"holder.{holder.role}")),
                (desk.texts("push.due"), due),
            ),
            buttons=tuple(Button(desk.texts(f"button.{name}"), f"{name}:{case.number}") for name in BUTTONS),
            notice={"number": case.number, "subject": title(case), "due": due},
            door=Door(
                holder.assignment_id, person_id, int((desk.now + timedelta(days=days)).timestamp()),
                desk.texts("link.how"), desk.texts("link.how_words", days=days),
            ),
        )  # fmt: skip
        await push(desk, f"assign:{holder.assignment_id}:{person_id}", person_id, card, case.id)
    if not holder.people:
        words = desk.texts("push.nobody_there", number=case.number, name=holder.name)
        await tell_desk(desk, case, f"nobody:{holder.assignment_id}", words)


async def tell_desk(desk: Desk, case: Any, key: str, words: str, *, office: bool = False) -> None:
    """Owe the station's clerks (and the office's people) a few words about a case."""
    rows = await desk.db.all(select(clerk.c.person_id).where(clerk.c.station_id == case.station_id))
    people = [row.person_id for row in rows]
    people += await officers_of(desk.db, case.station_id) if office or not people else []
    for person_id in dict.fromkeys(people):
        await push(desk, f"{key}:{person_id}", person_id, Text(words), case.id)


async def push(desk: Desk, key: str, person_id: int, content: Card | Text, suggestion_id: int) -> None:
    """Owe somebody who is to know of a case a card or a few words, once under that key."""
    way = await way_to(desk.db, person_id)
    await owe(
        desk.db, key=key, way=way, content=content, now=desk.now, person_id=person_id, suggestion_id=suggestion_id
    )


async def grey(desk: Desk, case: Any, prefix: str, word: str) -> None:
    """Let the cards of a deed say that it is done."""
    await cards.settle(desk.db, case.id, prefix, desk.texts(f"card.{word}"), desk.now, desk.press)
