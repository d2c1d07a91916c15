"""Write a thing of the office as words in fields, for a form or a line of a table, and read such words back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from bot.rules.office import PEOPLE, Fault, Items, shaped
from config.office_models import ADDRESSES, CODE, Level, StationKind
from config.office_words import closest

_BETWEEN = re.compile(r"\s*[\n；;]\s*")
_NUMBER = re.compile(r"-?\d{1,9}\Z")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it is called (texts `field`), how it is written, what its words refer to or choose from."""

    name: str
    sort: str = "line"  # line, words (several lines), phone, number, date, choice, one, many, ways, areas, value
    of: str = ""  # the kind of thing that is referred to
    choices: tuple[str, ...] = ()
    needed: bool = True


_CODE, _NAME = Field("code"), Field("name")
_PHONE, _IDS = Field("phone", "phone", needed=False), Field("identities", "ways", needed=False)
FORMS: dict[str, tuple[Field, ...]] = {
    "station": (_NAME, _CODE, Field("kind", "choice", choices=get_args(StationKind)), Field("office", "one", "office"),
                Field("parent", "one", "station", needed=False), Field("address", needed=False), _PHONE,
                Field("hours", needed=False)),
    "group": (_NAME, _CODE, Field("station", "one", "station"), Field("level", "choice", choices=get_args(Level)),
              Field("representatives", "many", "representative"), Field("clerks", "many", "clerk"),
              Field("area", "areas", needed=False), Field("addresses", "ways", needed=False),
              Field("daily_cap", "number"), Field("quiet_from"), Field("quiet_until")),
    "representative": (_NAME, _CODE, Field("level", "choice", choices=get_args(Level)),
                       Field("station", "one", "station"), Field("title", needed=False),
                       Field("pledge", "words", needed=False), _PHONE, _IDS),
    "clerk": (_NAME, _CODE, Field("stations", "many", "station"), _PHONE, _IDS),
    "officer": (_NAME, _CODE, Field("offices", "many", "office"), _PHONE, _IDS),
    "unit": (_NAME, _CODE, Field("office", "one", "office"), _PHONE),
    "unit_person": (_NAME, _CODE, Field("units", "many", "unit"), _PHONE, _IDS),
    "limit": (_CODE, Field("value", "value"), Field("unit"), Field("source", "words"), Field("as_of", "date")),
    "text": (_CODE, Field("words", "words")),
}  # fmt: skip
FIXED = {"limit": ("code", "unit"), "text": ("code",)}  # of what is there already; of everything else the code
ADDABLE = tuple(kind for kind in FORMS if kind not in FIXED)


def fixed(kind: str) -> tuple[str, ...]:
    """Return the fields that stay as they are once a thing is there: cases, numbers and programs know it by them."""
    return FIXED.get(kind, ("code",))


def words_of(kind: str, item: Any, between: str = "\n") -> dict[str, str]:
    """Return a thing as words, field by field; several of them stand one a line, or with `between` between them."""
    return {field.name: _said(field, item, getattr(item, field.name), between) for field in FORMS[kind]}


def _said(field: Field, item: Any, value: Any, between: str) -> str:
    match field.sort:
        case "ways":
            ends = [(way.channel, way.account, getattr(way, "address", "") or getattr(way, "id", "")) for way in value]
            return between.join("/".join(filter(None, end)) for end in ends)
        case "many" | "areas":
            return between.join(value)
        case "value" if item.unit == "clock":
            return f"{value // 100:02}:{value % 100:02}"
        case _:
            return "" if value is None else str(value)


def read(kind: str, words: Mapping[str, str], all_: Items) -> tuple[Any, list[Fault]]:
    """Return the thing that words make, or None and what is wrong with them; people are also found by their name."""
    values: dict[str, Any] = {}
    wrong: list[Fault] = []
    for field in FORMS[kind]:
        said = words.get(field.name, "").strip()
        if said:
            values[field.name] = _meant(field, said, all_, wrong)
    item, faults = shaped(kind, values)
    known = {fault.at for fault in wrong}
    return (None if wrong else item), [*wrong, *(fault for fault in faults if fault.at not in known)]


def _meant(field: Field, said: str, all_: Items, wrong: list[Fault]) -> Any:
    match field.sort:
        case "number" | "value":
            clock = _CLOCK.match(said)
            if clock and field.sort == "value":
                return int(clock[1]) * 100 + int(clock[2])
            return int(said) if _NUMBER.match(said) else said
        case "one":
            return _code(field, said, all_, wrong)
        case "many":
            return tuple(_code(field, each, all_, wrong) for each in _parts(said))
        case "areas":
            return tuple(_parts(said))
        case "ways":
            return tuple(_way(field, each, wrong) for each in _parts(said))
        case _:
            return said


def _parts(said: str) -> list[str]:
    return [each for each in _BETWEEN.split(said) if each]


def _code(field: Field, said: str, all_: Items, wrong: list[Fault]) -> str:
    """Return the code of what is meant: by its code, by code and name, or by a name that only one has."""
    things = all_[field.of]
    first = said.split(maxsplit=1)[0]
    if said in things or first in things:
        return said if said in things else first
    found = [code for code, each in things.items() if each.name == said]
    if len(found) > 1:
        wrong.append(Fault(field.name, "several", {"words": said, "codes": "、".join(found[:5])}))
    if not found and not CODE.match(said):  # no code either: it can only have been a name
        near = closest(said, [each.name for each in things.values()])
        wrong.append(Fault(field.name, "near" if near else "unknown", {"words": said, "near": near}))
    return found[0] if found else said


def _way(field: Field, said: str, wrong: list[Fault]) -> dict[str, str]:
    parts = [each.strip() for each in said.split("/", 2)]
    if len(parts) < 2 or (field.name == "identities" and len(parts) < 3):
        wrong.append(Fault(field.name, "way", {"words": said}))
        return {}
    channel, account, end = (*parts, "")[:3]
    if field.name == "identities":
        return {"channel": channel, "account": account, "id": end}
    purpose = ADDRESSES.get(channel, ("", None))[0]
    return {"purpose": purpose, "channel": channel, "account": account, "address": end}


def called(kind: str, all_: Items, code: str) -> str:
    """Return what people call the thing of a code, the code itself if there is none."""
    kinds = PEOPLE if kind in PEOPLE else (kind,)
    return next((str(all_[each][code].name) for each in kinds if code in all_.get(each, {})), code)
