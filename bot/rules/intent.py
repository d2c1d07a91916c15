"""Tell requests and questions from small talk, with a small model learnt from our own invented lines at start-up."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from functools import cache

from bot.rules import examples, smalltalk
from bot.rules.line_model import LineModel, learn
from bot.rules.normalise import plain

REQUEST, QUESTION, CHAT = range(3)

# what is put together from the word lists, of which kind, and how many lines
PUT_TOGETHER = (
    (examples.trouble, REQUEST, 2600),
    (examples.affair, QUESTION, 750),
    (examples.project, QUESTION, 250),
    (examples.policy, QUESTION, 500),
    (smalltalk.evening, CHAT, 800),
    (smalltalk.feeling, CHAT, 2200),
    (smalltalk.assistant, CHAT, 600),
)
CIVIC_FROM = 0.7  # how much more civic than chatty a line must sound
CIVIC_SLOPE = 1.1
LETTER_FROM, LETTER_GAIN = 25, 0.5  # people do not chat with an office in letters: length speaks for a matter

ASKS = re.compile(
    r"[?？]|吗|么$|呢$|怎么|怎样|如何|咋|什么|啥|何时|几时|几点|几号|几年|几个|几天|多少|多久|多长|多大|哪|能否|能不能|可不可以|可否|是否|是不是|"
    r"有没有|有无|为何|为什么|请问|咨询|询问|请教|了解|谁|何种|吧$|想问|问一下|问下|标准|条件|流程|政策|规定|规划|进度|时间$|电话"
)


def sort(text: str) -> tuple[int, float]:
    """Return REQUEST, QUESTION or CHAT and how sure that is, between 0 and 1."""
    bare = plain(text)
    if not bare:
        return CHAT, 1.0
    request, question, chat = model().scores(bare)
    letter = LETTER_GAIN * min(2.0, max(0.0, (len(bare) - LETTER_FROM) / 30))
    civic = _sigmoid(CIVIC_SLOPE * (max(request, question - 0.3) - chat + letter - CIVIC_FROM))
    if civic <= 0.5:
        return CHAT, 1 - civic
    asks = ASKS.search(text) is not None and question > request
    return (QUESTION if asks else REQUEST), civic


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


@cache
def model() -> LineModel:
    """Return the model, learnt once in a process; call it at start-up so that no voter waits for it."""
    return learn(((plain(text), kind) for text, kind in _lines()), kinds=3)


def _lines() -> Iterator[tuple[str, int]]:
    """Yield every example line with its kind; the same lines every time."""
    pick = random.Random(2026).choice  # the seed keeps two processes of one mind
    yield from ((line, REQUEST) for line in examples.REQUESTS)
    yield from ((line, QUESTION) for line in examples.QUESTIONS)
    yield from ((line, CHAT) for line in (*smalltalk.CHAT, *smalltalk.MORE))
    for put_together, kind, lines in PUT_TOGETHER:
        yield from ((put_together(pick), kind) for _ in range(lines))
