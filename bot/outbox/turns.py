"""Whose turn it is to be spoken to: so many at once, each account at its pace, nobody held up by another's wait."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.outbox.floor import Floor
from bot.outbox.pace import Budget, Pace, account_budgets

AT_ONCE = 24  # receivers spoken to at the same moment: at 100 ms an answer more than the 167 a second WeCom allows
AHEAD_S = 1.0  # a push is given its moment so long before it may go
PATIENCE_S = 5.0  # what must wait for its account so long stays in hand; what must wait longer is put back
MOST_DOZING = 100  # receivers of one account in hand whose time is still to come: more are not claimed


@dataclass(slots=True)
class Turns:
    """Who speaks now, who a little later, and which accounts are left alone."""

    pace: Pace
    clock: Clock
    patient: bool = False  # whether anybody waits here at all: a single round of a test or of the scripted day does not
    dozing: Counter[tuple[str, str]] = field(default_factory=Counter)  # account -> receivers whose time is to come
    _paused: dict[tuple[str, str], datetime] = field(default_factory=dict)  # account -> not before
    _floor: Floor = field(default_factory=lambda: Floor(AT_ONCE))

    @asynccontextmanager
    async def turn(self, row: Any) -> AsyncIterator[None]:
        """Enter when a row's receiver may be spoken to; while its account rests for a moment, others go first."""
        while True:
            async with self._floor:
                if not (self.patient and 0 < (rest := self.rest(row)) <= PATIENCE_S):
                    yield
                    return
            await self._doze(row, rest)

    async def moment(self, row: Any, limits: Sequence[Budget]) -> tuple[datetime | None, float]:
        """Take a push out of its limits and return when it goes, which is now; else None and the seconds to wait."""
        ahead = AHEAD_S if self.patient else 0.0
        while True:
            now = self.clock.now()
            wait = await self.pace.take_all(limits, now, ahead)
            if wait <= ahead:
                await self._let_others(row, wait)
                return now + timedelta(seconds=wait), 0.0
            wait -= ahead / 2
            full = await self.pace.full(account_budgets(row.channel, row.account), now)
            if full:
                self.pause(row, wait)
            if not (full and self.patient and wait <= PATIENCE_S):
                return None, wait
            await self._let_others(row, wait)

    def pause(self, row: Any, wait: float) -> None:
        """Leave a row's whole account alone: the platform would say the same to every other row."""
        self._paused[row.channel, row.account] = self.clock.now() + timedelta(seconds=wait)

    def rest(self, row: Any) -> float:
        """Return seconds for which a row's account is still left alone, not above 0.0 if it is not."""
        now = self.clock.now()
        return (self._paused.get((row.channel, row.account), now) - now).total_seconds()

    def resting(self) -> list[str]:
        """Return the accounts that are left alone now or have enough in hand, as the rows name them."""
        now = self.clock.now()
        self._paused = {account: until for account, until in self._paused.items() if until > now}
        full = {account for account, dozing in self.dozing.items() if dozing >= MOST_DOZING}
        return ["/".join(account) for account in full | self._paused.keys()]

    def next_one(self, within: float) -> float:
        """Return seconds until an account may speak again, at most `within`."""
        now = self.clock.now()
        return min([within, *(max(0.01, (until - now).total_seconds()) for until in self._paused.values())])

    async def _let_others(self, row: Any, wait: float) -> None:
        """Give up the floor while a row's time comes, and have it again before those who have not been asked yet."""
        if not wait:
            return
        self._floor.leave()
        try:
            await self._doze(row, wait)
        finally:
            await self._floor.enter(due=True)

    async def _doze(self, row: Any, seconds: float) -> None:
        account = row.channel, row.account
        self.dozing[account] += 1
        try:
            await asyncio.sleep(seconds)  # until the moment the pace gave it
        finally:
            self.dozing[account] -= 1
