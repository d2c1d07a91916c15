"""Give a card its door when it is sent: whoever gets it without buttons gets a signed address instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.message import Card, Content
from bot.rules.links import Link, Links

SHORT = 80  # signs of a subject or place in a message that must end in its address


def opened(content: Content, links: Links | None, *, can_card: bool) -> Content:
    """Return a card as lines that end in an address of its own, short enough that no platform cuts it off.

    Where the channel shows buttons, and of whatever is no such card, it is the content as it was. The address is signed
    here and stored nowhere: who reads the database can open no door.
    """
    if not isinstance(content, Card) or content.door is None or can_card or links is None:
        return content
    door = content.door
    link = Link(door.assignment_id, door.person_id, datetime.fromtimestamp(door.until, UTC))
    facts = (*((name, short(value)) for name, value in content.facts), (door.label, door.words))
    return replace(content, text=short(content.text), facts=facts, url=links.address(link))


def short(text: str) -> str:
    """Return the beginning of a text: 2,048 bytes are all that a message without a card may have."""
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
