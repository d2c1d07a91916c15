"""Read the office folder into frozen data, or say everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from config.faults import BadConfig
from config.office_files import Row, Tables, read_tables
from config.office_links import CALLED, Found, ancestors, link_faults
from config.office_models import (
    CalendarDay,
    Category,
    Clerk,
    Faq,
    Group,
    Limit,
    Office,
    Officer,
    Person,
    ReceptionRule,
    Reminder,
    Representative,
    Station,
    Table,
    Unit,
    UnitPerson,
)
from config.office_words import sentences

SHAPES: dict[str, type[Table]] = {
    "office": Office,
    "station": Station,
    "representative": Representative,
    "clerk": Clerk,
    "officer": Officer,
    "unit_person": UnitPerson,
    "group": Group,
    "unit": Unit,
    "category": Category,
    "limit": Limit,
    "rule": ReceptionRule,
    "reminder": Reminder,
    "faq": Faq,
    "day": CalendarDay,
}
_Tree = TypeVar("_Tree", Office, Station, Category)


@dataclass(frozen=True, slots=True)
class OfficeData:
    """Everything an office says about itself; in the trees, what is above comes first."""

    offices: tuple[Office, ...]
    stations: tuple[Station, ...]
    representatives: tuple[Representative, ...]
    clerks: tuple[Clerk, ...]
    officers: tuple[Officer, ...]
    unit_people: tuple[UnitPerson, ...]
    groups: tuple[Group, ...]
    units: tuple[Unit, ...]
    categories: tuple[Category, ...]
    limits: tuple[Limit, ...]
    rules: tuple[ReceptionRule, ...]
    reminders: tuple[Reminder, ...]
    faqs: tuple[Faq, ...]
    calendar: tuple[CalendarDay, ...]  # the office's own additions to the published days

    @classmethod
    def of(cls, **things: tuple[Any, ...]) -> OfficeData:
        """Return an office that holds these things and nothing else."""
        return cls(**{each.name: things.get(each.name, ()) for each in fields(cls)})

    @property
    def people(self) -> tuple[Person, ...]:
        """Return everybody who works with us."""
        return (*self.representatives, *self.clerks, *self.officers, *self.unit_people)

    def station_of(self, code: str) -> Station:
        """Return the one station that a point or grid leads up to; a station is its own, so is a lone enterprise's."""
        known = {station.code: station for station in self.stations}
        way = [code, *ancestors(code, {each.code: each.parent for each in self.stations})]
        return next((known[each] for each in way if known[each].kind == "station"), known[code])


def read_office(folder: Path) -> OfficeData:
    """Return what the folder says, or raise BadConfig with a line for every fault."""
    tables = read_tables(folder)
    shaped = _shape(tables)
    tables.faults.extend(link_faults(shaped, tables))
    if tables.faults:
        raise BadConfig("\n".join(tables.faults))
    items: dict[str, tuple[Any, ...]] = {kind: tuple(found.item for found in shaped[kind]) for kind in SHAPES}
    return OfficeData(
        offices=from_the_top(items["office"]),
        stations=from_the_top(items["station"]),
        representatives=items["representative"],
        clerks=items["clerk"],
        officers=items["officer"],
        unit_people=items["unit_person"],
        groups=items["group"],
        units=items["unit"],
        categories=from_the_top(items["category"]),
        limits=items["limit"],
        rules=items["rule"],
        reminders=items["reminder"],
        faqs=items["faq"],
        calendar=items["day"],
    )


def faults_between(data: OfficeData) -> list[str]:
    """Return a sentence for every way in which an office that was not read from one folder contradicts itself."""
    kinds = zip(SHAPES, fields(OfficeData), strict=True)
    shaped: dict[str, list[Found]] = {}
    tables = Tables()
    for kind, field in kinds:
        shaped[kind] = [Found(_called(kind, each), each) for each in getattr(data, field.name)]
        tables.rows[kind] = [Row({"code": getattr(found.item, "code", "")}, found.place) for found in shaped[kind]]
    return list(link_faults(shaped, tables))


def _called(kind: str, item: Any) -> str:
    return f"{CALLED[kind][0]} {getattr(item, 'code', '')}".rstrip()


def _shape(tables: Tables) -> dict[str, list[Found]]:
    """Return the tables that have the right shape; what the others lack is noted."""
    shaped: dict[str, list[Found]] = {}
    for kind, shape in SHAPES.items():
        shaped[kind] = []
        for row in tables.rows[kind]:
            try:
                shaped[kind].append(Found(row.place, shape.model_validate(row.values)))
            except ValidationError as error:
                tables.faults += [f"{row.place}：{sentence}" for sentence in sentences(error, shape)]
    return shaped


def from_the_top(things: Iterable[_Tree]) -> tuple[_Tree, ...]:
    """Return the tree with every parent before its children."""
    things = tuple(things)
    parents = {each.code: each.parent for each in things}
    return tuple(sorted(things, key=lambda each: len(ancestors(each.code, parents))))
