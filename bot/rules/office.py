"""Say what is wrong with a thing of the office before it is changed, whom it concerns, and who may change it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from config.office_links import REFERENCES, ancestors
from config.office_models import (
    Clerk,
    Group,
    Limit,
    Office,
    Officer,
    Person,
    Representative,
    Sentence,
    Station,
    Table,
    Unit,
    UnitPerson,
)
from config.office_words import closest

SHAPES: dict[str, type[Table]] = {
    "station": Station, "group": Group, "representative": Representative, "clerk": Clerk, "officer": Officer,
    "unit": Unit, "unit_person": UnitPerson, "limit": Limit, "text": Sentence, "office": Office,
}  # fmt: skip
PEOPLE = ("representative", "clerk", "officer", "unit_person")
OF_ALL = ("limit", "text")  # the whole deployment's: only who serves the topmost office changes them
Items = Mapping[str, Mapping[str, Any]]

# pydantic's word for a fault -> ours (texts `office_fault`)
WORDS = {
    "missing": "empty", "string_too_short": "empty", "too_short": "empty", "string_type": "empty",
    "string_too_long": "long", "too_long": "long", "int_type": "number", "greater_than_equal": "small",
    "less_than_equal": "big", "literal_error": "choice", "value_error": "said", "extra_forbidden": "stranger",
}  # fmt: skip
FACTS = {"long": "max_length", "small": "ge", "big": "le"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field (of the whole thing if empty): a key of texts `office_fault`, and its facts."""

    at: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def shaped(kind: str, values: Mapping[str, Any]) -> tuple[Any, list[Fault]]:
    """Return the thing these values make, or None and what is wrong with them."""
    try:
        return SHAPES[kind].model_validate(values), []
    except ValidationError as error:
        return None, [_fault(each) for each in error.errors()]


def _fault(each: Any) -> Fault:
    place = str(each["loc"][0]) if each["loc"] else ""
    code = WORDS.get(each["type"], "date" if each["type"].startswith("date") else "shape")
    facts = each.get("ctx", {})
    if code == "said":
        return Fault(place, code, {"words": str(facts["error"])})
    return Fault(place, code, {"number": facts[FACTS[code]]} if code in FACTS else {})


# numbers that may be 0: at once, never, or kept for good; the others begin with 1
MAY_BE_ZERO = {"urge-after", "urge-before", "rating-again-times", "duty-gap-office", "keep-messages", "keep-sent",
               "keep-cases", "keep-registers", "meetings-gate", "quiet-from", "quiet-until", "fragment-window",
               "booking-remind", "notice-clerk", "notice-office"}  # fmt: skip
WITHIN = {"keep-messages": (7, 3650), "booking-slot": (5, 240), "booking-remind": (0, 23), "sign-in-tries": (3, 100),
          "session-idle": (5, 24 * 60), "session-longest": (1, 7 * 24), "group-daily-cap": (1, 20),
          "notice-ahead": (1, 30), "broadcast-remind": (30, 24 * 60)}  # fmt: skip


def limit_faults(item: Limit, before: Limit | None) -> Iterator[Fault]:
    """Yield what is wrong with a number of the office: its unit is the program's, its size within reason."""
    least, most = WITHIN.get(item.code, (0 if item.code in MAY_BE_ZERO else 1, 100_000))
    forever = item.value == 0 and item.code.startswith("keep-")
    if before is None or before.unit != item.unit:
        yield Fault("code", "no_such_limit")
    elif item.value < least and not forever:
        yield Fault("value", "small", {"number": least})
    elif item.value > most:
        yield Fault("value", "big", {"number": most})


def faults(kind: str, item: Any, all_: Items, accounts: Collection[tuple[str, str]]) -> Iterator[Fault]:
    """Yield what is wrong with a thing among all others; `all_` already holds it."""
    yield from _lost(kind, item, all_)
    if kind == "station":
        yield from _misplaced(item, all_)
    if kind in PEOPLE:
        others = [each for each in PEOPLE if each != kind and item.code in all_[each]]
        yield from (Fault("code", "twice", {"name": all_[each][item.code].name}) for each in others)
        yield from _ids(item, all_, accounts)
    if kind == "group":
        yield from _group(item, all_, accounts)


def _lost(kind: str, item: Any, all_: Items) -> Iterator[Fault]:
    for name, target in REFERENCES.get(kind, {}).items():
        value = getattr(item, name)
        for code in (value,) if isinstance(value, str) else value or ():
            if code not in all_[target]:
                near = closest(code, all_[target])
                yield Fault(name, "near" if near else "unknown", {"words": code, "near": near})


