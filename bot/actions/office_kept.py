"""Let what was changed at the console stand when the files are loaded again, and write down what a load changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from bot.rules.office import OF_ALL, PEOPLE, SHAPES, Items, differences
from bot.rules.privacy import Sealer
from bot.store import reads_office
from bot.store.db import Db
from bot.store.reads_office import BY_HAND, CHANGED, opened
from bot.store.tables import office_change
from config.faults import BadConfig
from config.office_data import OfficeData, faults_between, from_the_top
from config.office_links import CALLED

LET_GO = "以上各条要改用文件里的，请在工作台“资料”里打开那一条，按“以后以文件为准”，再载入一次。"
FIELDS = {"station": "stations", "representative": "representatives", "clerk": "clerks", "officer": "officers",
          "unit_person": "unit_people", "group": "groups", "unit": "units", "limit": "limits"}  # fmt: skip
STAY = ("station", "unit")  # out of use they stay where they are: cases and categories name them
HIDDEN = ("phone", "identities")  # said to differ, not said how


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history; before or after is None where the thing was not in use."""

    kind: str
    code: str
    before: Any
    after: Any
    batch: str
    origin: str  # page, import, files
    by_id: int | None = None


async def note(db: Db, made: Change, sealer: Sealer, now: datetime) -> None:
    """Write a line of the history."""
    called = made.after or made.before
    before, after = [
        None if each is None else sealer.seal(each.model_dump_json(), CHANGED) for each in (made.before, made.after)
    ]
    values = {"batch": made.batch, "kind": made.kind, "code": made.code, "name": getattr(called, "name", "")}
    values |= {"origin": made.origin, "by_id": made.by_id, "at": now, "before_sealed": before, "after_sealed": after}
    await db.run(insert(office_change).values(**values))


async def release(db: Db, kind: str, code: str, now: datetime) -> None:
    """Note that the console no longer answers for a thing."""
    mine = (office_change.c.kind == kind, office_change.c.code == code, office_change.c.origin.in_(BY_HAND))
    await db.run(update(office_change).where(*mine, office_change.c.let_go_at.is_(None)).values(let_go_at=now))


async def keep(db: Db, data: OfficeData, sealer: Sealer, now: datetime) -> tuple[OfficeData, tuple[str, ...]]:
    """Return the office with the console's word in place of the files', and a line for each thing they differ in.

    What the files have come to agree with is theirs again. Raises BadConfig where the two do not fit together.
    """
    things = {kind: {each.code: each for each in getattr(data, name)} for kind, name in FIELDS.items()}
    lines = []
    for row in await reads_office.last_of_each(db, tuple(FIELDS), by_hand=True):
        mine = opened(sealer, row.kind, row.after_sealed)
        theirs = _taken(things, row.kind, row.code)
        if _agree(mine, theirs):
            await release(db, row.kind, row.code, now)
        else:
            lines.append(_line(row, mine, theirs))
        stands = mine or (opened(sealer, row.kind, row.before_sealed) if row.kind in STAY else None)
        if stands is not None:
            things[row.kind][row.code] = stands
    if not lines:
        return data, ()
    merged = replace(data, **{name: tuple(things[kind].values()) for kind, name in FIELDS.items()})
    merged = replace(merged, stations=from_the_top(merged.stations))
    if faults := faults_between(merged):
        raise BadConfig("\n".join(["文件与工作台上改过的合不到一起：", *faults, LET_GO]))
    return merged, tuple(lines)


def _taken(things: Mapping[str, dict[str, Any]], kind: str, code: str) -> Any:
    """Take a thing out of the files' word; a person may stand there under another kind."""
    kinds = PEOPLE if kind in PEOPLE else (kind,)
    return next((found for each in kinds if (found := things[each].pop(code, None)) is not None), None)


def _agree(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    return type(mine) is type(theirs) and not differences(mine, theirs)


def _line(row: Any, mine: Any, theirs: Any) -> str:
    word = f"工作台上改过，以工作台为准：{CALLED[row.kind][0]} {row.code}"
    if mine is None:
        return f"{word}（工作台上已停用，文件里还有）"
    if theirs is None:
        return f"{word}（文件里没有）"
    said = [name if name in HIDDEN else f"{name}（文件 {_said(file)}，工作台 {_said(page)}）"
            for name, (page, file) in differences(mine, theirs).items()]  # fmt: skip
    return f"{word}：{'，'.join(said)}"


def _said(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


async def note_load(db: Db, before: Items, sealer: Sealer, now: datetime) -> None:
    """Write down what a load changed; the first load of an empty database is no change."""
    if not any(before[kind] for kind in SHAPES if kind not in OF_ALL):
        return
    after, batch = await reads_office.items(db, sealer), secrets.token_hex(12)
    for kind in FIELDS:
        for code in dict.fromkeys((*before[kind], *after[kind])):
            one, other = before[kind].get(code), after[kind].get(code)
            if one is None or other is None or differences(one, other):
                await note(db, Change(kind, code, one, other, batch, "files"), sealer, now)
