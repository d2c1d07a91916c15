"""Check that an office's tables fit together: every code leads somewhere, no tree bites its tail, nothing is twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from config.office_files import Tables
from config.office_models import Address, Faq, Group, Office, Person, Station
from config.office_words import near

# kind -> what people call it, and the file in which it would have to be
CALLED = {
    "office": ("办公室", "offices.toml"),
    "station": ("联络站", "stations.toml"),
    "representative": ("代表", "people.toml"),
    "clerk": ("工作人员", "people.toml"),
    "officer": ("办公室人员", "people.toml"),
    "unit_person": ("承办单位人员", "people.toml"),
    "group": ("联系群", "groups.toml"),
    "unit": ("承办单位", "units.toml"),
    "category": ("类别", "categories.toml"),
    "limit": ("时限", "limits.toml"),
    "rule": ("接待规则", "reception.toml"),
    "reminder": ("公告与提醒", "reminders.toml"),
    "faq": ("常见问题", "faq.toml"),
    "day": ("日期", "calendar.toml"),
}
# kind -> its items that name others, and what kind of thing they name
REFERENCES = {
    "office": {"parent": "office"},
    "station": {"office": "office", "parent": "station"},
    "representative": {"station": "station"},
    "clerk": {"stations": "station"},
    "officer": {"offices": "office"},
    "unit_person": {"units": "unit"},
    "group": {"station": "station", "representatives": "representative", "clerks": "clerk"},
    "unit": {"office": "office"},
    "category": {"parent": "category", "unit": "unit"},
    "rule": {"station": "station", "representatives": "representative"},
    "faq": {"office": "office", "station": "station"},
}
PEOPLE = ("representative", "clerk", "officer", "unit_person")
# kinds whose codes must differ from one another; all people share one list
NAMESPACES = (
    ("office",),
    ("station",),
    PEOPLE,
    ("group",),
    ("unit",),
    ("category",),
    ("limit",),
    ("rule",),
    ("reminder",),
    ("faq",),
)
HEIGHT = {"municipal": 3, "county": 2, "township": 1}
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A well-shaped table and where it stands."""

    place: str
    item: Any


Shaped = Mapping[str, list[Found]]


def link_faults(shaped: Shaped, tables: Tables) -> Iterator[str]:
    """Yield a sentence for every way in which the tables contradict each other."""
    yield from _twice(tables)
    yield from _lost_references(shaped, tables)
    for kind in ("office", "station", "category"):
        yield from _circles(shaped[kind])
    yield from _upside_down(shaped["office"])
    yield from _misplaced_stations(shaped["station"], shaped["office"])
    yield from _people(shaped, tables)
    yield from _groups(shaped["group"], tables)
    yield from _same_days(shaped["day"])
    yield from _reminders(shaped, tables)
    yield from _same_questions(shaped["faq"])


def _reminders(shaped: Shaped, tables: Tables) -> Iterator[str]:
    """What a reminder says must stand there, and the notice may not come later than the office promises."""
    ahead = next((found.item.value for found in shaped["limit"] if found.item.code == "notice-ahead"), 0)
    for place, item in ((found.place, found.item) for found in shaped["reminder"]):
        if tables.reminder_texts is not None and item.text not in tables.reminder_texts:
            known = near(item.text, tables.reminder_texts)
            yield f"{place}：text 写的 {item.text} 不在 texts.toml 的 [reminder] 里{known}"
        if item.notice and item.days_before < ahead:
            yield f"{place}：公告只提前 {item.days_before} 天，少于 limits.toml 的 notice-ahead（{ahead} 天）"
    if shaped["reminder"] and not any(found.item.notice for found in shaped["reminder"]):
        yield "reminders.toml：没有一条 notice = true，接待日就没有公告；请写上一条"


