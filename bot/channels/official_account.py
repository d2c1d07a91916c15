"""Hear and speak as a 服务号 (WeChat Official Account): voters, one to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels import envelope, reading
from bot.channels.api import Api
from bot.channels.base import Abilities, Answer, Call
from bot.channels.reading import Fields, Reader, Said, each, verbatim, within, word
from bot.channels.template_fields import fill
from bot.channels.words import fit, plain
from bot.errors import Forged, Malformed, Remedy, SendFailed
from bot.message import Content, Incoming, Kind, Media, Sent, Template
from config.settings import Account

SUBSCRIBE_NOTICE = "subscribe:"  # before a template's id in accounts.toml: a 订阅通知, not a template message


class OfficialAccount:
    """The 服务号: safe and compatible mode, plain only where the account says so."""

    name = "official_account"
    # 48 h and 5 messages after the voter's last word (platform.md A5; older pages say 20).
    abilities = Abilities(
        answers_in_place=True, can_push=True, can_card=False, idempotent=False, window_hours=48, window_count=5
    )

    def __init__(self, api: Api) -> None:
        """Speak through the platform's HTTP interface."""
        self._api = api

    def echo(self, call: Call, account: Account, now: datetime) -> bytes:
        """Return the echostr unchanged: 公众号 does not encrypt it (platform.md A1)."""
        envelope.verify(call, "signature", account, now)
        return call.query.get("echostr", "").encode("utf-8", "replace")

    def hear(self, call: Call, account: Account, now: datetime) -> Incoming:
        """Verify, decrypt, translate."""
        opened = envelope.open_call if _is_sealed(call, account) else envelope.open_plain
        return _read(opened(call, account, now), account)

    def answer(self, incoming: Incoming, text: str, call: Call, account: Account, now: datetime) -> Answer:
        """Return the passive text reply, or "success", which stops the repeats and goes out unencrypted."""
        if not text.strip():
            return Answer(b"success")
        message = envelope.text_reply(incoming.body, incoming.sender, text, now)
        if _is_sealed(call, account):
            return envelope.sealed_answer(message, call, account, now)
        return Answer(message, "application/json" if envelope.is_json(message) else "application/xml")

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - no id to give it
        """Push a customer-service message, or a template message or 订阅通知."""
        if isinstance(content, Template):
            return await self._send_template(account, to, content)
        body = {"touser": to, "msgtype": "text", "text": {"content": fit(plain(content), self.abilities.max_bytes)}}
        await self._api.call(account, "/cgi-bin/message/custom/send", body)
        return Sent()

    async def _send_template(self, account: Account, to: str, content: Template) -> Sent:
        template = account.templates.get(content.template)
        if template is None:
            raise SendFailed(0, f"账号 {account.code} 没有配置模板 {content.template}", Remedy.GIVE_UP)
        path, link = "/cgi-bin/message/template/send", "url"
        if template.id.startswith(SUBSCRIBE_NOTICE):
            path, link = "/cgi-bin/message/subscribe/bizsend", "page"
        values = fill(template, content.values)
        # No client_msg_id: with it the receipt's MsgID was seen as 0, and the receipt is how we learn of a failure.
        body: dict[str, Any] = {"touser": to, "template_id": template.id.removeprefix(SUBSCRIBE_NOTICE), "data": values}
        answer = await self._api.call(account, path, body | ({link: content.url} if content.url else {}))
        return Sent(platform_id=str(answer.get("msgid", "")))

    async def fetch_media(self, account: Account, media: Media) -> tuple[bytes, str]:
        """Return the bytes and the type of something a voter sent."""
        return await self._api.fetch_media(account, media)


def _is_sealed(call: Call, account: Account) -> bool:
    """Tell whether the call is encrypted; clear text is forged unless the account's own mode is plain."""
    if call.query.get("encrypt_type") == "aes":
        return True
    if account.mode != "plain":
        raise Forged("not encrypted")
    return False


@envelope.only(Malformed)
def _read(body: bytes, account: Account) -> Incoming:
    return reading.read(envelope.parse(body), body, account, EVENTS)


# ---- events (platform.md A4) ----------------------------------------------------------------------------------------


def _scan(fields: Fields) -> Said:
    return {"kind": Kind.SCAN, "scene": word(fields, "EventKey")}


def _template_finished(fields: Fields) -> Said:
    receipt = word(fields, "MsgID") or word(fields, "MsgId")
    return {"kind": Kind.RECEIPT, "receipt_id": receipt, "receipt_status": verbatim(fields, "Status")}


def _notice_sent(fields: Fields) -> Said:
    item = _first(fields, "SubscribeMsgSentEvent")
    receipt, status = word(item, "MsgID"), word(item, "ErrorStatus")
    return {"kind": Kind.RECEIPT, "receipt_id": receipt, "receipt_status": status}


def _consent(name: str) -> Reader:
    """Return the reader of a tick at a 订阅通知: which template, accept or reject."""

    def read(fields: Fields) -> Said:
        item = _first(fields, name)
        template, status = word(item, "TemplateId"), word(item, "SubscribeStatusString")
        return {"kind": Kind.UNKNOWN, "receipt_id": template, "receipt_status": status}

    return read


def _first(fields: Fields, name: str) -> Mapping[str, Any]:
    """Return the first entry of an event's List; in JSON the list stands without its wrapper."""
    entries = each(within(fields, name), "List") or each(fields, "List")
    return entries[0] if entries and isinstance(entries[0], dict) else {}


EVENTS: dict[str, Reader] = {
    "subscribe": reading.subscribe,
    "unsubscribe": reading.unsubscribe,
    "scan": _scan,
    "click": reading.click,
    "location": reading.location,
    "templatesendjobfinish": _template_finished,
    "subscribe_msg_sent_event": _notice_sent,
    "subscribe_msg_popup_event": _consent("SubscribeMsgPopupEvent"),
    "subscribe_msg_change_event": _consent("SubscribeMsgChangeEvent"),
}
