"""The words of the house: what we hear, what we answer, what we send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.value import value


class Kind(StrEnum):
    """What sort of thing a channel heard."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    PLACE = "place"
    LINK = "link"
    FILE = "file"
    MIXED = "mixed"
    CLICK = "click"  # a menu key: `event` names it
    SCAN = "scan"  # a QR code with a scene
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    ENTER = "enter"  # a person opened the chat
    CARD = "card"  # a button of a card we sent
    PULL = "pull"  # the platform holds messages for us to fetch
    RECEIPT = "receipt"  # the platform says what became of a message of ours
    UNKNOWN = "unknown"


@value(frozen=True, slots=True)
class Media:
    """A picture, sound, film or file that the platform keeps for a short while."""

    kind: Kind
    media_id: str = ""
    url: str = ""
    format: str = ""
    name: str = ""


@value(frozen=True, slots=True)
class Place:
    """A point on the map in degrees, with the words the sender's phone gave it."""

    latitude: float
    longitude: float
    label: str = ""


@value(frozen=True, slots=True)
class CardClick:
    """A press on a button of a card; `response_code` updates the card once within 72 h."""

    task_id: str
    button: str
    response_code: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@value(frozen=True, slots=True)
class Incoming:
    """One thing somebody said or did, in the words of no platform.

    `key` is the idempotency key (design §3.2); `at` is the platform's own time, UTC; `text` is verbatim;
    `chat` is the platform's id of a group chat, empty in a private chat; `scene` names the origin
    of a QR code or link; `body` is the decrypted callback body, kept sealed in `heard`.
    """

    key: str
    channel: str
    account: str
    kind: Kind
    sender: str
    at: datetime
    text: str = ""
    chat: str = ""
    scene: str = ""
    event: str = ""
    media: tuple[Media, ...] = ()
    place: Place | None = None
    card: CardClick | None = None
    response_url: str = ""
    receipt_id: str = ""
    receipt_status: str = ""
    union_id: str = ""
    quote: str = ""  # wecom_robot: the words the sender quoted
    welcome_code: str = ""  # customer_service: answers an enter_session once, within 20 s
    body: bytes = b""

    @property
    def in_group(self) -> bool:
        """Whether other people read what we answer."""
        return bool(self.chat)


@value(frozen=True, slots=True)
class Text:
    """Plain words; `notice` are the values of the account's template `progress`, for when its window is closed.

    Words that a clerk put in place of ours are said `by_hand`: they stay when our own would change.
    """

    text: str
    notice: Mapping[str, str] = field(default_factory=dict)
    by_hand: bool = False


@value(frozen=True, slots=True)
class Markdown:
    """Words with WeCom's few marks; a channel that cannot show them strips them."""

    text: str


@value(frozen=True, slots=True)
class Button:
    """A button of a card: what it says and the key that comes back."""

    text: str
    key: str
    style: int = 1  # WeCom: 1 blue, 2 grey-blue, 3 red, 4 grey


@value(frozen=True, slots=True)
class Door:
    """The page of whoever gets a card without buttons; its address is signed when it is sent and stored nowhere."""

    assignment_id: int
    person_id: int
    until: int  # seconds since 1970
    label: str
    words: str


@value(frozen=True, slots=True)
class Card:
    """A card with facts and buttons (WeCom template_card button_interaction; text_notice without buttons).

    `task_id` is unique per app, [A-Za-z0-9_@-], at most 128 bytes (WW 90236).
    A channel without cards sends title, facts and url as text. `notice` are the values of the account's template
    `new`, which goes with the url where the platform's window is closed to text.
    """

    task_id: str
    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    url: str = ""
    notice: Mapping[str, str] = field(default_factory=dict)
    door: Door | None = None


@value(frozen=True, slots=True)
class CardUpdate:
    """The card after a click: its buttons give way to one grey word."""

    response_code: str
    replace_name: str


@value(frozen=True, slots=True)
class Template:
    """A template message or 订阅通知 of the 服务号; `template` is our name, the account knows the platform's id."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@value(frozen=True, slots=True)
class News:
    """A step of a case as programs of subscribers hear it: codes and numbers, as JSON takes them."""

    facts: Mapping[str, Any] = field(default_factory=dict)


Content = Text | Markdown | Card | CardUpdate | Template | News


@value(frozen=True, slots=True)
class Reply:
    """What a handler says back and where the talk waits; empty text means silence."""

    text: str = ""
    then: str = ""  # name of the step that hears the next message, empty for none
    facts: Mapping[str, Any] = field(default_factory=dict)  # what that step needs to remember


@value(frozen=True, slots=True)
class Sent:
    """The platform took a message; `refused` are the people it left out, with the platform's word for why."""

    platform_id: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    waits_for_tap: bool = False  # the platform holds it until a member taps


SILENCE = Reply()
