"""Understand one message: what the sender wants, how sure that is, and what it is about."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from bot.rules import intent
from bot.rules.commands import rating_of
from bot.rules.crisis import Danger, danger_in
from bot.rules.normalise import plain
from bot.rules.subject_model import READ
from bot.rules.subjects import NOTHING, Guess, Subjects
from bot.value import value


class Intent(StrEnum):
    """What a message is."""

    REQUEST = "request"
    QUESTION = "question"
    RATING = "rating"
    THANKS = "thanks"
    GREETING = "greeting"
    CHAT = "chat"
    CRISIS = "crisis"


@value(frozen=True, slots=True)
class Understood:
    """What one message means; `unsure` asks for one short question back."""

    intent: Intent
    confidence: float
    subject: Guess = NOTHING
    danger: Danger | None = None
    rating: str = ""

    @property
    def category(self) -> str | None:
        """What it is about, None when not sure."""
        return self.subject.code

    @property
    def unsure(self) -> bool:
        """Whether we should rather ask than act."""
        return self.confidence < (SURELY_CHAT if self.intent is Intent.CHAT else SURE)


SURE = 0.62
SURELY_CHAT = 0.85  # a matter brushed off as small talk costs more than one short question
SHORT = 24  # characters up to which a message can be nothing but a greeting or thanks

_THANKS = re.compile(
    r"(?:好的?|嗯+|收到|知道了|明白了?|行|ok|太好了|太|真的?|非常|十分|特别|实在|衷心|那就?|先|再次|多|万分|路灯修好了|修好了|解决了)*"
    r"(?:谢谢|感谢|多谢|谢了|谢啦|谢过|感激不尽|辛苦|麻烦你们?了|麻烦您了|有劳|3q|thanks?(?:you)?|点赞|为[你您]们?点赞)"
    r"(?:了|啦|你|您|们|代表|各位|大家|领导|工作人员|同志|老师|书记|主任|政府|社区|人大|的?(?:帮助|帮忙|关心|回复|答复|支持|解答|付出)|[一-龥]{0,3}代表|这么快|啊|呀|哈|哦|噢|呢|"
    r"非常|谢谢|感谢|辛苦|一下|好人|一生平安|给[你您]们?|送锦旗)*"
)
_GREETING = re.compile(
    r"(?:你好|您好|大家好|各位好|代表好|[一-龥]{0,2}代表(?:你好|您好|好)|领导好|老师好|嗨|hi|hello|哈喽|哈罗|早|早上好|早安|上午好|中午好|下午好|晚上好|在吗|在不在|在么|"
    r"有人吗|有人在吗|有人么|请问|请问有人吗|喂|打扰了|打扰一下|您|你|好|啊|呀|哦|吗|各位|代表|大家|们|新年好|过年好)+"
)
_GREETS = re.compile(
    r"你好|您好|大家好|各位好|代表.?好|领导好|老师好|嗨|hi|hello|哈喽|哈罗|早|上午好|中午好|下午好|晚上好|在吗|在不在|在么|有人|喂|打扰|新年好|过年好"
)


NO_SUBJECTS = Subjects({})


def understand(text: str, subjects: Subjects = NO_SUBJECTS) -> Understood:
    """Return what a message means."""
    if danger := danger_in(text):
        return Understood(Intent.CRISIS, 0.95, danger=danger)
    if rating := rating_of(text):
        return Understood(Intent.RATING, 0.7 if text.strip().isdigit() else 0.97, rating=rating)
    if len(text) <= 2 * SHORT and (polite := _polite(plain(text))):
        return Understood(polite, 0.95)
    kind, sure = intent.sort(text)
    if kind == intent.CHAT:
        return Understood(Intent.CHAT, sure)
    wanted = Intent.QUESTION if kind == intent.QUESTION else Intent.REQUEST
    return Understood(wanted, sure, subjects.guess(plain(text[:READ])))


def _polite(bare: str) -> Intent | None:
    """Return what a short plain text is if it is nothing but manners."""
    if len(bare) > SHORT:
        return None
    if _THANKS.fullmatch(bare):
        return Intent.THANKS
    return Intent.GREETING if _GREETS.search(bare) and _GREETING.fullmatch(bare) else None


def as_row(row_id: object, understood: Understood) -> dict[str, Any]:
    """Return the line `classify --jsonl` prints for one message."""
    return {
        "id": row_id,
        "intent": str(understood.intent),
        "category": understood.category,
        "confidence": round(understood.confidence, 4),
        "category_confidence": understood.subject.confidence,
        "subjects": [
            {"subject": top, "category": understood.subject.parts[top], "score": round(score, 4)}
            for top, score in understood.subject.candidates
        ],
    }
