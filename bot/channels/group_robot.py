"""Speak into an internal WeCom group through its 消息推送 webhook; it hears nothing."""

from __future__ import annotations

from bot.channels.base import Abilities
from bot.channels.outbound import Outbound
from bot.channels.words import fit, flat, unspeakable
from bot.message import Card, Content, Markdown, Sent, Text
from config.settings import Account

MAX_MARKDOWN = 4096  # text: 2048 (WW 99110)


class GroupRobot(Outbound):
    """The webhook of one group: 20 messages a minute, outbound only."""

    name = "group_robot"
    abilities = Abilities(answers_in_place=False, can_push=True, can_card=False, idempotent=False)

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - the address is the account's key
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
