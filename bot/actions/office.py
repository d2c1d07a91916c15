"""Load the office files into the store: twice is the same as once, and nothing that is referred to is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, select, update

from bot.actions.office_faq import load_faqs
from bot.actions.office_kept import LET_GO, keep, note_load
from bot.actions.office_people import load_groups, load_people
from bot.actions.reception_remind import announce_anew, plan_anew
from bot.actions.upsert import Tally, bring, ids_by
from bot.rules.privacy import Sealer
from bot.store import reads_office
from bot.store.db import Db
from bot.store.tables import (
    calendar_day,
    category,
    limit_,
    office,
    person,
    reception_rule,
    reminder_rule,
    station,
    unit,
)
from config.holidays import PUBLISHED, published_days
from config.office_data import OfficeData
from config.office_models import CalendarDay, Category, Limit, Office, ReceptionRule, Reminder, Station, Unit

AT_DESK = "desk"  # reception_rule.origin of what was changed at the console: loading leaves it alone
# kind -> what people call it, and what became of those that are no longer in the files
KINDS = {
    "office": ("办公室", "仍保留"),
    "station": ("站、点、网格", "仍保留"),
    "unit": ("承办单位", "仍保留"),
    "category": ("类别", "仍保留"),
    "limit": ("时限", "已删去"),
    "calendar": ("节假日与调休", "已删去"),
    "person": ("代表、工作人员、办公室与承办单位的人", "已停用，办过的事仍留在记录里"),
    "seat": ("代表的层级与所在站", "已撤"),
    "desk": ("工作人员的岗位", "已撤"),
    "officer": ("办公室人员的岗位", "已撤"),
    "unit_member": ("承办单位的联系人", "已撤"),
    "identity": ("账号", "已收回权限"),
    "group": ("联系群", "已停用，入口与成员已撤"),
    "address": ("群的入口与出口", "已删去"),
    "member": ("群里的代表与工作人员", "已撤"),
    "rule": ("接待规则", "已停用，还没到的接待日随后取消"),
    "reminder": ("公告与提醒", "已删去，还没发的随后撤下"),
    "faq": ("常见问题", "已删去"),
}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading did, kind by kind, and where the console's word stood against the files'."""

    tallies: Mapping[str, Tally]
    kept: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything is new or different."""
        return any(tally.added or tally.changed for tally in self.tallies.values())

    def lines(self) -> list[str]:
        """Return a Chinese line for each kind."""
        lines = [self._line(*KINDS[kind], tally) for kind, tally in self.tallies.items()]
        return [*lines, *self.kept, *([LET_GO] if self.kept else [])]

    @staticmethod
    def _line(word: str, fate: str, tally: Tally) -> str:
        line = f"{word}：新增 {tally.added}，改动 {tally.changed}，未变 {tally.unchanged}"
        return f"{line}；文件里已没有（{fate}）：{'、'.join(tally.gone)}" if tally.gone else line


async def load_office(db: Db, data: OfficeData, seal: Sealer, now: datetime) -> LoadReport:
    """Bring the store in line with the files and what was changed at the console, within the caller's transaction."""
    before = await reads_office.items(db, seal)
    data, kept = await keep(db, data, seal, now)
    tallies = {kind: Tally() for kind in KINDS}
    await _load_tree(db, office, data.offices, tallies["office"])
    await _load_tree(db, station, data.stations, tallies["station"])
    await _load_units(db, data.units, tallies["unit"])
    await _load_tree(db, category, data.categories, tallies["category"])
    await _load_limits(db, data.limits, tallies["limit"])
    await _load_calendar(db, data.calendar, tallies["calendar"])
    await load_people(db, data, seal, now, tallies)
    await load_groups(db, data, now, tallies)
    await _load_rules(db, data.rules, tallies["rule"])
    await _load_reminders(db, data.reminders, tallies["reminder"])
    await load_faqs(db, data.faqs, now, tallies["faq"])
    await note_load(db, before, seal, now)
    return LoadReport(tallies, kept)


async def _load_tree(db: Db, table: Table, things: Sequence[Office | Station | Category], tally: Tally) -> None:
    """Bring a tree, storey by storey, since a child needs its parent's id."""
    stored: set[str] = set()
    for storey in _storeys(things):
        ids = {"parent": await ids_by(db, table, "code")}
        ids["office"] = await ids_by(db, office, "code")
        ids["unit"] = await ids_by(db, unit, "code")
        rows = [place_values(each, ids) for each in storey]
        stored |= {key[0] for key in await bring(db, table, ["code"], rows, tally)}
    gone = sorted(stored - {each.code for each in things})
    if gone and table is category:  # old cases keep it, new ones are no longer drawn to it
        await db.run(update(category).where(category.c.code.in_(gone)).values(keywords="[]"))
    tally.gone += gone


def _storeys(things: Sequence[Office | Station | Category]) -> list[list[Office | Station | Category]]:
    """Return the tree in storeys; parents come first already."""
    storey_of: dict[str | None, int] = {None: -1}
    storeys: list[list[Office | Station | Category]] = []
    for each in things:
        storey_of[each.code] = height = storey_of[each.parent] + 1
        storeys += [[]] if height == len(storeys) else []
        storeys[height].append(each)
    return storeys


