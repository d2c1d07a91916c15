"""Understand the day and the hour somebody names for a place at a reception day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.normalise import tidy

_RELATIVE = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2}
DAY = r"(?:今天|今日|明天|明日|后天|(?:\d{1,2}\s*[-月./]\s*)?\d{1,2}\s*[日号]|\d{1,2}\s*[-月./]\s*\d{1,2})"
TIME = r"(?:上午|下午|早上|中午)?\s*\d{1,2}(?::\d{2}|[点时](?:\d{1,2}分?|半|整)?)"
WANTED = rf"{DAY}(?:[\s,，的]*{TIME})?|{TIME}"

_DAY = re.compile(rf"({DAY})[\s,，的]*")
_NUMBERS = re.compile(r"\d{1,2}")
_TIME = re.compile(r"(上午|下午|早上|中午)?\s*(\d{1,2})(?::(\d{2})|[点时](?:(\d{1,2})分?|(半)|整)?)")
NOON, AFTERNOON_BEGINS = 12, 7  # who says 下午3点, or plainly 3点, means 15:00: nobody receives before seven


@dataclass(frozen=True, slots=True)
class Wanted:
    """The day and the beginning of the slot that were named; what nobody named is None or empty."""

    day: date | None = None
    slot: str = ""


def wanted_of(words: str, today: date) -> Wanted:
    """Return what was named; a day without a year is the next one there is."""
    said = tidy(words).strip()
    found = _DAY.match(said)
    day = day_of(found[1], today) if found else None
    return Wanted(day, time_of(said[found.end() :] if found else said))


def day_of(words: str, today: date) -> date | None:
    """Return the next day of that name; None if no calendar has it."""
    if words in _RELATIVE:
        return today + timedelta(days=_RELATIVE[words])
    numbers = [int(number) for number in _NUMBERS.findall(words)]
    for ahead in range(400):
        guess = today + timedelta(days=ahead)
        if numbers == ([guess.month, guess.day] if len(numbers) == 2 else [guess.day]):
            return guess
    return None


def time_of(words: str) -> str:
    """Return a time of day as 09:30, or an empty word."""
    found = _TIME.fullmatch(tidy(words).strip(" ，,。."))
    if found is None:
        return ""
    part, hour = found[1] or "", int(found[2])
    minute = 30 if found[5] else int(found[3] or found[4] or 0)
    if (part in ("下午", "中午") and hour < NOON and not (part == "中午" and hour == NOON - 1)) or (
        not part and 0 < hour < AFTERNOON_BEGINS
    ):
        hour += NOON
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""
