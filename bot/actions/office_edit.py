"""Change the office at the console: everything of one go or nothing, with who, when and how it was before."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, update

from bot.actions.office import KINDS, place_values, unit_values
from bot.actions.office_kept import Change, note, release
from bot.actions.office_people import load_groups, load_people
from bot.actions.upsert import Tally, bring, ids_by
from bot.errors import LianxinError, Refused
from bot.rules.office import OF_ALL, PEOPLE, Fault, Items, differences, faults, limit_faults, reaches, users
from bot.rules.privacy import Sealer
from bot.store import reads_office
from bot.store.db import Db
from bot.store.reads_office import opened
from bot.store.tables import group, limit_, office, office_change, person, station, unit, wording
from config.office_data import OfficeData

TABLES = {"station": station, "unit": unit, "group": group}
FIELD_OF = {"representative": "representatives", "clerk": "clerks", "officer": "officers",
            "unit_person": "unit_people", "group": "groups"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes, from what, and how far they reach: the codes of their offices, and the accounts there are."""

    person_id: int
    offices: frozenset[str]
    sealer: Sealer
    accounts: Collection[tuple[str, str]]
    now: datetime
    origin: str = "page"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing as it is to be; None takes it out of use."""

    kind: str
    code: str
    after: Any


class Faulty(LianxinError):
    """A change cannot be made: the faults of each step, by its place in the row."""

    def __init__(self, by_step: Mapping[int, list[Fault]]) -> None:
        """Keep what is wrong."""
        super().__init__("faulty")
        self.by_step = by_step


async def change(db: Db, steps: Sequence[Step], who: Editor) -> str:
    """Make a change and return its batch, empty if nothing differs; raises Faulty and Refused."""
    all_ = await reads_office.items(db, who.sealer)
    wrong = await faults_of(db, steps, all_, who)
    if wrong:
        raise Faulty(wrong)
    return await _write(db, steps, all_, who)


async def faults_of(db: Db, steps: Sequence[Step], all_: Items, who: Editor) -> dict[int, list[Fault]]:
    """Return what is wrong with each step, all of them taken together; steps without a fault are left out."""
    merged = applied(steps, all_)
    found: dict[int, list[Fault]] = {}
    for at, step in enumerate(steps):
        before = all_[step.kind].get(step.code)
        beyond = [
            each for each in (before, step.after) if each is not None and not _reaches(step, each, all_, merged, who)
        ]
        if beyond:
            wrong = [Fault("", "not_yours")]
        elif step.after is None:
            wrong = [] if step.kind in OF_ALL else await _still_used(db, step, merged, who)
        elif step.kind == "limit":
            wrong = [*limit_faults(step.after, before), *await _too_late(db, step.after)]
        else:
            wrong = list(faults(step.kind, step.after, merged, who.accounts))
        if wrong:
            found[at] = wrong
    return found


def _reaches(step: Step, each: Any, all_: Items, merged: Items, who: Editor) -> bool:
    """Whether one may change this; what is new counts as it will be, so that a file may bring station and clerk."""
    return reaches(step.kind, each, merged if each is step.after else all_, who.offices)


def applied(steps: Sequence[Step], all_: Items) -> dict[str, dict[str, Any]]:
    """Return everything as it will be after these steps."""
    merged = {kind: dict(things) for kind, things in all_.items()}
    for step in steps:
        if step.after is None:
            merged[step.kind].pop(step.code, None)
        else:
            merged[step.kind][step.code] = step.after
    return merged


async def out_of_use(db: Db, kind: str, code: str, who: Editor) -> list[Step]:
    """Return the steps that take a thing out of use; who leaves also leaves their groups."""
    all_ = await reads_office.items(db, who.sealer)
    steps = [Step(kind, code, None)]
    if kind in ("representative", "clerk"):
        name = f"{kind}s"
        for each in all_["group"].values():
            if code in getattr(each, name):
                rest = tuple(one for one in getattr(each, name) if one != code)
                if not rest:
                    raise Refused("last_of_group", name=each.name)
                steps.append(Step("group", each.code, each.model_copy(update={name: rest})))
    return steps


async def into_use(db: Db, kind: str, code: str, who: Editor) -> str:
    """Bring a thing back as it was when it went out of use; raises Faulty and Refused."""
    gone = [row for row in await reads_office.last_of_each(db, [kind]) if row.code == code]
    if not gone or gone[0].after_sealed is not None:
        raise Refused("in_use_already")
    return await change(db, [Step(kind, code, opened(who.sealer, kind, gone[0].before_sealed))], who)


async def undo(db: Db, batch: str, who: Editor) -> str:
    """Take back what was changed in one go, as long as nothing of it has changed since; returns what it is called."""
    rows = [row for row in await reads_office.batch(db, batch) if row.undone_at is None]
    if not rows:
        raise Refused("undone_already")
    last = {(row.kind, row.code): row.id for row in await reads_office.last_of_each(db, {row.kind for row in rows})}
    if any(last[row.kind, row.code] != row.id for row in rows):
        raise Refused("changed_since")
    all_ = await reads_office.items(db, who.sealer)
    steps = [Step(row.kind, row.code, opened(who.sealer, row.kind, row.before_sealed)) for row in rows]
    if wrong := await faults_of(db, steps, all_, who):
        raise Faulty(wrong)
    for step in steps:
        await _put(db, step, who)
    undone = {"undone_at": who.now, "undone_by_id": who.person_id}
    await db.run(update(office_change).where(office_change.c.batch == batch).values(**undone))
    return str(rows[0].name)


async def let_go(db: Db, kind: str, code: str, who: Editor) -> None:
    """From the next load on the files say what this thing is like; raises Refused."""
    all_ = await reads_office.items(db, None)
    held = {(row.kind, row.code): row for row in await reads_office.last_of_each(db, [kind], by_hand=True)}
    row = held.get((kind, code))
    now = all_[kind].get(code)
    if row is None or not (now is None or reaches(kind, now, all_, who.offices)):
        raise Refused("not_held")
    await release(db, kind, code, who.now)


async def _too_late(db: Db, item: Any) -> list[Fault]:
    """No notice may be planned later than the office promises."""
    if item.code != "notice-ahead":
        return []
    least = await reads_office.latest_notice(db)
    return [Fault("value", "big", {"number": least})] if least is not None and item.value > least else []


async def _still_used(db: Db, step: Step, merged: Items, who: Editor) -> list[Fault]:
    """Return why a thing cannot go out of use: who needs it, or that it is oneself."""
    names = users(step.kind, step.code, merged)
    stations, people = await reads_office.in_rules(db)
    rules = (stations if step.kind == "station" else people if step.kind == "representative" else {}).get(step.code, [])
    if names:
        return [Fault("", "in_use", {"names": "、".join(names[:5]), "count": len(names)})]
    if rules:
        return [Fault("", "in_rule", {"names": "、".join(rules[:5])})]
    if step.kind in PEOPLE and (await ids_by(db, person, "code")).get(step.code) == who.person_id:
        return [Fault("", "yourself")]
    return []


async def _write(db: Db, steps: Sequence[Step], all_: Items, who: Editor) -> str:
    batch, done = secrets.token_hex(12), False
    for step in steps:
        before = all_[step.kind].get(step.code)
        if (before is None) == (step.after is None) and not differences(before, step.after):
            continue
        await _put(db, step, who)
        change_ = Change(step.kind, step.code, before, step.after, batch, who.origin, who.person_id)
        await note(db, change_, who.sealer, who.now)
        done = True
    return batch if done else ""


async def _put(db: Db, step: Step, who: Editor) -> None:
    """Make the store hold one thing as a step wants it."""
    tallies: dict[str, Tally] = {kind: Tally() for kind in KINDS}
    item = step.after
    if step.kind in PEOPLE:
        await load_people(db, _alone(step), who.sealer, who.now, tallies, only=step.code)
    elif step.kind == "group":
        await load_groups(db, _alone(step), who.now, tallies, only=step.code)
    elif step.kind == "text":
        await db.run(delete(wording).where(wording.c.code == step.code))
        if item is not None:
            await db.run(insert(wording).values(code=step.code, words=item.words))
    elif item is not None:
        table, row = await _row(db, step)
        await bring(db, table, ["code"], [row], Tally(), among=table.c.code == step.code)
    if item is None and step.kind in TABLES:
        table = TABLES[step.kind]
        await db.run(update(table).where(table.c.code == step.code).values(off_at=who.now))


async def _row(db: Db, step: Step) -> tuple[Table, dict[str, Any]]:
    """Return the row of a station, a unit or a number, in use from now on."""
    if step.kind == "limit":
        return limit_, step.after.model_dump() | {"as_of": step.after.as_of.isoformat()}
    offices = await ids_by(db, office, "code")
    if step.kind == "unit":
        return unit, unit_values(step.after, offices) | {"off_at": None}
    ids = {"parent": await ids_by(db, station, "code"), "office": offices, "unit": {}}
    return station, place_values(step.after, ids) | {"off_at": None}


def _alone(step: Step) -> OfficeData:
    """Return an office in which there is only this one thing, or not even that."""
    things = {} if step.after is None else {FIELD_OF[step.kind]: (step.after,)}
    return OfficeData.of(**things)
