"""Read a form about when a station receives into a rule of the office's shape, or say what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.rules.reception import WEEKDAYS
from config.office_models import AXES, ReceptionRule

Form = Mapping[str, Sequence[str]]  # each field with all it was given

NTHS = ("1", "2", "3", "4", "-1")  # of the month's Wednesdays; -1 is the last
DAYS = tuple(WEEKDAYS)
POLICIES = ("next", "previous", "stay")
SEASONS = 4  # at most, in a form
LAST_WORDS = ("月末", "月底", "最后一天")
SEASON_WORDS = ("since", "until", "starts", "ends", "place")
#        field           at least, at most; empty where the office's own number holds
NUMBERS = {"plan_ahead": (1, 400), "notice_ahead": (1, 30), "slot_minutes": (5, 240), "slot_places": (1, 50)}
FAULTS = ("no_days", "month_day", "dates", "every", "since", "hours", "place", "mode", "seats", "rota", "season",
          "number", "other")  # fmt: skip

_BETWEEN = re.compile(r"[\s,，、;；和]+")


def read(form: Form, code: str, station: str) -> tuple[ReceptionRule | None, list[int], list[str]]:
    """Return the rule, the people of its rota, and what is wrong with it (FAULTS); without a fault there is a rule."""
    faults: list[str] = []
    values: dict[str, Any] = {
        "code": code,
        "station": station,
        "days_of_month": _tried(faults, "month_day", lambda: _month_days(_one(form, "month_days"))),
        "weekdays": tuple(each for each in form.get("weekdays", ()) if each in DAYS),
        "nth_weekdays": tuple(each for each in form.get("nth", ()) if each[:-2] in NTHS and each[-2:] in DAYS),
        "dates": _tried(faults, "dates", lambda: tuple(map(date.fromisoformat, _parts(_one(form, "dates"))))),
        "every": _tried(faults, "every", lambda: _number(_one(form, "every") or "1", 1, 12)) or 1,
        "since": _tried(faults, "since", lambda: _day(_one(form, "since"))),
        "until": _tried(faults, "since", lambda: _day(_one(form, "until"))),
        "starts": _one(form, "starts")[:5],
        "ends": _one(form, "ends")[:5],
        "place": _one(form, "place"),
        "holiday_policy": _one(form, "holiday_policy"),
        "mode": tuple(form.get("mode", ())),
        "seats": _tried(faults, "seats", lambda: _number(_one(form, "seats"), 0, 20)) or 0,
        "seasons": tuple(_seasons(form)),
    }
    for name, (least, most) in NUMBERS.items():
        words = _one(form, name)
        values[name] = _tried(faults, "number", lambda: _number(words, least, most)) if words else None  # noqa: B023 - called at once
    rota = [int(each) for each in form.get("rota", ()) if each.isdecimal()]
    faults += _missing(values, rota)
    if faults:
        return None, rota, list(dict.fromkeys(faults))
    try:
        return ReceptionRule.model_validate(values), rota, []
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "" for each in error.errors()}
        return None, rota, ["season" if "seasons" in wrong else "other"]


def _missing(values: Mapping[str, Any], rota: Sequence[int]) -> list[str]:
    """Return what a rule lacks or contradicts, beyond what single fields can say."""
    ways = ("days_of_month", "weekdays", "nth_weekdays", "dates")
    since, until = values["since"], values["until"]
    checks = {
        "no_days": not any(values[way] for way in ways),
        "every": values["every"] > 1 and since is None,
        "since": bool(since and until and since > until),
        "hours": not values["starts"] or values["starts"] >= values["ends"],
        "place": not values["place"],
        "mode": any(not set(axis) & set(values["mode"]) for axis in AXES),
        "rota": bool(rota) and len(rota) < values["seats"],
    }
    return [name for name, wrong in checks.items() if wrong]


def _seasons(form: Form) -> list[dict[str, Any]]:
    """Return the seasons that were filled in, as the office's files have them."""
    found = []
    for n in range(SEASONS):
        words = {name: _one(form, f"season-{n}-{name}") for name in SEASON_WORDS}
        closed = bool(_one(form, f"season-{n}-closed"))
        if words["since"] or words["until"]:
            hours = {name: words[name] or None for name in ("starts", "ends")}
            found.append({**words, **hours, "closed": closed})
    return found


def _month_days(words: str) -> tuple[int, ...]:
    """Return the days somebody wrote: 10、20、月末; raises ValueError."""
    parts = [each.removesuffix("日").removesuffix("号") for each in _parts(words)]
    days = tuple(-1 if each in (*LAST_WORDS, "-1") else _number(each, 1, 28) for each in parts)
    if len(set(days)) < len(days):
        raise ValueError(words)
    return days


def _parts(words: str) -> list[str]:
    return [each for each in _BETWEEN.split(words) if each]


def _day(words: str) -> date | None:
    return date.fromisoformat(words) if words else None


def _number(words: str, least: int, most: int) -> int:
    number = int(words)
    if not least <= number <= most:
        raise ValueError(words)
    return number


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()


def _tried(faults: list[str], fault: str, work: Callable[[], Any]) -> Any:
    """Return what the work makes, or note the fault and return nothing."""
    try:
        return work()
    except ValueError:
        faults.append(fault)
        return ()
