"""Fit words into the typed fields of a template message: each type takes so many signs, and some only certain ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.channels.words import fit
from config.templates import TemplateOf

# What the platform says of each type (订阅消息参数值内容限制说明; a message that breaks it is refused with 47003).
#  type               most signs  what is taken out
LIMITS: dict[str, tuple[int, str]] = {
    "thing":            (20, ""),
    "short_thing":      (5, ""),
    "const":            (20, ""),
    "character_string": (32, r"[^\x20-\x7e]"),  # digits, letters, signs: no Chinese
    "number":           (32, r"[^\d.]"),
    "letter":           (32, r"[^A-Za-z]"),
    "symbol":           (5, r"[\w\s]"),
    "phrase":           (5, r"[^\u4e00-\u9fff]"),
    "name":             (10, ""),
    "phone_number":     (17, r"[^\d+-]"),
    "car_number":       (8, r"\s"),
}  # fmt: skip
OLD = 200  # keyword1, first, remark: templates from before the types
NOTHING = "—"  # no field may be empty
AS_IS = ("time", "date", "amount")
_TYPE = re.compile(r"\d*$")


def fill(template: TemplateOf, values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the template's data: every field it has, none too long, none empty."""
    given = {field: values.get(fact, "") for fact, field in template.fields.items()} | dict(template.fixed)
    if not template.names:  # fields that carry our own names
        given = dict(values)
    return {field: {"value": cut(field, words)} for field, words in given.items()}


def cut(field: str, words: str) -> str:
    """Return the words as a field of that type takes them."""
    kind = _TYPE.sub("", field)
    line = " ".join(words.split())
    if kind in AS_IS:
        return line or NOTHING
    most, never = LIMITS.get(kind, (0, ""))
    if not most:
        return fit(line, OLD) or NOTHING
    line = re.sub(never, "", line) if never else line
    short = line if len(line) <= most else line[:most] if never else line[: most - 1] + "…"
    return short or NOTHING
