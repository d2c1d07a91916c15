"""Recognise what staff do by words about reception days and duty: the deed, its days and hours, what stands behind."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from bot.errors import Refused
from bot.rules.normalise import tidy
from bot.rules.staffwords import Deed

#   deed            said as                                          needs a day
DEEDS = {
    "move_day":    ("接待日改期|接待改期|改期",                      True),
    "cancel_day":  ("取消接待日|取消接待|停止接待",                  True),
    "restore_day": ("恢复接待日|恢复接待",                           True),
    "duty":        ("值班表|值班|排班",                              False),
    "my_duty":     ("我的值班|我的班",                               False),
    "unseat":      ("撤班|取消值班",                                 True),
    "swap":        ("换班|调班",                                     True),
    "leave":       ("请假",                                          True),
    "end_leave":   ("销假|取消请假",                                 True),
    "agree":       ("同意换班|同意替班",                             False),
    "refuse":      ("不同意换班|不同意替班|不同意",                  False),
}  # fmt: skip
LOOSE = "不同意"  # said in many a talk: it is a deed only while no other question waits for an answer

_DEED_OF = {word: deed for deed, (words, _) in DEEDS.items() for word in words.split("|")}
_WORDS = "|".join(sorted(_DEED_OF, key=len, reverse=True))
_OF_TRADITIONAL = ("換班", "調班", "請假", "銷假", "恢復")
_FIRST = frozenset(word[:2] for word in (*_DEED_OF, *_OF_TRADITIONAL))
_DAY = r"(?:(\d{4})\s*[-年./]\s*)?(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*[日号]?(?![\d:])"
_HOURS = r"(\d{1,2}[:：]\d{2})\s*[-–—~至到]\s*(\d{1,2}[:：]\d{2})"
_SAID = re.compile(rf"({_WORDS})(?=[\s:：,，、。.!！\d]|$)[\s:：,，、。.!！]*(.*)", re.DOTALL)
_A_DAY = re.compile(rf"(?:改?[到至为成]|→|->)?\s*{_DAY}[\s,，、:：;；]*")
_SOME_HOURS = re.compile(rf"{_HOURS}[\s,，、;；]*")
_ENDS_IN_A_DAY = re.compile(rf"(.+?)[\s,，、]+(?:还|换)?\s*{_DAY}\s*")
LOOK_BACK = timedelta(days=60)  # a day without a year is the next one, or one that was not long ago

Named = tuple[int, int, int]  # year (0 where nobody said it), month, day


def deed_of(text: str) -> Deed | None:
    """Return the deed a message is; nearly none is one, so the first two characters are asked first."""
    if text[:2] not in _FIRST and text.lstrip()[:2] not in _FIRST:
        return None
    stripped = text.strip()
    said = tidy(stripped)
    found = _SAID.fullmatch(said)
    if found is None:
        return None
    # The words are kept as they were typed; `tidy` keeps the length of ordinary writing.
    words = (stripped if len(said) == len(stripped) else said)[found.start(2) :]
    return Deed(_DEED_OF[found[1]], "", words, {**_behind(words), "loose": said == LOOSE})


def day_meant(named: Named, today: date) -> date:
    """Return the day somebody means: of the year they said, else the nearest that is to come or not long over."""
    year, month, day = named
    for guess in (year,) if year else range(today.year - 1, today.year + 2):
        try:
            found = date(guess, month, day)
        except ValueError:
            continue
        if year or found >= today - LOOK_BACK:
            return found
    raise Refused("no_such_date", day=f"{month}-{day}")


def _behind(words: str) -> dict[str, Any]:
    """Return the days at the beginning, the hours after them, and the rest; a name may be followed by one more day."""
    days: list[Named] = []
    while len(days) < 2 and (found := _A_DAY.match(words)):
        days.append(_named(found.groups()))
        words = words[found.end() :]
    hours = _SOME_HOURS.match(words)
    rest = (words[hours.end() :] if hours else words).strip()
    clocks = tuple(clock.replace("：", ":").zfill(5) for clock in hours.groups()) if hours else ()
    back = _ENDS_IN_A_DAY.fullmatch(rest)
    return {
        "days": tuple(days),
        "hours": clocks,
        "rest": rest,
        "name": (back[1] if back else rest).strip(),
        "back": _named(back.groups()[1:]) if back else None,
    }


def _named(parts: Any) -> Named:
    year, month, day = (int(part or 0) for part in parts)
    return year, month, day
