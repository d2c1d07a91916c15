"""What a channel is that only speaks: the platform never calls it back."""

# ruff: noqa: ARG002 - the Channel protocol asks for arguments that a one-way channel has no use for

from __future__ import annotations

from datetime import datetime

from bot.channels.api import Api
from bot.channels.base import Answer, Call
from bot.errors import Forged
from bot.message import Incoming
from config.settings import Account


class Outbound:
    """A channel that hears nothing: whoever calls it is not the platform."""

    name: str

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Refuse: nobody checks an address we never gave out."""
        raise Forged(f"{self.name} hears nothing")

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Refuse: the platform never calls back."""
        raise Forged(f"{self.name} hears nothing")

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Say nothing: there is no call to answer."""
        return Answer(b"")
