"""Read what the callbacks of WeChat and WeCom have in common: the message types, the key, the words."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.errors import Malformed
from bot.message import CardClick, Incoming, Kind, Media, Place
from config.settings import Account

Fields = Mapping[str, Any]
Said = dict[str, Any]  # what a table row adds to an Incoming
Reader = Callable[[Fields], Said]


def read(fields: Fields, body: bytes, account: Account, events: Mapping[str, Reader]) -> Incoming:
    """Return a decrypted callback in the words of the house; a type nobody knows is still heard."""
    kind = word(fields, "MsgType").lower()
    if not kind:
        raise Malformed("MsgType")
    if kind == "event":
        event = word(fields, "Event").lower()
        said = {"event": event, **events.get(event, unknown)(fields)}
        return incoming(fields, body, account, event_key(account, fields, body), **said)
    said = {"event": _strange(kind), **MESSAGES.get(kind, unknown)(fields)}
    if not word(fields, "FromUserName"):
        raise Malformed("FromUserName")
    return incoming(fields, body, account, message_key(account, fields, body), **said)


def incoming(fields: Fields, body: bytes, account: Account, key: str, **said: Any) -> Incoming:
    """Return an Incoming with what every callback carries."""
    return Incoming(
        key=key,
        channel=account.channel,
        account=account.code,
        sender=word(fields, "FromUserName"),
        at=moment(word(fields, "CreateTime")),
        body=body,
        **said,
    )


# ---- keys -----------------------------------------------------------------------------------------------------------


def message_key(account: Account, fields: Fields, body: bytes) -> str:
    """Return the key of a message; MsgId alone was seen to repeat between people (WxJava #333)."""
    names = ("ToUserName", "FromUserName", "CreateTime", "MsgId")
    parts = [word(fields, name) for name in names]
    return digest(account, *parts, at=parts[2]) if parts[-1] else event_key(account, fields, body)


def event_key(account: Account, fields: Fields, body: bytes) -> str:
    """Return the key of an event: it has no MsgId, and sender + second + name dropped distinct ones (WxJava #3445).

    The decrypted body holds to, from, time, event, key and every id, and a repeat carries it unchanged.
    """
    return digest(account, body, at=word(fields, "CreateTime"))


def digest(account: Account, *parts: str | bytes, at: str = "") -> str:
    """Return up to 48 signs that stand for these parts on this account.

    `at` (the platform's seconds, itself one of the parts) goes before: keys of one moment lie side by side in the
    database's index, where scattered ones would touch a page each.
    """
    whole = b"\x1f".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    told = f"{account.channel}\x1f{account.code}\x1f".encode()
    early = f"{int(at):08x}" if at.isdigit() and len(at) < 11 else ""
    return early + hashlib.blake2b(told + whole, digest_size=20).hexdigest()


# ---- words ----------------------------------------------------------------------------------------------------------


def word(fields: Fields, name: str) -> str:
    """Return a field as a word without blanks around it; a field given twice or nested is malformed."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else verbatim(fields, name).strip()


def verbatim(fields: Fields, name: str) -> str:
    """Return a field exactly as it was typed; absent and empty are both no words."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise Malformed(name)


def within(fields: Fields, name: str) -> Fields:
    """Return a nested field, empty if it is absent."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def each(fields: Fields, name: str) -> list[Any]:
    """Return a repeated field; XML shows a single one without its list."""
    value = fields.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def moment(seconds: str) -> datetime:
    """Return the platform's whole seconds as a moment."""
    return datetime.fromtimestamp(int(seconds), UTC)


def place(latitude: str, longitude: str, label: str = "") -> Place | None:
    """Return a point on the map, or None for numbers that are none."""
    try:
        point = Place(float(latitude), float(longitude), label)
    except ValueError:
        return None
    within_globe = math.isfinite(point.latitude) and abs(point.latitude) <= 90 and abs(point.longitude) <= 180
    return point if within_globe else None


# ---- message types (platform.md A3, B1) -----------------------------------------------------------------------------


def _text(fields: Fields) -> Said:
    return {"kind": Kind.TEXT, "text": verbatim(fields, "Content")}


def _image(fields: Fields) -> Said:
    return {"kind": Kind.IMAGE, "media": (Media(Kind.IMAGE, word(fields, "MediaId"), word(fields, "PicUrl")),)}


def _voice(fields: Fields) -> Said:
    """Recognition is being withdrawn (platform.md A3): there or not, the sound is kept."""
    media = Media(Kind.VOICE, word(fields, "MediaId"), format=word(fields, "Format"))
    return {"kind": Kind.VOICE, "text": verbatim(fields, "Recognition"), "media": (media,)}


def _video(fields: Fields) -> Said:
    return {"kind": Kind.VIDEO, "media": (Media(Kind.VIDEO, word(fields, "MediaId")),)}


def _file(fields: Fields) -> Said:
    media = Media(Kind.FILE, word(fields, "MediaId"), name=word(fields, "Title") or word(fields, "FileName"))
    return {"kind": Kind.FILE, "media": (media,)}


def _location(fields: Fields) -> Said:
    point = place(word(fields, "Location_X"), word(fields, "Location_Y"), verbatim(fields, "Label"))
    return {"kind": Kind.PLACE, "place": point}


def _link(fields: Fields) -> Said:
    parts = (verbatim(fields, "Title"), verbatim(fields, "Description"), word(fields, "Url"))
    return {"kind": Kind.LINK, "text": "\n".join(filter(None, parts))}


MESSAGES: dict[str, Reader] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "file": _file,
    "location": _location,
    "link": _link,
}


def _strange(kind: str) -> str:
    """Return the platform's word for a message type that we do not know, else nothing."""
    return "" if kind in MESSAGES else kind


# ---- events that several channels share -----------------------------------------------------------------------------


def unknown(_fields: Fields) -> Said:
    """Hear something without understanding it."""
    return {"kind": Kind.UNKNOWN}


def subscribe(fields: Fields) -> Said:
    """A new follower; by a QR code the key is `qrscene_` and the scene."""
    return {"kind": Kind.SUBSCRIBE, "scene": word(fields, "EventKey").removeprefix("qrscene_")}


def unsubscribe(_fields: Fields) -> Said:
    """A follower left."""
    return {"kind": Kind.UNSUBSCRIBE}


def click(fields: Fields) -> Said:
    """A menu key was pressed: `event` is the key, for nobody said a word."""
    return {"kind": Kind.CLICK, "event": word(fields, "EventKey")}


def location(fields: Fields) -> Said:
    """The phone told where it is; nobody said anything."""
    return {"kind": Kind.UNKNOWN, "place": place(word(fields, "Latitude"), word(fields, "Longitude"))}


def card(fields: Fields) -> Said:
    """A button of a card was pressed (platform.md B2)."""
    chosen = {}
    for item in each(within(fields, "SelectedItems"), "SelectedItem"):
        options = each(within(item, "OptionIds"), "OptionId")
        chosen[word(item, "QuestionKey")] = tuple(str(option) for option in options)
    pressed = CardClick(word(fields, "TaskId"), word(fields, "EventKey"), word(fields, "ResponseCode"), chosen)
    return {"kind": Kind.CARD, "card": pressed}
