"""What every channel promises: to hear, to answer in place, to send, and to say what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.value import value

if TYPE_CHECKING:
    from bot.message import Content, Incoming, Sent
    from config.settings import Account


@value(frozen=True, slots=True)
class Abilities:
    """What a channel can do, so that the service never promises more."""

    answers_in_place: bool  # a callback's HTTP response reaches the person
    can_push: bool  # we may speak first
    can_card: bool  # buttons come back as card clicks
    idempotent: bool  # the platform itself drops a repeat of our message
    window_hours: int = 0  # 0: no window; else how long after the person's last word we may push
    window_count: int = 0  # how many pushes fit in one window
    max_bytes: int = 2048  # of one text


@value(frozen=True, slots=True)
class Call:
    """One HTTP call of the platform: the query as given and the raw body."""

    query: Mapping[str, str]
    body: bytes = b""


@value(frozen=True, slots=True)
class Answer:
    """What the platform's call gets back."""

    body: bytes
    content_type: str = "text/plain"


class Channel(Protocol):
    """One way to hear and speak."""

    name: str
    abilities: Abilities

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Return what a URL check wants back; raises Forged."""
        ...

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Verify the raw bytes, decrypt, translate; raises Forged or Malformed."""
        ...

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Return the HTTP answer that carries `text`, or the platform's word for "nothing to say" if it is empty."""
        ...

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:
        """Give one message to the platform; `key` makes it idempotent where the platform can; raises SendFailed."""
        ...
