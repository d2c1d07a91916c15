"""Recognise what a clerk or a representative does at the desk of a reception day, by words."""

from __future__ import annotations

import re
from typing import Any

from bot.rules.bookwords import DAY
from bot.rules.normalise import tidy
from bot.rules.staffwords import Deed

#   deed            said as                                behind it
DEEDS = {
    "session":     ("接待台|今日接待",                     "day"),
    "sign_in":     ("签到",                                "name"),
    "sign_out":    ("取消签到|撤销签到",                   "name"),
    "arrive":      ("到站",                                "number"),
    "walk_in":     ("来访",                                "visitor"),
    "enter":       ("登记",                                "entry"),
    "amend":       ("改记|更正",                           "numbered"),
    "classify":    ("类别|分类",                           "numbered"),
    "dispose":     ("处置",                                "numbered"),
    "settle":      ("办理结果",                            "numbered"),
    "lift":        ("转建议|转为建议",                     "number"),
    "void":        ("作废",                                "numbered"),
    "sheet":       ("登记表|查登记",                       "sheet"),
    "end_session": ("结束接待",                            "day"),
    "reopen":      ("重开接待",                            "day"),
    "figures":     ("接待统计",                            "month"),
}  # fmt: skip
SECRECY = {"保密": True, "要保密": True, "不保密": False, "取消保密": False}  # said after 改记 and a number
QUOTING = ("enter", "amend", "settle")  # these carry other people's words: what sounds alarming in them is a report

_DEED_OF = {word: deed for deed, (words, _) in DEEDS.items() for word in words.split("|")}
_WORDS = "|".join(sorted(_DEED_OF, key=len, reverse=True))
_FIRST = frozenset(word[0] for word in _DEED_OF) | frozenset("簽來記處類轉結統")
_SAID = re.compile(rf"({_WORDS})(?=[\s:：,，、。.!！\d#]|$)[\s:：,，、。.!！#]*(.*)", re.DOTALL)
_NUMBERED = re.compile(r"(?:第)?\s*(\d{1,3})\s*(?:[号条件])?(?!\d)[\s:：,，、]*(.*)", re.DOTALL)
_VISIT = re.compile(r"(\d{1,3})\s*号[\s:：,，、]*(.*)", re.DOTALL)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹"
    "孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚"
    "符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官"
)
_NAME = re.compile(
    rf"((?:欧阳|上官|司马|诸葛|[{_SURNAMES}])[一-鿿]{{1,2}})(?:先生|女士|同志|大爷|大妈)?(?=[\s:：]|\d|$)[\s:：]*"
)
_PHONE = re.compile(r"(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{7,8})(?!\d)[\s,，、:：;；]*")
_DAY = re.compile(rf"({DAY})")
_MONTH = re.compile(r"(?:(\d{4})\s*[-年./]\s*)?(\d{1,2})\s*月?(?:份)?|本月|这个月|上月|上个月")

Facts = dict[str, Any]


def deed_of(text: str) -> Deed | None:
    """Return the deed a message is; nearly none is one, so the first character is asked first."""
    if text[:1] not in _FIRST and text.lstrip()[:1] not in _FIRST:
        return None
    stripped = text.strip()
    said = tidy(stripped)
    found = _SAID.fullmatch(said)
    if found is None:
        return None
    name = _DEED_OF[found[1]]
    # The words are kept as they were typed; `tidy` keeps the length of ordinary writing.
    words = (stripped if len(said) == len(stripped) else said)[found.start(2) :].strip()
    facts = _BEHIND[DEEDS[name][1]](words)
    return None if facts is None else Deed(name, "", words, facts)


def visitor_in(words: str) -> tuple[str, str, str]:
    """Return name, phone and the words behind: 王桂兰 13800000000 楼道灯坏了; what begins with no surname is words."""
    name, phone, rest = "", "", words.strip()
    if found := _NAME.match(rest):
        name, rest = found[1], rest[found.end() :]
    if found := _PHONE.match(rest):
        phone, rest = found[1], rest[found.end() :]
    return name, phone, rest.strip()


def _day(words: str) -> Facts | None:
    found = _DAY.fullmatch(tidy(words).rstrip("。.!！ "))
    return {"day": found[1] if found else ""} if found or not words else None


def _name(words: str) -> Facts | None:
    name = words.strip("。.!！ ").removesuffix("代表")
    return {"name": name} if len(name) <= 20 else None


def _number(words: str) -> Facts | None:
    found = _NUMBERED.fullmatch(tidy(words))
    return {"number": int(found[1])} if found and not found[2].strip("。.!！ ") else None


def _visitor(words: str) -> Facts | None:
    name, phone, rest = visitor_in(words)
    return {"name": name, "phone": phone} if not rest else None


def _entry(words: str) -> Facts | None:
    found = _VISIT.match(words)
    return {"visit": int(found[1]) if found else 0, "words": found[2] if found else words}


def _numbered(words: str) -> Facts | None:
    found = _NUMBERED.fullmatch(words)
    return {"number": int(found[1]), "words": found[2].strip()} if found else None


def _sheet(words: str) -> Facts | None:
    if found := _DAY.fullmatch(tidy(words).rstrip("。.!！ ")):
        return {"number": 0, "day": found[1]}
    number = _number(words) if words else {"number": 0}
    return None if number is None else {**number, "day": ""}


def _month(words: str) -> Facts | None:
    said = tidy(words).rstrip("。.!！ ")
    if not said:
        return {"year": 0, "month": 0, "last": False}
    found = _MONTH.fullmatch(said)
    if found is None or int(found[2] or 1) > 12:
        return None
    return {"year": int(found[1] or 0), "month": int(found[2] or 0), "last": said.startswith("上")}


_BEHIND = {
    "day": _day,
    "name": _name,
    "number": _number,
    "visitor": _visitor,
    "entry": _entry,
    "numbered": _numbered,
    "sheet": _sheet,
    "month": _month,
}
