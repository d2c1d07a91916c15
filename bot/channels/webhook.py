"""Tell programs of subscribers what happens to cases: signed as Standard Webhooks 1.0 says; it hears nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from bot.channels.base import Abilities
from bot.channels.envelope import dump
from bot.channels.outbound import Outbound
from bot.channels.words import unspeakable
from bot.message import Content, News, Sent
from config.settings import Account

PREFIX = "whsec_"


class Webhook(Outbound):
    """One subscriber's address; `webhook-id` is our key, so that a repeat is known as one."""

    name = "webhook"
    abilities = Abilities(answers_in_place=False, can_push=True, can_card=False, idempotent=True)

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - the protocol's
        """POST one piece of news with its signature."""
        if not isinstance(content, News):
            raise unspeakable(content)
        body = dump(dict(content.facts))
        moment = str(int(self._api.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{signature(account.secret, key, moment, body)}",
        }
        await self._api.outward.post(account.url, body, headers, private=account.private)
        return Sent(key)


def signature(secret: str, key: str, moment: str, body: bytes) -> str:
    """Return the signature of one delivery: HMAC-SHA256 over id, time and body, in base64."""
    signed = f"{key}.{moment}.".encode() + body
    return base64.b64encode(hmac.new(_bytes(secret), signed, hashlib.sha256).digest()).decode()


def _bytes(secret: str) -> bytes:
    """Return the secret's bytes: base64 behind `whsec_`, else the words themselves."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
