"""Hear and speak as 微信客服: voters one to one without following; the messages are fetched, not pushed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels import envelope, reading
from bot.channels.api import Api
from bot.channels.base import Abilities, Answer, Call
from bot.channels.reading import Fields, Reader, Said, digest, verbatim, within, word
from bot.channels.words import fit, plain
from bot.errors import Malformed, SendFailed
from bot.message import Content, Incoming, Kind, Media, Sent
from config.settings import Account

CUSTOMER, SYSTEM = "3", "4"  # origin; 5 is a colleague's own answer, which nobody needs to hear again
WELCOME = "welcome:"  # before the code of an enter_session, in the place of a receiver
TOKEN_OVER = 95007  # the callback's token is older than 10 minutes
PAGE = 1000  # most that one sync_msg brings (platform.md B8)


@dataclass(frozen=True, slots=True)
class Page:
    """What one sync_msg brought: store the messages, then the cursor, and ask again while `more`, even if empty."""

    messages: tuple[Incoming, ...]
    cursor: str
    more: bool


class CustomerService:
    """微信客服 as a WeCom app may use it: a callback says "something is there", sync_msg says what."""

    name = "customer_service"
    # 48 h and 5 messages until the voter writes again; our own msgid makes a repeat harmless (platform.md B8).
    abilities = Abilities(
        answers_in_place=False, can_push=True, can_card=False, idempotent=True, window_hours=48, window_count=5
    )

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Return the decrypted echostr."""
        return envelope.open_echo(call, account, now)

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Verify, decrypt, translate: Kind.PULL with the token as `text` and the open_kfid as `event`."""
        return _read(envelope.open_call(call, account, now), account)

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:  # noqa: ARG002 - the callback is nobody's message
        """Return the empty answer: a kf callback cannot carry words."""
        return Answer(b"")

    async def pull(self, account: Account, cursor: str, token: str) -> Page:
        """Fetch what came after `cursor`; the callback's token lives 10 minutes, without it the limits are strict."""
        answer = await self._sync(account, cursor, token)
        listed = answer.get("msg_list")
        messages = [_translate(one, account) for one in (listed if isinstance(listed, list) else [])]
        next_cursor = answer.get("next_cursor")
        return Page(
            messages=tuple(message for message in messages if message is not None),
            cursor=next_cursor if isinstance(next_cursor, str) and next_cursor else cursor,
            more=answer.get("has_more") == 1,
        )

    async def _sync(self, account: Account, cursor: str, token: str) -> dict[str, Any]:
        """Ask with the token, and without it once it has run out: after a restart the messages still wait."""
        body = {"open_kfid": account.open_kfid, "limit": PAGE, "voice_format": 0}
        body |= {name: value for name, value in (("cursor", cursor), ("token", token)) if value}
        try:
            return await self._api.call(account, "/cgi-bin/kf/sync_msg", body)
        except SendFailed as failed:
            if failed.errcode != TOKEN_OVER or not token:
                raise
        return await self._sync(account, cursor, "")

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:
        """Push a text to an external_userid, or to the entry whose WELCOME code `to` is; `key` makes twice once."""
        if to.startswith(WELCOME):
            return await self.welcome(account, to.removeprefix(WELCOME), plain(content), key)
        body = {
            "touser": to,
            "open_kfid": account.open_kfid,
            "msgid": msgid_of(key),
            "msgtype": "text",
            "text": {"content": fit(plain(content), self.abilities.max_bytes)},
        }
        answer = await self._api.call(account, "/cgi-bin/kf/send_msg", body)
        return Sent(platform_id=str(answer.get("msgid", "")))

    async def welcome(self, account: Account, code: str, text: str, key: str) -> Sent:
        """Answer an enter_session once, within 20 s of it; this does not count towards the five."""
        content = {"content": fit(text, self.abilities.max_bytes)}
        body = {"code": code, "msgid": msgid_of(key), "msgtype": "text", "text": content}
        answer = await self._api.call(account, "/cgi-bin/kf/send_msg_on_event", body)
        return Sent(platform_id=str(answer.get("msgid", "")))

    async def fetch_media(self, account: Account, media: Media) -> tuple[bytes, str]:
        """Return the bytes and the type of something a voter sent."""
        return await self._api.fetch_media(account, media)


