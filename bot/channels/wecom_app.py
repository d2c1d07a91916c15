"""Hear and speak as a WeCom 自建应用: representatives, clerks and units, one to one, with cards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels import envelope, reading
from bot.channels.api import Api
from bot.channels.base import Abilities, Answer, Call
from bot.channels.reading import Fields, Reader, Said
from bot.channels.words import fit, flat, unspeakable
from bot.errors import Malformed, Remedy, SendFailed
from bot.message import Card, CardUpdate, Content, Incoming, Kind, Markdown, Media, Sent, Text
from config.settings import Account

# The platform drops a repeat of the same words to the same people within this time; at most 4 h (WW 90236).
DUPLICATE_S = 1800
# Whom a message with errcode 0 still left out (platform.md B3).
LEFT_OUT = ("invaliduser", "unlicenseduser", "invalidparty", "invalidtag")
MAX_BUTTONS = 6
MAX_FACTS = 6


class WecomApp:
    """The self-built app: the only channel whose buttons come back."""

    name = "wecom_app"
    abilities = Abilities(answers_in_place=True, can_push=True, can_card=True, idempotent=True)

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Return the decrypted echostr; WeCom waits 1 s for it."""
        return envelope.open_echo(call, account, now)

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Verify, decrypt, translate."""
        return _read(envelope.open_call(call, account, now), account)

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Return the passive text reply; an empty 200 says nothing, and a press takes no words (WW 90240)."""
        if not text.strip() or incoming.kind is Kind.CARD:
            return Answer(b"")
        message = envelope.text_reply(incoming.body, incoming.sender, text, now)
        return envelope.sealed_answer(message, call, account, now)

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - the platform knows its own repeats
        """Push to one userid, or to several as "a|b"."""
        if isinstance(content, CardUpdate):
            return await self._update_card(account, to, content)
        body = {
            "touser": to,
            "agentid": account.agent_id,
            **_said(content, self.abilities.max_bytes),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_S,
        }
        answer = await self._api.call(account, "/cgi-bin/message/send", body)
        # A card is known by the code that changes it, once and within 72 h (WW 90236).
        return Sent(str(answer.get("response_code") or answer.get("msgid", "")), _refused(answer, to.split("|")))

    async def _update_card(self, account: Account, to: str, content: CardUpdate) -> Sent:
        body = {
            "atall": 1,  # whoever else got this card must not press what is done
            "agentid": account.agent_id,
            "response_code": content.response_code,
            "button": {"replace_name": fit(content.replace_name, 64)},
        }
        answer = await self._api.call(account, "/cgi-bin/message/update_template_card", body)
        return Sent(refused=_refused(answer, to.split("|")))

    async def fetch_media(self, account: Account, media: Media) -> tuple[bytes, str]:
        """Return the bytes and the type of something a member sent."""
        return await self._api.fetch_media(account, media)


def _refused(answer: Mapping[str, Any], users: list[str]) -> dict[str, str]:
    """Return who was left out and why, spelled as we spell them; if that is everybody, the message failed."""
    ours = {user.lower(): user for user in users}  # the ids come back in lower case
    refused: dict[str, str] = {}
    for why in LEFT_OUT:
        named = answer.get(why) or ()
        names = named.split("|") if isinstance(named, str) else map(str, named)
        refused |= {ours.get(name.lower(), name): why for name in names if name}
    if refused and set(users) <= refused.keys():
        raise SendFailed(81013, " ".join(sorted(set(refused.values()))), Remedy.UNREACHABLE)
    return refused


# ---- saying ---------------------------------------------------------------------------------------------------------


def _said(content: Content, max_bytes: int) -> dict[str, Any]:
    """Return the part of message/send that holds the content."""
    match content:
        case Text(text):
            return {"msgtype": "text", "text": {"content": fit(text, max_bytes)}}
        case Markdown(text):
            return {"msgtype": "markdown", "markdown": {"content": fit(text, max_bytes)}}
        case Card() if content.buttons or content.url:
            return {"msgtype": "template_card", "template_card": _card(content)}
        case Card():  # text_notice must lead somewhere (WW 90236): without an address it is text
            return {"msgtype": "text", "text": {"content": fit(flat(content), max_bytes)}}
        case _:
            raise unspeakable(content)


def _card(card: Card) -> dict[str, Any]:
    """Return button_interaction, or text_notice for a card without buttons."""
    said: dict[str, Any] = {
        "card_type": "button_interaction" if card.buttons else "text_notice",
        "task_id": card.task_id,
        "main_title": {"title": fit(card.title, 128)},
        "sub_title_text": fit(card.text, 512),
        "horizontal_content_list": [
            {"keyname": fit(name, 64), "value": fit(value, 256)} for name, value in card.facts[:MAX_FACTS]
        ],
    }
    if card.buttons:
        buttons = card.buttons[:MAX_BUTTONS]
        said["button_list"] = [{"text": button.text, "style": button.style, "key": button.key} for button in buttons]
    if card.url:
        said["card_action"] = {"type": 1, "url": card.url}
    return said


# ---- hearing (platform.md B1, B2) -----------------------------------------------------------------------------------


@envelope.only(Malformed)
def _read(body: bytes, account: Account) -> Incoming:
    return reading.read(envelope.parse(body), body, account, EVENTS)


def _enter(_fields: Fields) -> Said:
    return {"kind": Kind.ENTER}


EVENTS: dict[str, Reader] = {
    "subscribe": reading.subscribe,
    "unsubscribe": reading.unsubscribe,
    "enter_agent": _enter,
    "click": reading.click,
    "location": reading.location,
    "template_card_event": reading.card,
}