def place_values(thing: Office | Station | Category, ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return the row of a place or category."""
    values: dict[str, Any] = {"code": thing.code, "name": thing.name}
    values["parent_id"] = ids["parent"][thing.parent] if thing.parent else None
    if isinstance(thing, Office):
        return {**values, "level": thing.level}
    if isinstance(thing, Station):
        place = {"kind": thing.kind, "address": thing.address, "phone": thing.phone, "hours": thing.hours}
        return {**values, **place, "office_id": ids["office"][thing.office]}
    words = json.dumps(thing.keywords, ensure_ascii=False)
    return {**values, "duty": thing.duty, "keywords": words, "unit_id": ids["unit"][thing.unit] if thing.unit else None}


async def _load_units(db: Db, units: Iterable[Unit], tally: Tally) -> None:
    offices = await ids_by(db, office, "code")
    rows = [unit_values(each, offices) for each in units]
    stored = await bring(db, unit, ["code"], rows, tally)
    tally.gone += sorted({key[0] for key in stored} - {row["code"] for row in rows})


def unit_values(each: Unit, offices: Mapping[str, int]) -> dict[str, Any]:
    """Return the row of a unit."""
    return {"code": each.code, "name": each.name, "phone": each.phone, "office_id": offices[each.office]}


async def _load_limits(db: Db, limits: Iterable[Limit], tally: Tally) -> None:
    """A number that no file vouches for any more is no longer in force."""
    rows = [each.model_dump() | {"as_of": each.as_of.isoformat()} for each in limits]
    stored = await bring(db, limit_, ["code"], rows, tally)
    for code in sorted({key[0] for key in stored} - {row["code"] for row in rows}):
        await db.run(delete(limit_).where(limit_.c.code == code))
        tally.gone.append(code)


async def _load_reminders(db: Db, reminders: Iterable[Reminder], tally: Tally) -> None:
    """The table of reminders is the files' alone; what was planned by a line that changed is planned anew."""
    rows = [each.model_dump() | {"as_of": each.as_of.isoformat()} for each in reminders]
    stored = await bring(db, reminder_rule, ["code"], rows, tally)
    gone = sorted({key[0] for key in stored} - {row["code"] for row in rows})
    for code in gone:
        await db.run(delete(reminder_rule).where(reminder_rule.c.code == code))
        tally.gone.append(code)
    changed = [row["code"] for row in rows if _says_otherwise(stored.get((row["code"],)), row)]
    await plan_anew(db, [*gone, *changed])


def _says_otherwise(was: Any, row: Mapping[str, Any]) -> bool:
    """Whether a stored line of the table says something else than its file now, but for where it comes from."""
    said = row.keys() - {"source", "as_of"}
    return was is not None and any(getattr(was, name) != row[name] for name in said)


async def _load_calendar(db: Db, own: Iterable[CalendarDay], tally: Tally) -> None:
    """Bring the published days and the office's own; what staff wrote about a day stays."""
    stored = {row.date: row for row in await db.all(select(calendar_day))}
    days: dict[date, CalendarDay] = {day.date: day for day in published_days()}
    for iso, row in stored.items():
        if not row.source.startswith(PUBLISHED):
            days.pop(date.fromisoformat(iso), None)
    days |= {day.date: day for day in own}
    rows = [each.model_dump() | {"date": each.date.isoformat()} for each in days.values()]
    await bring(db, calendar_day, ["date"], rows, tally)
    kept = {row["date"] for row in rows}
    for iso in sorted(iso for iso, row in stored.items() if row.source.startswith(PUBLISHED) and iso not in kept):
        await db.run(delete(calendar_day).where(calendar_day.c.date == iso))
        tally.gone.append(iso)


async def _load_rules(db: Db, rules: Iterable[ReceptionRule], tally: Tally) -> None:
    """A rule that is gone plans no more; the days it planned are cancelled when the plan is next looked at."""
    stations, people = await ids_by(db, station, "code"), await ids_by(db, person, "code")
    kept = await db.all(select(reception_rule.c.code).where(reception_rule.c.origin == AT_DESK))
    at_desk = {row.code for row in kept}  # changed at the console: the files are not asked
    rows = [_rule_values(rule, stations, people) for rule in rules if rule.code not in at_desk]
    stored = await bring(db, reception_rule, ["code"], rows, tally)
    for code in sorted({key[0] for key in stored} - {row["code"] for row in rows} - at_desk):
        await db.run(update(reception_rule).where(reception_rule.c.code == code).values(active=False))
        tally.gone.append(code)
    ahead = {row["code"]: row["notice_ahead"] for row in rows}
    known = {key[0]: was.notice_ahead for key, was in stored.items()}
    await announce_anew(db, [code for code in ahead.keys() & known.keys() if ahead[code] != known[code]])


def _rule_values(rule: ReceptionRule, stations: Mapping[str, int], people: Mapping[str, int]) -> dict[str, Any]:
    rota = [people[code] for code in rule.representatives]
    return {**stored_rule(rule, stations[rule.station], rota), "active": True}


def stored_rule(rule: ReceptionRule, station_id: int, rota: Sequence[int]) -> dict[str, Any]:
    """Return a rule as the columns of its row, all but whether it is in use and whose it is."""
    values = rule.model_dump(mode="json", exclude={"station", "representatives"})
    for name in ("days_of_month", "weekdays", "nth_weekdays", "dates", "seasons"):
        values[name] = json.dumps(values[name], ensure_ascii=False)
    return {**values, "station_id": station_id, "mode": ",".join(rule.mode), "rota": json.dumps(list(rota))}