def _misplaced(item: Station, all_: Items) -> Iterator[Fault]:
    """A station is a root; a point or grid leads up to exactly one; nobody stands under a stranger's."""
    stations = all_["station"]
    parents = {code: each.parent for code, each in stations.items()}
    path = ancestors(item.code, parents)
    if item.code in path:
        yield Fault("parent", "circle", {"path": " → ".join(stations[each].name for each in path if each in stations)})
        return
    above = [each for each in path if each in stations and stations[each].kind == "station"]
    if item.kind == "station" and item.parent:
        yield Fault("parent", "root")
    if item.kind in ("point", "grid") and len(above) != 1:
        yield Fault("parent", "no_station")
    if item.kind != "station":
        yield from _under(item, stations)
    offices = {code: each.parent for code, each in all_["office"].items()}
    theirs = stations[item.parent].office if item.parent and item.parent in stations else None
    if theirs is not None and theirs not in (item.office, *ancestors(item.office, offices)):
        yield Fault("office", "foreign", {"name": all_["office"][theirs].name})


def _under(item: Station, stations: Mapping[str, Station]) -> Iterator[Fault]:
    """What was a station no longer is: whatever leads up to it would lead nowhere."""
    below = [each.name for each in stations.values() if each.parent == item.code and each.kind in ("point", "grid")]
    top = ancestors(item.code, {code: each.parent for code, each in stations.items()})
    if below and not any(stations[each].kind == "station" for each in top if each in stations):
        yield Fault("kind", "below", {"names": "、".join(below[:3])})


def _ids(item: Person, all_: Items, accounts: Collection[tuple[str, str]]) -> Iterator[Fault]:
    theirs = {(own.channel, own.account, own.id): each.name for kind in PEOPLE for each in all_[kind].values()
              if each.code != item.code for own in each.identities}  # fmt: skip
    seen = set()
    for own in item.identities:
        key = (own.channel, own.account, own.id)
        if key[:2] not in accounts:
            yield Fault("identities", "account", {"account": own.account})
        if key in theirs or key in seen:
            yield Fault("identities", "id_taken", {"id": own.id, "name": theirs.get(key, item.name)})
        seen.add(key)


def _group(item: Group, all_: Items, accounts: Collection[tuple[str, str]]) -> Iterator[Fault]:
    for name in ("representatives", "clerks"):
        listed = getattr(item, name)
        if len(set(listed)) < len(listed):
            yield Fault(name, "listed_twice")
    theirs = {way: each.name for each in all_["group"].values() if each.code != item.code for way in each.addresses}
    seen = set()
    for way in item.addresses:
        if (way.channel, way.account) not in accounts:
            yield Fault("addresses", "account", {"account": way.account})
        if way in theirs or way in seen:
            yield Fault("addresses", "address_taken", {"address": f"{way.account} {way.address}".strip(),
                                                       "name": theirs.get(way, item.name)})  # fmt: skip
        seen.add(way)


def users(kind: str, code: str, all_: Items) -> list[str]:
    """Return the names of whatever in use refers to a thing; as long as there are any it stays in use."""
    found = []
    for other, references in REFERENCES.items():
        for name in (name for name, target in references.items() if target == kind and other in all_):
            for each in all_[other].values():
                value = getattr(each, name)
                if code in ((value,) if isinstance(value, str) else value or ()) and each.code != code:
                    found.append(each.name)
    return list(dict.fromkeys(found))


def reaches(kind: str, item: Any, all_: Items, offices: Collection[str]) -> bool:
    """Whether all of a thing lies within these offices (codes, all below included)."""
    if kind in OF_ALL:
        return set(all_["office"]) <= set(offices)
    stations, units = all_.get("station", {}), all_.get("unit", {})
    match item:
        case Station() | Unit():
            places = [item.office]
        case Representative() | Group():
            places = [_office_of(stations, item.station)]
        case Clerk():
            places = [_office_of(stations, each) for each in item.stations]
        case Officer():
            places = list(item.offices)
        case UnitPerson():
            places = [_office_of(units, each) for each in item.units]
        case _:
            return False
    return all(place in offices for place in places)


def around(kind: str) -> tuple[str, ...]:
    """Return the kinds one needs to know to show a thing: what it may name, and whose it is."""
    return tuple({kind, "office", "station", "unit", *REFERENCES.get(kind, {}).values()})


def _office_of(things: Mapping[str, Any], code: str) -> str:
    return str(things[code].office) if code in things else ""


def facts_of(item: Any) -> dict[str, Any]:
    """Return a thing's fields as plain values, in an order in which the same is the same."""
    values: dict[str, Any] = item.model_dump(mode="json") if item is not None else {}
    for name in ("addresses", "identities"):
        if name in values:
            values[name] = sorted(values[name], key=lambda each: [str(part) for part in each.values()])
    if "area" in values:
        values["area"] = " ".join(values["area"]).split()
    return values


def differences(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two things differ, with what each says."""
    mine, theirs = facts_of(one), facts_of(other)
    return {
        name: (mine.get(name), theirs.get(name)) for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)
    }
