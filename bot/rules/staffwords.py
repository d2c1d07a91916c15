"""Recognise what staff do by words: a deed, the case's number, and what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.rules.commands import rating_of
from bot.rules.normalise import tidy

#   deed          said as                                      behind the number
DEEDS = {
    "accept":    ("签收",                                      "nothing"),
    "return":    ("退回|退办",                                 "words"),
    "transfer":  ("转办给|转办|转给|转交|转",                  "names"),
    "reply":     ("答复|办复|回复",                            "answer"),
    "visit":     ("实地走访|走访|看现场",                      "words"),
    "meet":      ("见面",                                      "meeting"),
    "admit":     ("受理",                                      "weight"),
    "decline":   ("不予受理|不受理",                           "door"),
    "assign":    ("交办给|交办",                               "names"),
    "close":     ("办结",                                      "nothing"),
    "excuse":    ("已告知",                                    "words"),
    "urge":      ("催办",                                      "nothing"),
    "pause":     ("暂停",                                      "words"),
    "resume":    ("恢复",                                      "nothing"),
    "extend":    ("延期|延长",                                 "extension"),
    "reweigh":   ("改定",                                      "weighing"),
    "categorise": ("改类别|归类|改分类",                        "subject"),
    "supervise": ("督办",                                      "words"),
    "release":   ("解除督办|取消督办",                         "words"),
    "merge":     ("并案|并办",                                 "other"),
    "unmerge":   ("撤并|拆并|拆开",                            "words"),
    "alike":     ("相似|类似",                                 "nothing"),
    "why":       ("为什么|为何",                               "nothing"),
    "story":     ("经过|历史",                                 "nothing"),
    "rate":      ("评价",                                      "rating"),
    "add":       ("补充",                                      "words"),
    "reconsider": ("重新审核|重审",                            "words"),
    "publish":   ("公开",                                      "nothing"),
    "unpublish": ("撤下公开|取消公开|撤下",                    "words"),
    "seal":      ("设为保密|保密",                             "nothing"),
    "unseal":    ("取消保密|解除保密",                         "nothing"),
}  # fmt: skip
BY_ANYBODY = frozenset({"rate", "add", "seal", "unseal"})  # what voters do by number too
YES = frozenset(["确认", "确认公开", "公开", "同意", "可以", "是", "好", "好的"])
_CHANGES = {"标题": "subject", "事由": "text", "内容": "text", "结果": "answer", "答复": "answer"}
_CHANGE = re.compile(rf"({'|'.join(_CHANGES)})[\s:：]+(\S.*)", re.DOTALL)
HOT = frozenset(["热点", "热点问题", "最近热点"])
TODO = frozenset(["待办", "我的待办", "待办事项", "待办清单", "查待办", "看待办", "todo"])
# said alone: lists of many cases
LISTS = {
    "督办名单": "supervised",
    "督办清单": "supervised",
    "走访情况": "visits",
    "走访率": "visits",
    "没人走访": "visits",
    "电话名单": "calls",
    "电话告知名单": "calls",
    "打电话名单": "calls",
}
WEIGHTS = {"一般": "simple", "简单": "simple", "较难": "hard", "复杂": "hard", "正式": "formal", "重大": "wide"}
#   which door       said as
DOORS = {
    "litigation": "诉讼|法院|涉诉",
    "arbitration": "仲裁|劳动仲裁",
    "petition": "信访",
    "personal": "个人事务|个人",
    "no_content": "内容不清|内容不具体|不具体|不清楚",
    "hotline": "12345|热线",
    "emergency": "紧急",
    "elsewhere": "外地|不在辖区|辖区外",
}
STAGES = {"办理前": "before", "办前": "before", "前": "before", "办理中": "during", "办中": "during", "中": "during",
          "办理后": "after", "办后": "after", "后": "after"}  # fmt: skip
MODES = {"打电话": "phone", "电话": "phone", "当面": "in_person", "面谈": "in_person", "上门": "in_person",
         "线上": "online", "视频": "online", "微信": "online"}  # fmt: skip
LONGEST_NAME = 30

NUMBER = r"(?:[a-z0-9一-鿿][a-z0-9一-鿿-]{0,40}-)?\d{6}-\d{1,6}|\d{1,9}"
_DEED_OF = {word: deed for deed, (words, _) in DEEDS.items() for word in words.split("|")}
_WORDS = "|".join(sorted(_DEED_OF, key=len, reverse=True))
_SAID = re.compile(
    rf"({_WORDS})[\s:：,，、#]*(?:编号|第)?[\s:：#]*({NUMBER})(?![\d-])"
    # 走访12号楼, 转12路公交车 and 为什么12月停水 speak of other things
    r"(?!\s*(?:号[楼院线]|[栋幢路月日点个年岁人户米元块层楼次天度%]|单元|小时|分钟))(?:号)?[\s:：,，、;。.!]*(.*)",
    re.DOTALL,
)
_CATEGORISED = re.compile(  # behind the number stands a name here, 路灯照明 too, so it must stand apart
    rf"(改类别|归类|改分类)[\s:：,，、#]*(?:编号|第)?[\s:：#]*({NUMBER})(?![\d-])(?:号)?(?=$|[\s:：,，、;。.!])[\s:：,，、;。.!]*(.*)",
    re.DOTALL,
)
_OF_TRADITIONAL = "熱簽轉辦實見暫復並併類為經歷評督設開"
_FIRST = (
    frozenset(word[0] for word in (*_DEED_OF, *TODO, *HOT, *LISTS)) | frozenset(_OF_TRADITIONAL) | frozenset("TtＴｔ")
)
_BREAK = re.compile(r"[\s,，、;；]+")
_TAIL = re.compile(r"(?:号|这件事?|件|这一天|呢|吧|啊|了|[\s。.!！?？])*")
_CLASS = re.compile(r"([abcd])(?:\s*类[\s:：,，。]*|[\s:：,，。]+|(?=[(（]))")
_LACKS = re.compile(r"[(（](?:还?缺(?:少|乏)?)?[:：\s]*([^()（）]{1,200})[)）][\s:：,，。]*")
_LACKS_SAID = re.compile(r"(?:还?缺(?:少|乏)?)([^。;；\n]{1,200})(?:[。;；\n]\s*|$)")
_DONE = re.compile(
    r"(?:已经?|都|全部)[^。，,;；]{0,12}(?:好|完|通|亮|净|成|毕|决|实|改|复|换|修|除|位|装|补)|解决了|修好了|办好了"
)
_MORE = re.compile(r"(\d{1,3})\s*(?:个?工作日|天|日|个?月)?[\s,，。:：]*(.*)", re.DOTALL)
_CONSENT = re.compile(r"[,，、\s(（]*(?:已?经?征得)(?:了)?(?:提出人|群众|代表|本人)?同意[)）]?")
_NOTICE = re.compile(r"[,，、\s(（]*(?:文号|告知书)[:：\s]*([^\s,，)）]{1,60})[)）]?")
_OTHER = re.compile(rf"(?:到|入|进|并入|与|和|给)?[\s#]*({NUMBER})(?:号)?{_TAIL.pattern}")


@dataclass(frozen=True, slots=True)
class Deed:
    """What a member of staff does: the deed, the case by the number they gave, words verbatim, and what they mean."""

    name: str
    number: str = ""
    words: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def deed_of(text: str) -> Deed | None:
    """Return the deed a message is; nearly none is one, so the first character is asked first."""
    if text[:1] not in _FIRST and text.lstrip()[:1] not in _FIRST:
        return None
    stripped = text.strip()
    said = tidy(stripped)
    if said.rstrip("。.!！?？ ") in TODO:
        return Deed("todo")
    if said.rstrip("。.!！?？ ") in HOT:
        return Deed("hot")
    if known := LISTS.get(said.rstrip("。.!！?？ ")):
        return Deed(known)
    found = _CATEGORISED.fullmatch(said) or _SAID.fullmatch(said)
    if found is None:
        return None
    name = _DEED_OF[found[1]]
    # The words are kept as they were typed; `tidy` keeps the length of ordinary writing.
    words = stripped[found.start(3) :] if len(said) == len(stripped) else found[3]
    facts = _BEHIND[DEEDS[name][1]](words.strip())
    return None if facts is None else Deed(name, found[2], words.strip(), facts)


Facts = dict[str, Any]


def door_of(words: str) -> tuple[str, str]:
    """Return the code of the right door and the words after it; a figure chooses from the list."""
    said = tidy(words.strip())
    for code, names in DOORS.items():
        if found := re.match(rf"(?:{names})(?:的事|类)?[\s:：,，。;；]*", said):
            return code, words.strip()[found.end() :] if len(said) == len(words.strip()) else said[found.end() :]
    if found := re.match(r"([1-8])(?!\d)[\s.、:：,，]*", said):
        return list(DOORS)[int(found[1]) - 1], said[found.end() :]
    return "", words.strip()


def grade_of(words: str) -> tuple[str, str, str]:
    """Return the class of a reply (empty if nobody said), what it lacks, and its text."""
    said = tidy(words)
    found = _CLASS.match(said)
    grade, text = (found[1].upper(), words[found.end() :]) if found else ("", words)
    lacks = ""
    if grade == "C":
        if lacking := _LACKS.match(text):
            lacks, text = lacking[1], text[lacking.end() :]
        elif lacking := _LACKS_SAID.match(text):
            lacks = lacking[1]
        text = text or lacks
    if not grade and _DONE.search(tidy(text)):
        grade = "A"  # who says that it is done has said the class
    return grade, lacks.strip(" :：，,"), text.strip()


def names_in(words: str) -> tuple[list[str], list[str], str]:
    """Return who is meant, who assists, and the words behind: 李代表 / 城管局 协办 街道办 / 李秀英，她更熟."""
    before, _, after = words.partition("协办")
    named = [part for part in _BREAK.split(before.removeprefix("给").replace("主办", " ")) if part]
    helpers = [part for part in _BREAK.split(after.strip(" :：")) if part]
    return named, helpers, ""


def agrees(words: str) -> bool:
    """Whether a clerk agrees to what was shown."""
    return tidy(words).strip(" 。.!！") in YES


def changed_draft(words: str) -> dict[str, str]:
    """Return which part of a draft a clerk words otherwise: 标题, 事由 or 结果; nothing if none is named."""
    found = _CHANGE.fullmatch(words.strip())
    return {_CHANGES[found[1]]: found[2]} if found else {}


def _nothing(words: str) -> Facts | None:
    return {} if _TAIL.fullmatch(tidy(words)) else None


def _words(_words: str) -> Facts | None:
    return {}


def _names(words: str) -> Facts | None:
    named, helpers, _ = names_in(words)
    return {"names": named, "assisting": helpers} if all(len(n) <= LONGEST_NAME for n in named[:1]) else None


def _weight(words: str) -> Facts | None:
    named = [part.removeprefix("给").removeprefix("交") for part in _BREAK.split(words.strip("。.!！")) if part]
    weights = [WEIGHTS[part] for part in named if part in WEIGHTS]
    people = [part for part in named if part and part not in WEIGHTS]
    return None if len(people) > 1 else {"weight": weights[0] if weights else "", "name": people[0] if people else ""}


def _subject(words: str) -> Facts | None:
    name = tidy(words).removeprefix("为").removeprefix("是").removeprefix("到").strip(" :：。.!！")
    return {"name": name} if len(name) <= LONGEST_NAME else None


def _weighing(words: str) -> Facts | None:
    said = tidy(words).removeprefix("为").removeprefix("成").rstrip("。.!！ ")
    return {"weight": WEIGHTS.get(said, "")}


def _door(words: str) -> Facts | None:
    code, more = door_of(words)
    return {"code": code, "more": more}


def _answer(words: str) -> Facts | None:
    grade, lacks, text = grade_of(words)
    return {"grade": grade, "lacks": lacks, "text": text}


def _meeting(words: str) -> Facts | None:
    rest = tidy(words)
    stage, rest = _first_of(STAGES, rest)
    mode, rest = _first_of(MODES, rest)
    if not stage:
        stage, rest = _first_of(STAGES, rest)
    return {"stage": stage, "mode": mode, "note": rest}


def _extension(words: str) -> Facts | None:
    consent = _CONSENT.search(words) is not None
    notice = _NOTICE.search(words)
    bare = _NOTICE.sub("", _CONSENT.sub("", words)).strip()
    found = _MORE.fullmatch(bare)
    more, reason = (int(found[1]), found[2].strip()) if found else (0, bare)
    return {"more": more, "reason": reason, "consent": consent, "notice": notice[1] if notice else ""}


def _other(words: str) -> Facts | None:
    found = _OTHER.fullmatch(tidy(words))
    return {"into": found[1]} if found else None


def _rating(words: str) -> Facts | None:
    first = _BREAK.split(words.strip())[0]
    value = rating_of(first)
    return {"value": value, "reason": words.strip()[len(first) :].strip(" ，,。:：")} if value else None


def _first_of(table: Mapping[str, str], words: str) -> tuple[str, str]:
    for said, meant in table.items():
        if words.startswith(said):
            return meant, words[len(said) :].lstrip(" :：,，、。的")
    return "", words


_BEHIND = {
    "nothing": _nothing,
    "words": _words,
    "names": _names,
    "weight": _weight,
    "subject": _subject,
    "weighing": _weighing,
    "door": _door,
    "answer": _answer,
    "meeting": _meeting,
    "extension": _extension,
    "other": _other,
    "rating": _rating,
}
