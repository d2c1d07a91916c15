"""What happened on the emulated platforms: every API call, every callback try, every line somebody saw."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ApiRow:
    """One call of our API by the service.

    `fate` is delivered, duplicate, dropped (silently, over a limit), partly (some people refused), refused,
    faulted (an injected fault, nothing done) or answered (nothing to deliver).
    """

    at: datetime
    path: str
    account: str
    target: str
    kind: str
    content: str
    errcode: int
    fate: str
    fault: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TryRow:
    """One try to hand the service a callback; status 0 means no answer in time or no connection."""

    at: datetime
    account: str
    person: str
    event: str
    number: int
    status: int
    fault: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class CardShown:
    """A card as one person sees it; `said` is the grey word that stands where the buttons were."""

    task_id: str
    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()  # what it says, its key
    url: str = ""
    said: str = ""
    card_type: str = ""


@dataclass(slots=True)
class ChatLine:
    """One thing somebody sees in a chat; `author` is person, service or platform."""

    number: int
    at: datetime
    account: str
    person: str
    author: str
    text: str
    chat: str = ""  # the group, empty in a private chat
    kind: str = "text"
    via: str = ""  # said, answer, push, template, subscription, webhook, response_url
    card: CardShown | None = None
    url: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # a menu of the customer service: id, words


class Ledger:
    """Rows of all that happened; `limit` bounds each kind for long runs, the counters go on."""

    def __init__(self, limit: int | None = None, on_line: Callable[[ChatLine], None] | None = None) -> None:
        """Start empty."""
        self.calls: deque[ApiRow] = deque(maxlen=limit)
        self.tries: deque[TryRow] = deque(maxlen=limit)
        self.lines: deque[ChatLine] = deque(maxlen=limit)
        self.counts: Counter[str] = Counter()  # "call:<path>:<errcode>", "fate:<fate>", "try:<status>", "line:<author>"
        self.on_line = on_line
        self.watchers: set[Callable[[ChatLine], None]] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._numbers = 0

    def called(self, row: ApiRow) -> None:
        """Note an API call."""
        self.calls.append(row)
        self.counts[f"call:{row.path}:{row.errcode}"] += 1
        self.counts[f"fate:{row.fate}"] += 1
        self._wake()

    def tried(self, row: TryRow) -> None:
        """Note a callback try."""
        self.tries.append(row)
        self.counts[f"try:{row.status}"] += 1
        self._wake()

    def shown(self, at: datetime, account: str, person: str, author: str, text: str, **more: Any) -> ChatLine:
        """Note a line that somebody sees, tell who watches, return it."""
        self._numbers += 1
        line = ChatLine(self._numbers, at, account, person, author, text, **more)
        self.lines.append(line)
        self.counts[f"line:{author}"] += 1
        self.changed(line)
        return line

    def changed(self, line: ChatLine) -> None:
        """Tell who watches that a line is new or looks different now."""
        if self.on_line:
            self.on_line(line)
        for watcher in tuple(self.watchers):
            watcher(line)
        self._wake()

    async def until(self, look: Callable[[], Found | None], within: float = 5.0) -> Found:
        """Return what `look` finds, looking again after each thing that happens; raises TimeoutError."""
        async with asyncio.timeout(within):
            while not (found := look()):
                again: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(again)
                await again
        return found

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
