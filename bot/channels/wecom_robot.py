"""Hear and speak as a WeCom 智能机器人: @-mentions in internal groups and single chats, in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels import envelope, reading
from bot.channels.api import Api
from bot.channels.base import Abilities, Answer, Call
from bot.channels.reading import Fields, Reader, Said, digest, each, verbatim, within, word
from bot.channels.words import fit, flat, unspeakable
from bot.errors import Malformed
from bot.message import Card, CardClick, Content, Incoming, Kind, Markdown, Media, Sent, Text
from config.settings import Account

MAX_STREAM = 20480  # bytes of a stream or markdown answer (platform.md B6)
_MENTION = re.compile(r"^\s*@\S+\s*")  # in a group every message begins with the robot's name


class WecomRobot:
    """The smart robot in webhook mode; its receive id is empty."""

    name = "wecom_robot"
    # response_url takes one message within 1 h of what was heard; there is no other way to speak first.
    abilities = Abilities(
        answers_in_place=True,
        can_push=False,
        can_card=False,
        idempotent=False,
        window_hours=1,
        window_count=1,
        max_bytes=MAX_STREAM,
    )

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Return the decrypted echostr; WeCom waits 1 s for it."""
        return envelope.open_echo(call, account, now)

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Verify, decrypt, translate; a message without create_time happened when it was signed."""
        return _read(envelope.open_call(call, account, now), call.query.get("timestamp", ""), account)

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Return a finished stream to a message, text to enter_chat; nothing else can be answered with words."""
        said = fit(text, MAX_STREAM)
        if not said.strip() or incoming.event not in ("", "enter_chat"):
            return Answer(b"")
        message: Mapping[str, Any] = {"msgtype": "text", "text": {"content": said}}
        if incoming.event != "enter_chat":
            stream = {"id": incoming.key[:32], "finish": True, "content": said}
            message = {"msgtype": "stream", "stream": stream}
        return envelope.sealed_robot_answer(message, call, account, now)

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - the address works once
        """Post markdown to a response_url: that is what `to` is here."""
        match content:
            case Text(text) | Markdown(text):
                words = text
            case Card():
                words = flat(content)
            case _:
                raise unspeakable(content)
        await self._api.post(account, to, {"msgtype": "markdown", "markdown": {"content": fit(words, MAX_STREAM)}})
        return Sent()

    async def fetch_media(self, account: Account, media: Media) -> tuple[bytes, str]:
        """Return the bytes and the type of something a member sent; its address lives 5 minutes."""
        return await self._api.fetch_media(account, media)


@envelope.only(Malformed)
def _read(body: bytes, signed_at: str, account: Account) -> Incoming:
    fields = envelope.parse(body)
    kind, sender = word(fields, "msgtype"), word(within(fields, "from"), "userid")
    if not kind or not sender:
        raise Malformed("msgtype, from")
    event = word(within(fields, "event"), "eventtype") if kind == "event" else "" if kind in MESSAGES else kind
    reader = EVENTS.get(event, reading.unknown) if kind == "event" else MESSAGES.get(kind, reading.unknown)
    return Incoming(
        key=digest(account, "robot", word(fields, "msgid") or body),
        channel=account.channel,
        account=account.code,
        sender=sender,
        at=reading.moment(word(fields, "create_time") or signed_at),
        chat=word(fields, "chatid") if word(fields, "chattype") == "group" else "",
        event=event,
        response_url=word(fields, "response_url"),
        quote=_words_of(within(fields, "quote")),
        body=body,
        **reader(fields),
    )


def _typed(fields: Fields, text: str) -> str:
    """Return the words without the robot's name, which stands before them in a group."""
    return _MENTION.sub("", text) if word(fields, "chattype") == "group" else text


def _text(fields: Fields) -> Said:
    return {"kind": Kind.TEXT, "text": _typed(fields, _words_of(fields))}


def _mixed(fields: Fields) -> Said:
    return {"kind": Kind.MIXED, "text": _typed(fields, _words_of(fields)), "media": _pictures_of(fields)}


def _voice(fields: Fields) -> Said:
    """The platform has written the sound down already and keeps no sound for us."""
    return {"kind": Kind.VOICE, "text": _words_of(fields)}


def _media(kind: Kind) -> Reader:
    """Return the reader of a type that is one file; its url lives 5 minutes and leads to encrypted bytes."""

    def read(fields: Fields) -> Said:
        return {"kind": kind, "media": (Media(kind, url=word(within(fields, kind.value), "url")),)}

    return read


def _words_of(fields: Fields) -> str:
    """Return the words of a message or of a quote, whatever type it has."""
    kind = word(fields, "msgtype")
    if kind == "mixed":
        return "\n".join(verbatim(within(item, "text"), "content") for item in _items(fields, "text"))
    return verbatim(within(fields, kind), "content")


def _pictures_of(fields: Fields) -> tuple[Media, ...]:
    return tuple(Media(Kind.IMAGE, url=word(within(item, "image"), "url")) for item in _items(fields, "image"))


def _items(fields: Fields, kind: str) -> list[Fields]:
    """Return the parts of one kind of a mixed message, in order."""
    return [item for item in each(within(fields, "mixed"), "msg_item") if word(item, "msgtype") == kind]


def _enter(_fields: Fields) -> Said:
    return {"kind": Kind.ENTER}


def _card(fields: Fields) -> Said:
    pressed = within(within(fields, "event"), "template_card_event")
    chosen = {}
    for item in each(within(pressed, "selected_items"), "selected_item"):
        options = each(within(item, "option_ids"), "option_id")
        chosen[word(item, "question_key")] = tuple(str(option) for option in options)
    click = CardClick(word(pressed, "task_id"), word(pressed, "event_key"), selected=chosen)
    return {"kind": Kind.CARD, "card": click}


def _feedback(fields: Fields) -> Said:
    """A thumb up or down under an answer; it may only be answered with silence."""
    told = within(within(fields, "event"), "feedback_event")
    return {
        "kind": Kind.UNKNOWN,
        "text": verbatim(told, "content"),
        "receipt_id": word(told, "id"),
        "receipt_status": word(told, "type"),
    }


MESSAGES: dict[str, Reader] = {
    "text": _text,
    "mixed": _mixed,
    "voice": _voice,
    "image": _media(Kind.IMAGE),
    "file": _media(Kind.FILE),
    "video": _media(Kind.VIDEO),
}
EVENTS: dict[str, Reader] = {"enter_chat": _enter, "template_card_event": _card, "feedback_event": _feedback}
