"""One day on the stage with a few verbs: do, see, move the clock."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from bot.clock import SHANGHAI, TravelClock
from bot.demo.stage import Stage
from bot.store.tables import outgoing
from handlers import ROUTER, TIMETABLE

say = partial(print, flush=True)

WANG, KANG = "oWangGuilan", "wmKangDeming"
ZHANG, LI, TIAN, HAN = "zhangweiguo", "lixiuying", "tianmin", "hanxueqin"
MENG, LV = "mengdawei", "lvhong"
CHEN = "oChenLihua"
GROUP = "wrSample-hepan-1"


class Unseen(Exception):
    """An outcome that had to be seen was not."""


class Day:
    """The day's stage with a few verbs for the script."""

    def __init__(self, stage_: Stage, clock: TravelClock) -> None:
        """Play on that stage."""
        self.stage, self.clock = stage_, clock
        self.platform = stage_.platform

    async def see(self, what: str, happened: bool) -> None:
        """Note an outcome, or end the play."""
        if not happened:
            raise Unseen(what)
        say(f"    ✓ {what}")

    async def hears(self, person: str, words: str) -> bool:
        """Whether the person sees these words from the service, now or within a few seconds."""
        try:
            await self.platform.until_heard(person, words, within=8.0)
        except TimeoutError:
            return False
        return True

    async def card_says(self, person: str, task: str, word: str) -> bool:
        """Whether the person's newest card whose task begins so turns grey with this word within a few seconds."""

        def look() -> bool:
            return bool(self.card(person, task).said == word)

        try:
            return await self.platform.ledger.until(look, 8.0)
        except TimeoutError:
            return False

    def card(self, person: str, task: str) -> Any:
        """Return the person's newest card whose task begins so."""
        cards = [line.card for line in self.platform.chat_of(person, "gongzuo") if line.card]
        return [card for card in cards if card.task_id.startswith(task)][-1]

    async def group_hears(self, words: str) -> bool:
        """Whether the group sees these words from the service within a few seconds."""

        def look() -> bool:
            return any(words in line.text and line.author == "service" for line in self.platform.group_chat(GROUP))

        try:
            return await self.platform.ledger.until(look, 8.0)
        except TimeoutError:
            return False

    async def rows(self, query: Any) -> list[Any]:
        """Return rows of the service's own store."""
        async with self.stage.deps.store.read() as db:
            return await db.all(query)

    async def move_to(self, day: int, hour: int, minute: int = 0) -> None:
        """Let it be that time, and let the timetable tick."""
        await self.rest()
        self.clock.move_to(datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI))
        say(f"—— 12月{day}日 {hour:02}:{minute:02} ——")
        await self.tick()

    async def rest(self) -> None:
        """Wait until the outbox owes nothing that is due; time does not jump while a message is under way."""
        due = select(outgoing.c.id).where(
            (outgoing.c.state == "sending")
            | ((outgoing.c.state == "waiting") & (outgoing.c.due_at <= self.clock.now()))
        )
        async with asyncio.timeout(15):
            while await self.rows(due):  # noqa: ASYNC110 - only the rows tell, no event does
                await asyncio.sleep(0.02)  # as said on the line above

    async def tick(self) -> None:
        """Let every line of the timetable come due once."""
        for entry in TIMETABLE:
            await entry.tick(self.stage.deps, ROUTER)
        self.stage.deps.outbox.wake.set()
