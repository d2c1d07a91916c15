"""The state of the emulated platforms: who is there, what they may do, what they saw."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.emulator.accounts import EmulatedAccount, EmulatedGroup, EmulatedPerson
from bot.emulator.broadcasts import Broadcasts
from bot.emulator.calls import Letter
from bot.emulator.cards import Cards
from bot.emulator.faults import Faults
from bot.emulator.kf_desk import KfDesk
from bot.emulator.ledger import ChatLine, Ledger
from bot.emulator.limits import Rates, Windows
from bot.emulator.media import MediaShelf
from bot.emulator.oauth import Codes
from bot.emulator.tokens import Tokens


class Post(Protocol):
    """Whoever carries a callback to the service."""

    async def post(self, letter: Letter) -> object:
        """Carry one callback."""


class World:
    """Everything the endpoints, the postman and the pages share."""

    def __init__(
        self,
        accounts: Sequence[EmulatedAccount],
        now: Callable[[], datetime],
        people: Sequence[EmulatedPerson] = (),
        groups: Sequence[EmulatedGroup] = (),
        ledger_limit: int | None = None,
    ) -> None:
        """Set the stage."""
        self.accounts = list(accounts)
        self.now = now
        self.people = list(people)
        self.groups = {group.chat_id: group for group in groups}
        self.base_url = ""
        self.ledger = Ledger(ledger_limit)
        self.faults, self.rates, self.windows, self.cards = Faults(), Rates(), Windows(), Cards()
        self.tokens = Tokens(self.rates)
        self.media = MediaShelf()
        self.codes = Codes()
        self.virtual: set[tuple[str, str]] = set()  # (account, person): looks at a page by a preview account
        self.kf = KfDesk()
        self.broadcasts = Broadcasts()
        self.members: dict[str, set[str]] = {}  # account key -> ids in their own spelling
        self.gone: set[tuple[str, str]] = set()  # unsubscribed
        self.blocked: set[tuple[str, str]] = set()
        self.ticks: dict[tuple[str, str, str], int] = {}  # 订阅通知 a person agreed to; -1 is for good
        self.response_urls: dict[str, tuple[EmulatedAccount, str, str, datetime]] = {}
        self.postman: Post | None = None  # set once the emulator has started
        self.stopping = asyncio.Event()
        self._msg_ids = itertools.count(24_000_000_000_000_000 + secrets.randbelow(10**15))
        self._tasks: set[asyncio.Task[Any]] = set()
        for person in people:
            if person.account_code:
                self.meet(self.account(person.account_code), person.id)

    def account(self, which: EmulatedAccount | str) -> EmulatedAccount:
        """Return the account by "code" or "channel/code"; raises LookupError if none or several fit."""
        if isinstance(which, EmulatedAccount):
            return which
        found = [a for a in self.accounts if which in (a.key, a.code)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} accounts are called {which}")
        return found[0]

    def meet(self, account: EmulatedAccount, person: str) -> None:
        """Let the account know a person (a follower, a member, a customer)."""
        self.members.setdefault(account.key, set()).add(person)

    def knows(self, account: EmulatedAccount, person: str) -> bool:
        """Say whether this person may be written to at all."""
        return person in self.members.get(account.key, ())

    def follows(self, account: EmulatedAccount, person: str) -> bool:
        """Say whether this person is there now: met, and not gone again."""
        return self.knows(account, person) and (account.key, person) not in self.gone

    def name_of(self, person: str) -> str:
        """Return what the people call this id."""
        return next((p.name for p in self.people if p.id == person), person)

    def msg_id(self) -> int:
        """Return the next 64-bit message id."""
        return next(self._msg_ids)

    def show(self, account: EmulatedAccount, person: str, author: str, text: str, **more: Any) -> ChatLine:
        """Put a line where the person sees it."""
        return self.ledger.shown(self.now(), account.key, person, author, text, **more)

    def later(self, deed: Coroutine[Any, Any, Any]) -> None:
        """Let something happen beside the current call."""
        task = asyncio.get_running_loop().create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for everything that was to happen later."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the emulator lives."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