def msgid_of(key: str) -> str:
    """Return our own message id of at most 32 signs for an outbox key."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()


# ---- the callback ---------------------------------------------------------------------------------------------------


@envelope.only(Malformed)
def _read(body: bytes, account: Account) -> Incoming:
    return reading.read(envelope.parse(body), body, account, {"kf_msg_or_event": _pull})


def _pull(fields: Fields) -> Said:
    return {"kind": Kind.PULL, "event": word(fields, "OpenKfId"), "text": word(fields, "Token")}


# ---- what sync_msg brings -------------------------------------------------------------------------------------------


def _translate(message: Any, account: Account) -> Incoming | None:
    """Return one message in the words of the house, or None for what no voter said."""
    try:
        return _read_message(message, account)
    except Malformed:
        return _unreadable(message, account)


def _unreadable(message: Any, account: Account) -> Incoming:
    """Return a message that makes no sense as heard all the same: it must cost neither itself nor its neighbours."""
    body = envelope.dump({"unreadable": message})
    sender = str(message.get("external_userid", "")) if isinstance(message, dict) else ""
    key, at = digest(account, "kf", body), reading.moment("0")
    return Incoming(key, account.channel, account.code, Kind.UNKNOWN, sender, at, event="unreadable", body=body)


@envelope.only(Malformed)
def _read_message(message: Fields, account: Account) -> Incoming | None:
    kind, origin = word(message, "msgtype"), word(message, "origin")
    if origin not in (CUSTOMER, SYSTEM):
        return None
    body = envelope.dump(message)
    content = within(message, kind)
    event = word(content, "event_type") if kind == "event" else "" if kind in MESSAGES else kind
    reader = EVENTS.get(event, reading.unknown) if kind == "event" else MESSAGES.get(kind, reading.unknown)
    return Incoming(
        key=digest(account, "kf", word(message, "msgid") or body),
        channel=account.channel,
        account=account.code,
        sender=word(message, "external_userid") or word(content, "external_userid"),
        at=reading.moment(word(message, "send_time")),
        event=event,
        body=body,
        **reader(content),
    )


def _text(content: Fields) -> Said:
    return {"kind": Kind.TEXT, "text": verbatim(content, "content")}


def _media(kind: Kind) -> Reader:
    """Return the reader of a type that is one file."""

    def read(content: Fields) -> Said:
        return {"kind": kind, "media": (Media(kind, word(content, "media_id")),)}

    return read


def _location(content: Fields) -> Said:
    label = " ".join(filter(None, (verbatim(content, "name"), verbatim(content, "address"))))
    return {"kind": Kind.PLACE, "place": reading.place(word(content, "latitude"), word(content, "longitude"), label)}


def _link(content: Fields) -> Said:
    parts = (verbatim(content, "title"), verbatim(content, "desc"), word(content, "url"))
    return {"kind": Kind.LINK, "text": "\n".join(filter(None, parts))}


def _enter(content: Fields) -> Said:
    """A voter opened the chat; the parameter on our link says more than the link's own scene."""
    scene = word(content, "scene_param") or word(content, "scene")
    return {"kind": Kind.ENTER, "scene": scene, "welcome_code": word(content, "welcome_code")}


def _send_failed(content: Fields) -> Said:
    status = f"failed:{word(content, 'fail_type')}"
    return {"kind": Kind.RECEIPT, "receipt_id": word(content, "fail_msgid"), "receipt_status": status}


MESSAGES: Mapping[str, Reader] = {
    "text": _text,
    "image": _media(Kind.IMAGE),
    "voice": _media(Kind.VOICE),
    "video": _media(Kind.VIDEO),
    "file": _media(Kind.FILE),
    "location": _location,
    "link": _link,
}
EVENTS: Mapping[str, Reader] = {"enter_session": _enter, "msg_send_fail": _send_failed}
