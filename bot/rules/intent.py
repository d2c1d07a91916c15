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

# what is put together from the word lists, of which kind, and how many times over
PUT_TOGETHER = (
    (examples.troubles, REQUEST, 4),
    (examples.affairs, QUESTION, 7),
    (examples.duties, QUESTION, 3),
    (examples.projects, QUESTION, 12),
    (examples.policies, QUESTION, 16),
    (smalltalk.evenings, CHAT, 8),
    (smalltalk.feelings, CHAT, 36),
    (smalltalk.commands, CHAT, 11),
    (smalltalk.meetings, CHAT, 6),
)
TITLE = 12  # characters of a question in key words: 选民登记 流程
LONGEST = 200  # characters of a message that are read
CIVIC_FROM = 0.5  # how much more civic than chatty a line must sound
CIVIC_SLOPE = 0.65  # turns the distance from there into how sure we are
ASKS_FROM = 0.25  # how much more a line with a question word must sound like a question than like a request
CHATTY_COSTS = 1.0
ASKING_COSTS = 0.8  # friends ask each other things too
LETTER, ASK_BACK = 60, 0.55  # characters from which a text is not brushed off as small talk on suspicion
PLAINLY_CHAT = (
    0.2  # below it a letter that is decorated, or wishes well, is one friend writing to another, however long
)
LETTER_FROM, LETTER_GAIN = 25, 0.8  # people do not chat with an office in letters: length speaks for a matter

ASKS = re.compile(
    r"[?？]|吗|么$|呢$|怎么|怎样|如何|咋|什么|啥|何时|几时|几点|几号|几年|几个|几天|几岁|几届|几级|几$|多少|多久|多长|多大|多高|哪|能否|可否|是否|为何|"
    r"请问|咨询|询问|请教|了解|谁|何种|吧$|想问|问一下|问下|标准|条件|流程|程序|手续|政策|规定|规划|进度|时间$|电话|区别|关系$|期限|依据|意思|有无|"
    r"([^\W\d])[不没]\1|可不可以|有没有|[会能行成用算要给管]不$|[了过]没$|没有$|还是[^是].{0,8}$"
)

_PLACED = re.compile(r"[0-9]+(?=号|楼|栋|幢|单元|组|室|弄|巷|队|户|层|排|门|期)")

# How people decorate small talk; a matter that is decorated still has its own words to speak for it.
CHATTY = re.compile(
    r"[~～]|…|\.{2,}|。{2,}|[:;]-?[)D(]|\^_?\^|哈哈|呵呵|嘻嘻|嘿嘿|呜呜|么么|嗯嗯|恩恩|亲爱|宝贝|[!！]{2,}|[呀哟啦嘛呗哇哒哦噢]$"
)

WISHES = re.compile("生日快乐|新年快乐|节日快乐|[祝愿][你您他她大我][^。！!]{0,12}(?:快乐|幸福|平安|健康|顺利|如意)")

# Manners before a matter say nothing about it.
MANNERS = re.compile(
    r"^(?:(?:你好|您好|大家好|代表好|领导好|早上好|下午好|晚上好|谢谢|感谢|多谢|辛苦|打扰|不好意思|麻烦)[^，,。.!！;；\s]{0,8}[，,。.!！;；~～\s]+)+(?=.{3})"
)


def sort(text: str) -> tuple[int, float]:
    """Return REQUEST, QUESTION or CHAT and how sure that is, between 0 and 1."""
    text = MANNERS.sub("", text[:LONGEST])
    bare = plain(text)
    if not bare:
        return CHAT, 1.0
    request, question, chat = model().scores(unplaced(bare))
    letter = LETTER_GAIN * min(2.0, max(0.0, (len(bare) - LETTER_FROM) / 30))
    chatty = CHATTY_COSTS if CHATTY.search(text) else 0.0
    civic = _sigmoid(CIVIC_SLOPE * (max(request, question - ASKING_COSTS) - chat + letter - chatty - CIVIC_FROM))
    if len(bare) >= LETTER and (civic > PLAINLY_CHAT or not (chatty or WISHES.search(text))):
        civic = max(civic, ASK_BACK)
    if civic <= 0.5:
        return CHAT, 1 - civic
    asks = ASKS.search(text) is not None and question - request > ASKS_FROM
    return (QUESTION if asks else REQUEST), civic


def may_ask(text: str) -> bool:
    """Whether words could be a question at all: they ask, or are as short as the title of one."""
    return 0 < len(text) <= TITLE or ASKS.search(text) is not None


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


@cache
def model() -> LineModel:
    """Return the model, learnt once in a process; call it at start-up so that no voter waits for it."""
    return learn(((unplaced(plain(text)), kind) for text, kind in _lines()), kinds=3)


def unplaced(bare: str) -> str:
    """Return a plain text with one number for every house: 3号楼 and 116号楼 are talked of alike."""
    return _PLACED.sub("0", bare)


def _lines() -> Iterator[tuple[str, int]]:
    """Yield every example line with its kind; the same lines every time."""
    pick = random.Random(2026).choice  # the seed keeps two processes of one mind
    yield from ((line, REQUEST) for line in examples.REQUESTS)
    yield from ((line, QUESTION) for line in examples.QUESTIONS)
    yield from ((line, CHAT) for line in (*smalltalk.CHAT, *smalltalk.MORE, *smalltalk.MOTTOS))
    for put_together, kind, times in PUT_TOGETHER:
        for _ in range(times):
            yield from ((line, kind) for line in put_together(pick))
