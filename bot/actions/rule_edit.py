"""Change a station's reception rules at the console: the days follow at once, every edition stays, and it is undone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select, update

from bot.actions import editions, reception_plan, reception_remind
from bot.actions.handing import Desk
from bot.actions.office import AT_DESK, stored_rule
from bot.actions.reception_rules import rule_of
from bot.errors import Refused
from bot.rules.reception import Rule
from bot.store.db import Db
from bot.store.tables import reception_rule, station
from config.office_models import ReceptionRule

KIND = "rule"  # of editions
NOT_SAID = ("id", "origin")  # columns that are no part of what a rule says

_RULES = select(reception_rule, station.c.name.label("station"), station.c.code.label("station_code")).join(
    station, station.c.id == reception_rule.c.station_id
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as a form has it: for which station, whether it is in use, and on which edition the form stands."""

    rule: ReceptionRule
    rota: Sequence[int]
    station_id: int
    active: bool
    number: int


async def listed(db: Db, stations: Collection[int]) -> list[Any]:
    """Return the rules of these stations, those in use first."""
    query = _RULES.where(reception_rule.c.station_id.in_(stations))
    return await db.all(
        query.order_by(reception_rule.c.active.desc(), reception_rule.c.station_id, reception_rule.c.id)
    )


async def one(db: Db, code: str, stations: Collection[int]) -> Any:
    """Return a rule of these stations, or None."""
    return await db.one(_RULES.where(reception_rule.c.code == code, reception_rule.c.station_id.in_(stations)))


async def station_code(db: Db, station_id: int) -> str:
    """Return the code of a station."""
    row = await db.one(select(station.c.code).where(station.c.id == station_id))
    return str(row.code)


def planned_by(draft: Draft) -> Rule:
    """Return a draft in the shape the rules of the house decide by."""
    return rule_of(SimpleNamespace(**stored_rule(draft.rule, draft.station_id, draft.rota)))


async def new_code(db: Db, station_code: str) -> str:
    """Return a code no rule has yet."""
    taken = {row.code for row in await db.all(select(reception_rule.c.code))}
    return next(code for n in range(1, len(taken) + 2) if (code := f"{station_code[:56]}-d{n}") not in taken)


async def save(desk: Desk, draft: Draft, by: int, batch: str) -> None:
    """Write a rule anew (or a new one) and let its days follow; raises Refused if somebody was quicker."""
    code = draft.rule.code
    row = await desk.db.one(select(reception_rule).where(reception_rule.c.code == code))
    if (await editions.latest(desk.db, KIND, [code]))[code] != draft.number:
        raise Refused("edition_changed_meanwhile")
    values = {**stored_rule(draft.rule, draft.station_id, draft.rota), "active": draft.active}
    await _put(desk, row, values, by=by, batch=batch, number=draft.number, origin=AT_DESK)


async def undo(desk: Desk, batch: str, by: int, stations: Collection[int]) -> str:
    """Put a rule back as it was before a change, let its days follow, and return its code; raises Refused.

    A rule that was new is put out of use: days may have been planned by it.
    """
    anew = editions.new_batch()
    (change, *_) = await editions.of_batch(desk.db, KIND, batch)
    code, number, content = change
    row = await one(desk.db, code, stations)
    if row is None:
        raise Refused("edition_too_late")
    facts = json.loads(content) if content else None
    now = await desk.db.one(select(reception_rule).where(reception_rule.c.code == code))
    values = facts["values"] if facts else {**_said(now), "active": False}
    origin = facts["origin"] if facts else AT_DESK
    await _put(desk, now, values, by=by, batch=anew, number=number, origin=origin)
    return code


async def _put(
    desk: Desk, row: Any, values: Mapping[str, Any], *, by: int, batch: str, number: int, origin: str
) -> None:
    code, before = str(values["code"]), _written(row, row.origin) if row is not None else editions.GONE
    after = json.dumps({"values": values, "origin": origin}, ensure_ascii=False)
    await editions.keep(desk.db, KIND, code, before, after, batch=batch, by=by, now=desk.now, number=number)
    if row is None:
        rule_id = await desk.db.add(insert(reception_rule).values(**values, origin=origin))
    else:
        rule_id = row.id
        mine = reception_rule.c.id == rule_id
        await desk.db.run(update(reception_rule).where(mine).values(**values, origin=origin))
        if row.notice_ahead != values["notice_ahead"]:
            await reception_remind.announce_anew(desk.db, [code])
    await reception_plan.follow(desk, rule_id)


def _written(row: Any, origin: str) -> str:
    return json.dumps({"values": _said(row), "origin": origin}, ensure_ascii=False)


def _said(row: Any) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in reception_rule.c if each.name not in NOT_SAID}
