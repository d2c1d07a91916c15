"""Recognise what a clerk says of planned pushes: see, hold, release, reword; see notices, vouch for one, or not."""

from __future__ import annotations

import re

from bot.rules.normalise import tidy
from bot.rules.staffwords import Deed

#   deed         said alone as
ALONE = {
    "pending": "待发|待发清单|待发消息|查待发|看待发",
    "notices": "公告|公告情况|公告回执|查公告|看公告",
}
#   deed         said before a row's number
NUMBERED = {
    "hold":      "暂停发送|先别发|停发",
    "unhold":    "恢复发送|继续发送|放行",
    "reword":    "改发|改成发",
    "announced": "已公告",
    "unannounced": "撤销公告|没公告|未公告",
}  # fmt: skip

_ALONE = {word: deed for deed, words in ALONE.items() for word in words.split("|")}
_NUMBERED = {word: deed for deed, words in NUMBERED.items() for word in words.split("|")}
_FIRST = frozenset(word[0] for word in (*_ALONE, *_NUMBERED))
_WORDS = "|".join(sorted(_NUMBERED, key=len, reverse=True))
_SAID = re.compile(rf"({_WORDS})[\s:：,，#]*第?(\d{{1,12}})(?!\d)(?:号|条)?[\s:：,，]*(.*)", re.DOTALL)


def deed_of(text: str) -> Deed | None:
    """Return what a message asks of planned pushes; nearly none does, so the first character is asked first."""
    stripped = text.strip()
    if stripped[:1] not in _FIRST:
        return None
    said = tidy(stripped)
    if deed := _ALONE.get(said.rstrip("。.!！?？ ")):
        return Deed(deed)
    found = _SAID.fullmatch(said)
    if found is None:
        return None
    words = stripped[found.start(3) :] if len(said) == len(stripped) else found[3]  # as they were typed
    return Deed(_NUMBERED[found[1]], found[2], words.strip())
