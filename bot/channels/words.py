"""Put words into a shape that a platform takes: cleaned, cut, without marks it cannot show."""

from __future__ import annotations

import re
import unicodedata

from bot.errors import Remedy, SendFailed
from bot.message import Card, Content, Markdown, Text

# Neither XML nor the platforms' JSON takes these: controls, halves of surrogate pairs, non-characters.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SELDOM = re.compile(_UNSPEAKABLE.pattern + "|\r|]]>")  # asked first: nearly no text has any of it
_NEWLINES = re.compile("\r\n?")  # XML would turn them into \n on the way anyway
_JOINER = "\u200d"
_MARKS = (  # WeCom's markdown (WW 90236): what it looks like, what stays of it in plain text
    (re.compile(r"<font[^>]*>|</font>"), ""),
    (re.compile(r"\[([^\]\n]+)\]\((\S+?)\)"), r"\1 \2"),
    (re.compile(r"\*\*(.+?)\*\*"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"^(?:#{1,6} |> ?)", re.MULTILINE), ""),
)


def clean(text: str) -> str:
    """Return the text without what breaks a reply; `]]>` would end a CDATA section, so its last sign becomes ＞."""
    if _SELDOM.search(text) is None:
        return text
    text = _NEWLINES.sub("\n", _UNSPEAKABLE.sub("", text))
    return text.replace("]]>", "]]＞")


def fit(text: str, max_bytes: int) -> str:
    """Return the text cleaned and cut: what a platform takes of it."""
    return cut(clean(text), max_bytes)


def cut(text: str, max_bytes: int) -> str:
    """Return the longest beginning within so many UTF-8 bytes that ends between two characters as people see them."""
    raw = text.encode()
    if len(raw) <= max_bytes:
        return text
    kept = raw[:max_bytes].decode(errors="ignore")
    end = len(kept)
    while end > max(0, len(kept) - 32) and _belongs(text[end], text[end - 1]):
        end -= 1
    return text[:end] or kept


def _belongs(sign: str, before: str) -> bool:
    """Tell whether a sign is drawn into the one before it: accents, selectors, skin tones, joined emoji."""
    return (
        _JOINER in (before, sign)
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
        or unicodedata.category(sign) in ("Mn", "Me")  # U+FE0F and U+20E3 are among them
    )


def plain(content: Content) -> str:
    """Return the content as plain words, for a channel that shows nothing else."""
    match content:
        case Text(text):
            return text
        case Markdown(text):
            return unmark(text)
        case Card():
            return flat(content)
        case _:
            raise unspeakable(content)


def unmark(text: str) -> str:
    """Return markdown as the words in it."""
    for mark, words in _MARKS:
        text = mark.sub(words, text)
    return text


def flat(card: Card) -> str:
    """Return a card as lines: title, text, facts, address. Its buttons are left out: nobody could press them."""
    facts = [f"{name}：{value}" for name, value in card.facts]
    return "\n".join(line for line in (card.title, card.text, *facts, card.url) if line)


def unspeakable(content: Content) -> SendFailed:
    """Return the failure of asking a channel for something it has no form for."""
    return SendFailed(0, f"{type(content).__name__} 不能经此渠道发送", Remedy.GIVE_UP)
