"""Recognise what a clerk says about unanswered questions: see them, join one to an answer, write one, leave one."""

from __future__ import annotations

import re

from bot.rules.normalise import tidy
from bot.rules.staffwords import Deed

TODO = frozenset(["问答待办", "待答问题", "待答", "看待答"])
#   deed        said before a question's number
NUMBERED = {
    "faq_join": "并入|归入",
    "faq_new":  "新答|新建问答",
    "faq_drop": "不答|略过",
    "faq_undo": "还原",
}  # fmt: skip

_NUMBERED = {word: deed for deed, words in NUMBERED.items() for word in words.split("|")}
_FIRST = frozenset(word[0] for word in (*TODO, *_NUMBERED))
_SAID = re.compile(
    rf"({'|'.join(_NUMBERED)})[\s:：,，]*问[\s:：#]*(\d{{1,9}})(?!\d)(?:号|条)?[\s:：,，]*(.*)", re.DOTALL
)


def deed_of(text: str) -> Deed | None:
    """Return what a message asks of unanswered questions; nearly none does, so the first character is asked first."""
    stripped = text.strip()
    if stripped[:1] not in _FIRST:
        return None
    said = tidy(stripped)
    if said.rstrip("。.!！?？ ") in TODO:
        return Deed("faq_todo")
    found = _SAID.fullmatch(said)
    if found is None:
        return None
    words = stripped[found.start(3) :] if len(said) == len(stripped) else found[3]  # as they were typed
    return Deed(_NUMBERED[found[1]], found[2], words.strip())
