"""What a person can send, in the three dialects of the platforms: XML, robot JSON, customer service JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.emulator import xml
from bot.emulator.accounts import EmulatedAccount

SHOWN = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "shortvideo": "[小视频]",
    "file": "[文件]",
    "location": "[位置]",
    "link": "[链接]",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One message of a person; `kind` is the platform's MsgType."""

    kind: str
    text: str = ""  # words, the label of a place, the title of a link, the name of a file
    media_id: str = ""
    thumb_id: str = ""
    url: str = ""
    recognition: str | None = None
    format: str = "amr"
    latitude: float = 0.0
    longitude: float = 0.0
    scale: int = 15
    about: str = ""
    menu_id: str = ""  # the chosen line of a customer service menu
    quote: str = ""  # robot: the words this one answers to
    pictures: tuple[str, ...] = ()  # robot: urls inside a mixed message

    @property
    def shown(self) -> str:
        """Return what the chat shows for it."""
        label = SHOWN.get(self.kind, "")
        spoken = self.recognition or self.text
        return f"{label} {spoken}".strip() if label else self.text


def in_xml(account: EmulatedAccount, person: str, word: Word, at: datetime, msg_id: int) -> bytes:
    """Return a message of the 公众号 or of a self-built app."""
    fields = head(account, person, at, word.kind) | _XML[word.kind if word.kind in _XML else "text"](word)
    if account.channel == "wecom_app":
        if word.kind == "location":
            fields["AppType"] = "wxwork"
        if word.kind == "link":
            fields["PicUrl"] = word.url
        return xml.write(fields | {"MsgId": msg_id, "AgentID": account.agent_id})
    return xml.write(fields | {"MsgId": msg_id})


def event_xml(account: EmulatedAccount, person: str, event: str, at: datetime, **fields: Any) -> bytes:
    """Return an event of the 公众号 or of a self-built app."""
    tail = {"AgentID": account.agent_id} if account.channel == "wecom_app" else {}
    return xml.write(head(account, person, at, "event") | {"Event": event} | fields | tail)


def head(account: EmulatedAccount, person: str, at: datetime, kind: str) -> dict[str, Any]:
    """Return the fields that open every XML message."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": person,
        "CreateTime": int(at.timestamp()),
        "MsgType": kind,
    }


def _voice_fields(word: Word) -> dict[str, Any]:
    fields = {"MediaId": word.media_id, "Format": word.format}
    return fields if word.recognition is None else fields | {"Recognition": word.recognition}


_XML: dict[str, Any] = {
    "text": lambda w: {"Content": w.text},
    "image": lambda w: {"PicUrl": w.url, "MediaId": w.media_id},
    "voice": _voice_fields,
    "video": lambda w: {"MediaId": w.media_id, "ThumbMediaId": w.thumb_id},
    "shortvideo": lambda w: {"MediaId": w.media_id, "ThumbMediaId": w.thumb_id},
    "location": lambda w: {
        "Location_X": f"{w.latitude:.6f}",
        "Location_Y": f"{w.longitude:.6f}",
        "Scale": w.scale,
        "Label": w.text,
    },
    "link": lambda w: {"Title": w.text, "Description": w.about, "Url": w.url},
    # not in the 公众号's table, and yet it may arrive
    "file": lambda w: {"Title": w.text, "Description": w.about, "FileKey": w.media_id},
}


def in_robot_json(word: Word) -> dict[str, Any]:
    """Return msgtype and body of a message to the smart robot."""
    if word.pictures:
        items = [{"msgtype": "text", "text": {"content": word.text}}]
        items += [{"msgtype": "image", "image": {"url": url}} for url in word.pictures]
        return {"msgtype": "mixed", "mixed": {"msg_item": items}}
    # the robot gets a voice as the words the platform understood
    content = {"content": word.recognition or word.text} if word.kind in ("text", "voice") else {"url": word.url}
    body: dict[str, Any] = {"msgtype": word.kind, word.kind: content}
    return body | {"quote": {"msgtype": "text", "text": {"content": word.quote}}} if word.quote else body


def robot_event(kind: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return msgtype and body of an event for the smart robot."""
    return {"msgtype": "event", "event": {"eventtype": kind} | ({kind: body} if body else {})}


def in_kf_json(word: Word) -> dict[str, Any]:
    """Return msgtype and body of a message in sync_msg."""
    if word.kind == "text":
        text = {"content": word.text} | ({"menu_id": word.menu_id} if word.menu_id else {})
        return {"msgtype": "text", "text": text}
    if word.kind == "location":
        place = {"latitude": word.latitude, "longitude": word.longitude, "name": word.text, "address": word.about}
        return {"msgtype": "location", "location": place}
    if word.kind == "link":
        link = {"title": word.text, "desc": word.about, "url": word.url, "pic_url": ""}
        return {"msgtype": "link", "link": link}
    return {"msgtype": word.kind, word.kind: {"media_id": word.media_id}}
