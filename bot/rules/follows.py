"""Say whether words that come soon after a case belong to it or are a matter of their own."""

from __future__ import annotations

import re

from bot.rules.matter import place_of
from bot.rules.opening import only_manners, small_talk

SHORT = 30  # [A] characters; longer words are a matter of their own
SHORT_REQUEST = 15  # [A] the same for words that ask for something

# a thing and what is wrong with it: 路灯也坏了, 下水道堵了
_TROUBLE = re.compile(
    r"([\u4e00-\u9fff]{2,6}?)(?:也|又|还|都|老|一直|总是|天天|全|太|很)*"
    r"(?:坏|漏|堵|断|塌|裂|松|掉|倒|破|响|臭|脏|吵|黑|暗|积水|冒水|冒烟|停水|停电|没水|没电|没气|不亮|不动|不通|没人管)"
)


def follows(text: str, intent: str, case_text: str, *, other_subject: bool = False) -> bool:
    """Whether short words belong to the case: they name no trouble with a thing the case does not speak of.

    `intent` is what the words mean by themselves: a question never follows, nor does a request about a subject that
    is surely not the case's (`other_subject`).
    """
    words = text.strip()
    if intent == "question" or not words or only_manners(words):
        return False
    if intent == "request" and other_subject:
        return False
    if intent == "chat" and small_talk(words):
        return False
    if place_of(words) and len(words) - len(place_of(words)) <= 6:
        return True
    if len(words) > (SHORT_REQUEST if intent == "request" else SHORT):
        return False
    trouble = _TROUBLE.search(words)
    return trouble is None or trouble[1] in case_text or trouble[1][-2:] in case_text