def ancestors(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the codes above, nearest first; a circle is walked once."""
    path: list[str] = []
    while (above := parents.get(code)) is not None and above not in path:
        path.append(above)
        code = above
    return path


def _twice(tables: Tables) -> Iterator[str]:
    """Codes must tell things apart."""
    for kinds in NAMESPACES:
        seen: dict[str, str] = {}
        for row in (row for kind in kinds for row in tables.rows[kind] if row.code):
            if row.code in seen:
                yield f"{row.place}：代号 {row.code} 已被 {seen[row.code]} 用了，请换一个"
            seen.setdefault(row.code, row.place)


def _lost_references(shaped: Shaped, tables: Tables) -> Iterator[str]:
    """Every code must be the code of something; kinds that could not be read are not held against anybody."""
    for kind, items in REFERENCES.items():
        for found in shaped[kind]:
            for key, target in items.items():
                if target not in tables.unread:
                    yield from _lost(found, key, target, tables)


def _lost(found: Found, key: str, target: str, tables: Tables) -> Iterator[str]:
    value = getattr(found.item, key)
    codes: Iterable[str] = (value,) if isinstance(value, str) else value or ()
    known = {row.code for row in tables.rows[target]}
    word, file = CALLED[target]
    for code in codes:
        if code not in known:
            yield f"{found.place}：{key} 写的{word} {code} 不存在{near(code, known)}，请改正或补进 {file}"


def _circles(things: list[Found]) -> Iterator[str]:
    """A tree has a top: no thing is above itself."""
    parents = {found.item.code: found.item.parent for found in things}
    told: set[str] = set()
    for found in things:
        path = ancestors(found.item.code, parents)
        if found.item.code in path and found.item.code not in told:
            told.update(path)
            circle = " → ".join((found.item.code, *path[: path.index(found.item.code) + 1]))
            yield f"{found.place}：上级绕成了圈（{circle}），请断开其中一个 parent"


def _upside_down(offices: list[Found]) -> Iterator[str]:
    """City above county above town."""
    levels = {found.item.code: HEIGHT[found.item.level] for found in offices}
    for found in offices:
        mine: Office = found.item
        if mine.parent in levels and levels[mine.parent] <= HEIGHT[mine.level]:
            yield f"{found.place}：上级 {mine.parent} 的层级不高于自己（{mine.level}），请检查 level 与 parent"


def _misplaced_stations(stations: list[Found], offices: list[Found]) -> Iterator[str]:
    """A point or grid leads up to exactly one station."""
    kinds = {found.item.code: found.item.kind for found in stations}
    parents = {found.item.code: found.item.parent for found in stations}
    for found in stations:
        mine: Station = found.item
        above = [code for code in ancestors(mine.code, parents) if kinds.get(code) == "station"]
        if mine.kind == "station" and mine.parent:
            yield f"{found.place}：联络站（station）是树根，不写 parent；若是它的下级，请改 kind 为 point 或 grid"
        if mine.kind in {"point", "grid"} and len(above) != 1 and _whole(mine.code, parents):
            yield f"{found.place}：往上应恰好归到一个联络站，现在归到 {len(above)} 个，请检查 parent"
    yield from _foreign_stations(stations, offices)


def _foreign_stations(stations: list[Found], offices: list[Found]) -> Iterator[str]:
    """Nobody's station stands under a station of somebody else's office."""
    office_of = {found.item.code: found.item.office for found in stations}
    parents = {found.item.code: found.item.parent for found in offices}
    for found in stations:
        mine: Station = found.item
        theirs = office_of.get(mine.parent) if mine.parent else None
        if theirs is not None and theirs not in (mine.office, *ancestors(mine.office, parents)):
            yield f"{found.place}：办公室 {mine.office} 不在上级站的办公室 {theirs} 之下，请检查 office"


def _whole(code: str, parents: Mapping[str, str | None]) -> bool:
    """Whether the way up is free of circles and of codes that do not exist; those are faults of their own."""
    path = ancestors(code, parents)
    return code not in path and all(each in parents for each in path)


def _people(shaped: Shaped, tables: Tables) -> Iterator[str]:
    """Every id belongs to one person and to an account that exists."""
    owner: dict[tuple[str, str, str], str] = {}
    for found in (each for kind in PEOPLE for each in shaped[kind]):
        person: Person = found.item
        for i, own in enumerate(person.identities):
            where = f"{found.place}：identities 第 {i + 1} 项"
            yield from _unknown_account(where, own.channel, own.account, tables.accounts)
            key = (own.channel, own.account, own.id)
            if key in owner:
                yield f"{where}：{own.account} 上的 {own.id} 已属于 {owner[key]}，一个号只能是一个人"
            owner.setdefault(key, person.code)


def _groups(groups: list[Found], tables: Tables) -> Iterator[str]:
    """Every address leads to one group, by an account that exists; nobody is listed twice."""
    owner: dict[Address, str] = {}
    for found in groups:
        mine: Group = found.item
        for key in ("representatives", "clerks"):
            people = getattr(mine, key)
            if len(set(people)) < len(people):
                yield f"{found.place}：{key} 里有人写了两次，请只留一个"
        for i, address in enumerate(mine.addresses):
            where = f"{found.place}：addresses 第 {i + 1} 项"
            yield from _unknown_account(where, address.channel, address.account, tables.accounts)
            if address in owner:
                called = f"{address.account} {address.address}".rstrip()
                yield f"{where}：{called} 已是 {owner[address]} 的，一个入口只能通向一个群"
            owner.setdefault(address, mine.code)


def _unknown_account(
    where: str, channel: str, code: str, accounts: Collection[tuple[str, str]] | None
) -> Iterator[str]:
    if accounts is not None and (channel, code) not in accounts:
        known = [name for kind, name in accounts if kind == channel]
        yield f"{where}：accounts.toml 里没有 [[{channel}]] {code}{near(code, known)}，请改正或补上"


def _same_days(days: list[Found]) -> Iterator[str]:
    """A day is one thing."""
    seen: dict[date, str] = {}
    for found in days:
        if found.item.date in seen:
            yield f"{found.place}：这一天在 {seen[found.item.date]} 已经写过，请只留一条"
        seen.setdefault(found.item.date, found.place)


def _same_questions(faqs: list[Found]) -> Iterator[str]:
    """The same words must not have two answers at the same time in the same place."""
    seen: dict[tuple[str, str | None, str | None], list[Found]] = {}
    for found in faqs:
        mine: Faq = found.item
        for words in dict.fromkeys(plain(text) for text in (mine.question, *mine.similar)):
            others = seen.setdefault((words, mine.office, mine.station), [])
            for other in others:
                if _overlap(mine, other.item):
                    yield f"{found.place}：问法“{words}”在 {other.place} 里也有，请只留在一条里"
            others.append(found)


def plain(text: str) -> str:
    """Return the words without spaces and punctuation, as two people would call them the same."""
    return _NOISE.sub("", text).lower()


def _overlap(one: Faq, other: Faq) -> bool:
    return (one.valid_from or date.min) <= (other.valid_until or date.max) and (other.valid_from or date.min) <= (
        one.valid_until or date.max
    )
