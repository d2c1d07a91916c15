"""Speak into an internal WeCom group through its 消息推送 webhook; it hears nothing."""

# ruff: noqa: ARG002 - the Channel protocol asks for arguments that a one-way channel has no use for

from __future__ import annotations

from datetime import datetime

from bot.channels.api import Api
from bot.channels.base import Abilities, Answer, Call
from bot.channels.words import fit, flat, unspeakable
from bot.errors import Forged
from bot.message import Card, Content, Incoming, Markdown, Sent, Text
from config.settings import Account

MAX_MARKDOWN = 4096  # text: 2048 (WW 99110)


class GroupRobot:
    """The webhook of one group: 20 messages a minute, outbound only."""

    name = "group_robot"
    abilities = Abilities(answers_in_place=False, can_push=True, can_card=False, idempotent=False)

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Refuse: the platform never calls a webhook back."""
        raise Forged("group_robot hears nothing")

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Refuse: the platform never calls a webhook back."""
        raise Forged("group_robot hears nothing")

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Say nothing: there is no call to answer."""
        return Answer(b"")

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:
        """Push text or markdown into the group of this account."""
        match content:
            case Text(text):
                body = {"msgtype": "text", "text": {"content": fit(text, self.abilities.max_bytes)}}
            case Markdown(text):
                body = {"msgtype": "markdown", "markdown": {"content": fit(text, MAX_MARKDOWN)}}
            case Card():
                body = {"msgtype": "text", "text": {"content": fit(flat(content), self.abilities.max_bytes)}}
            case _:
                raise unspeakable(content)
        await self._api.post(account, self._api.webhook(account), body)
        return Sent()
