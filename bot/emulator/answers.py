"""Read what the service answered to a callback, as strictly as the platform does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.emulator import xml
from bot.emulator.accounts import EmulatedAccount
from bot.emulator.calls import codec_of
from bot.emulator.crypto import BadEnvelope, signed_right

SORRY = "该公众号暂时无法提供服务，请稍后再试"
MAX_TEXT = 2048
MAX_STREAM = 20_480


class Unserviceable(Exception):  # a word of the trade
    """The answer is not one the platform can use."""


@dataclass(slots=True)
class Answer:
    """What a callback's answer means for the person."""

    text: str = ""
    kind: str = "text"
    replace_name: str = ""  # the grey word that takes the place of the card's buttons
    card: Mapping[str, Any] = field(default_factory=dict)
    stream_id: str = ""
    finished: bool = True

    @property
    def silent(self) -> bool:
        """Whether the person sees nothing."""
        return not (self.text or self.replace_name or self.card)


def read_answer(account: EmulatedAccount, query: Mapping[str, str], body: bytes, person: str) -> Answer:
    """Return what the person gets; raises Unserviceable saying what is wrong."""
    if body.strip() in (b"", b"success"):
        return Answer()
    try:
        if account.channel == "wecom_robot":
            return _from_json(json.loads(_open_json(account, query, body)))
        return _from_xml(account, xml.read(_open_xml(account, query, body)), person)
    except (ValueError, KeyError, TypeError, BadEnvelope) as error:
        raise Unserviceable(f"{type(error).__name__}: {error}") from error


def _open_xml(account: EmulatedAccount, query: Mapping[str, str], body: bytes) -> bytes:
    fields = xml.read(body)
    if "Encrypt" not in fields:
        if account.channel == "official_account" and account.mode != "safe":
            return body
        raise Unserviceable("an answer in clear where encryption is agreed")
    if fields["Nonce"] != query["nonce"]:
        raise Unserviceable("the nonce is not the one of the URL")
    return _open(account, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])


def _open_json(account: EmulatedAccount, query: Mapping[str, str], body: bytes) -> bytes:
    fields = json.loads(body)
    if not isinstance(fields["timestamp"], int):
        raise Unserviceable("timestamp must be a number")
    if fields["nonce"] != query["nonce"]:
        raise Unserviceable("the nonce is not the one of the URL")
    return _open(account, fields["msgsignature"], str(fields["timestamp"]), fields["nonce"], fields["encrypt"])


def _open(account: EmulatedAccount, signature: str, stamp: str, nonce: str, encrypted: str) -> bytes:
    if not signed_right(signature, account.token, stamp, nonce, encrypted):
        raise Unserviceable("the signature of the answer does not fit")
    return codec_of(account.aes_key, account.receive_id).decrypt(encrypted)


def _from_xml(account: EmulatedAccount, fields: dict[str, Any], person: str) -> Answer:
    kind = fields["MsgType"]
    if (fields["ToUserName"], fields["FromUserName"]) != (person, account.original_id):
        raise Unserviceable("the answer is addressed to somebody else")
    int(fields["CreateTime"])
    if kind == "text":
        return Answer(short(fields["Content"], MAX_TEXT))
    if kind == "update_button" and account.channel == "wecom_app":
        return Answer(replace_name=fields["Button"]["ReplaceName"])
    if kind == "update_template_card" and account.channel == "wecom_app":
        return Answer(replace_name=fields["TemplateCard"].get("ReplaceText", "[已更新]"))
    if kind == "news":
        return Answer(fields["Articles"]["item"]["Title"], kind)
    if kind in ("image", "voice", "video", "music"):
        return Answer(f"[{kind}]", kind)
    raise Unserviceable(f"no answer of kind {kind}")


def _from_json(fields: dict[str, Any]) -> Answer:
    kind = fields["msgtype"]
    if kind == "text":
        return Answer(short(fields["text"]["content"], MAX_STREAM))
    if kind in ("stream", "stream_with_template_card"):
        stream = fields["stream"]
        text = short(stream.get("content", ""), MAX_STREAM)
        return Answer(text, "markdown", "", fields.get("template_card", {}), stream["id"], bool(stream.get("finish")))
    if kind == "template_card":
        return Answer(card=fields["template_card"], kind=kind)
    if kind == "update_template_card" or fields.get("response_type") == "update_template_card":
        return Answer(card=fields["template_card"], kind="update_template_card")
    raise Unserviceable(f"no answer of kind {kind}")


def short(text: str, limit: int) -> str:
    """Return the text if it fits; raises ValueError if not."""
    if len(text.encode()) > limit:
        raise ValueError(f"{len(text.encode())} bytes of text, {limit} allowed")
    return text
