"""Read the office back as its files would have it, thing by thing, and what was changed at the console."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from bot.rules.office import PEOPLE, SHAPES, Items
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import (
    clerk,
    group,
    group_address,
    identity,
    limit_,
    membership,
    office,
    office_change,
    officer,
    person,
    reception_rule,
    reminder_rule,
    representative,
    station,
    unit,
    unit_member,
    wording,
)
from config.office_models import Address, Group, Limit, Office, Sentence, Station, Table, Unit

CHANGED = "office_change"  # the purpose changes are sealed for
BY_HAND = ("page", "import")
#            the kind         the table       where to
POSTS = {"clerk": (clerk, clerk.c.station_id, station), "officer": (officer, officer.c.office_id, office),
         "unit_person": (unit_member, unit_member.c.unit_id, unit)}  # fmt: skip
PLACES = {"clerk": "stations", "officer": "offices", "unit_person": "units"}


async def items(
    db: Db, sealer: Sealer | None, kinds: Collection[str] = tuple(SHAPES), *, only: Collection[str] | None = None
) -> Items:
    """Return what is in use, by kind and code; without a sealer people come without phone and without their ids.

    With `only` some codes, there is nobody else among the people: a city has thousands.
    """
    found: dict[str, dict[str, Table]] = {}
    for kind in kinds:
        match kind:
            case "office":
                found[kind] = _by_code(await _offices(db))
            case "station":
                found[kind] = _by_code(await _stations(db))
            case "unit":
                found[kind] = _by_code(await _units(db))
            case "group":
                found[kind] = _by_code(await _groups(db))
            case "limit":
                found[kind] = _by_code(await _limits(db))
            case "text":
                found[kind] = {
                    row.code: Sentence(code=row.code, words=row.words) for row in await db.all(select(wording))
                }
    if people := set(kinds) & set(PEOPLE):
        meant = person.c.code.is_not(None) if only is None else person.c.code.in_(only)
        found |= await _people(db, sealer, people, meant)
    return found


def _by_code(things: Iterable[Any]) -> dict[str, Table]:
    return {each.code: each for each in things}


async def _offices(db: Db) -> list[Office]:
    above = office.alias("above")
    rows = await db.all(
        select(office, above.c.code.label("parent"))
        .outerjoin(above, above.c.id == office.c.parent_id)
        .order_by(office.c.id)
    )
    return [Office(code=row.code, name=row.name, level=row.level, parent=row.parent) for row in rows]


async def _stations(db: Db) -> list[Station]:
    above = station.alias("above")
    rows = await db.all(
        select(station, office.c.code.label("office"), above.c.code.label("parent"))
        .join(office, office.c.id == station.c.office_id)
        .outerjoin(above, above.c.id == station.c.parent_id)
        .where(station.c.off_at.is_(None))
        .order_by(station.c.id)
    )
    names = ("code", "name", "office", "kind", "parent", "address", "phone", "hours")
    return [Station(**{name: getattr(row, name) for name in names}) for row in rows]


async def _units(db: Db) -> list[Unit]:
    rows = await db.all(
        select(unit, office.c.code.label("office"))
        .join(office, office.c.id == unit.c.office_id)
        .where(unit.c.off_at.is_(None))
        .order_by(unit.c.id)
    )
    return [Unit(code=row.code, name=row.name, office=row.office, phone=row.phone) for row in rows]


async def _limits(db: Db) -> list[Limit]:
    rows = await db.all(select(limit_).order_by(limit_.c.code))
    return [
        Limit(code=row.code, value=row.value, unit=row.unit, source=row.source, as_of=date.fromisoformat(row.as_of))
        for row in rows
    ]


async def _sentences(db: Db) -> list[Sentence]:
    return [Sentence(code=row.code, words=row.words) for row in await db.all(select(wording))]


async def wordings(db: Db) -> dict[str, str]:
    """Return the sentences the office says in words of its own, by code."""
    return {row.code: row.words for row in await db.all(select(wording))}


async def _groups(db: Db) -> list[Table]:
    rows = await db.all(
        select(group, station.c.code.label("station"))
        .join(station, station.c.id == group.c.station_id)
        .where(group.c.off_at.is_(None))
        .order_by(group.c.id)
    )
    members: dict[tuple[int, str], list[str]] = {}
    staff = await db.all(
        select(membership.c.group_id, membership.c.role, person.c.code)
        .join(person, person.c.id == membership.c.person_id)
        .where(membership.c.role.in_(("representative", "clerk")), person.c.code.is_not(None))
        .order_by(membership.c.position, membership.c.id)
    )
    for row in staff:
        members.setdefault((row.group_id, row.role), []).append(row.code)
    ways: dict[int, list[Address]] = {}
    for row in await db.all(select(group_address).order_by(group_address.c.id)):
        way = {name: getattr(row, name) for name in ("purpose", "channel", "account", "address")}
        ways.setdefault(row.group_id, []).append(Address.model_validate(way))
    plain = ("code", "name", "station", "level", "daily_cap", "quiet_from", "quiet_until")
    return [
        Group.model_construct(  # with thousands of members: they were looked through when they were written
            **{name: getattr(row, name) for name in plain},
            area=tuple(row.area.split()),
            addresses=tuple(ways.get(row.id, ())),
            representatives=tuple(members[row.id, "representative"]),
            clerks=tuple(members[row.id, "clerk"]),
        )
        for row in rows
        if (row.id, "representative") in members and (row.id, "clerk") in members  # the files let it go: out of use
    ]


async def _people(
    db: Db, sealer: Sealer | None, kinds: Collection[str], meant: ColumnElement[bool]
) -> dict[str, dict[str, Table]]:
    found: dict[str, dict[str, Table]] = {kind: {} for kind in kinds}
    ids = await _ids(db, sealer, meant) if sealer else {}
    if "representative" in kinds:
        seated = _serving(representative, station, representative.c.station_id, meant)
        more_columns = (representative.c.level, representative.c.title, representative.c.pledge)
        rows = await db.all(seated.add_columns(*more_columns))
        for row in rows:
            more = {"level": row.level, "station": row.place, "title": row.title, "pledge": row.pledge}
            found["representative"][row.code] = _person("representative", row, ids, sealer, more)
    for kind in sorted(set(kinds) & set(POSTS)):
        table, key, place = POSTS[kind]
        rows = await db.all(_serving(table, place, key, meant))
        places: dict[str, list[str]] = {}
        for row in rows:
            places.setdefault(row.code, []).append(row.place)
        for row in rows:
            more = {PLACES[kind]: tuple(places[row.code])}
            found[kind].setdefault(row.code, _person(kind, row, ids, sealer, more))
    return found


def _serving(table: Any, place: Any, key: Any, meant: ColumnElement[bool]) -> Select[Any]:
    columns = (person.c.id, person.c.code, person.c.name, person.c.phone_sealed, place.c.code.label("place"))
    return (
        select(*columns)
        .join(table, table.c.person_id == person.c.id)
        .join(place, place.c.id == key)
        .where(meant)
        .order_by(table.c.id)
    )


def _person(
    kind: str, row: Any, ids: Mapping[int, list[dict[str, str]]], sealer: Sealer | None, more: dict[str, Any]
) -> Table:
    phone = sealer.open(row.phone_sealed, "phone") if sealer and row.phone_sealed else ""
    values = {"code": row.code, "name": row.name, "phone": phone, "identities": tuple(ids.get(row.id, ()))}
    if sealer is None:  # thousands for a list: they were looked through when they were written
        return SHAPES[kind].model_construct(**values, **more)
    return SHAPES[kind].model_validate({**values, **more})


async def seats(db: Db) -> list[str]:
    """Return the code of the station of each representative."""
    rows = await db.all(_serving(representative, station, representative.c.station_id, person.c.code.is_not(None)))
    return [row.place for row in rows]


async def _ids(db: Db, sealer: Sealer, meant: ColumnElement[bool]) -> dict[int, list[dict[str, str]]]:
    rows = await db.all(
        select(identity.c.person_id, identity.c.channel, identity.c.account, identity.c.external_sealed)
        .join(person, person.c.id == identity.c.person_id)
        .where(meant)
        .order_by(identity.c.id)
    )
    found: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        own = {"channel": row.channel, "account": row.account, "id": sealer.open(row.external_sealed, "identity")}
        found.setdefault(row.person_id, []).append(own)
    return found


# ---- what was changed ------------------------------------------------------------------------------------------------


def opened(sealer: Sealer, kind: str, sealed: bytes | None) -> Table | None:
    """Return the thing as a change has it, or None where it was not in use."""
    return SHAPES[kind].model_validate_json(sealer.open(sealed, CHANGED)) if sealed is not None else None


async def last_of_each(db: Db, kinds: Collection[str], *, by_hand: bool = False) -> list[Any]:
    """Return the last change of each thing that was not undone; `by_hand`: of those the console answers for."""
    standing = [office_change.c.undone_at.is_(None), office_change.c.kind.in_(kinds)]
    if by_hand:
        standing += [office_change.c.origin.in_(BY_HAND), office_change.c.let_go_at.is_(None)]
    last = (
        select(func.max(office_change.c.id).label("id"))
        .where(and_(*standing))
        .group_by(office_change.c.kind, office_change.c.code)
        .subquery()
    )
    return await db.all(select(office_change).join(last, last.c.id == office_change.c.id).order_by(office_change.c.id))


async def changes(db: Db, kinds: Collection[str], code: str = "", *, before: int = 0, most: int = 30) -> list[Any]:
    """Return changes, the newest first, with the names of who made and who undid them."""
    undoer = person.alias("undoer")
    query = (
        select(office_change, person.c.name.label("by"), undoer.c.name.label("undone_by"))
        .outerjoin(person, person.c.id == office_change.c.by_id)
        .outerjoin(undoer, undoer.c.id == office_change.c.undone_by_id)
        .where(office_change.c.kind.in_(kinds))
        .order_by(office_change.c.id.desc())
        .limit(most)
    )
    if code:
        query = query.where(office_change.c.code == code)
    if before:
        query = query.where(office_change.c.id < before)
    return await db.all(query)


async def office_codes(db: Db, ids: Collection[int]) -> frozenset[str]:
    """Return the codes of these offices."""
    return frozenset(row.code for row in await db.all(select(office.c.code).where(office.c.id.in_(ids))))


async def is_taken(db: Db, kind: str, code: str) -> bool:
    """Whether something of that kind, in use or not, has that code already."""
    table = {"station": station, "unit": unit, "group": group}.get(kind, person)
    return await db.one(select(table.c.id).where(table.c.code == code)) is not None


async def batch(db: Db, name: str) -> list[Any]:
    """Return the changes that were made in one go."""
    mine = office_change.c.batch == name
    return await db.all(select(office_change).where(mine).order_by(office_change.c.id))


async def in_rules(db: Db) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return which stations, and which representatives' rotas, active reception rules name: codes of rules by code."""
    rows = await db.all(
        select(reception_rule.c.code, reception_rule.c.rota, station.c.code.label("station"))
        .join(station, station.c.id == reception_rule.c.station_id)
        .where(reception_rule.c.active)
    )
    named = select(person.c.id, person.c.code).where(person.c.code.is_not(None))
    named = select(person.c.id, person.c.code).where(person.c.code.is_not(None))
    codes = {row.id: row.code for row in await db.all(named)}
    stations: dict[str, list[str]] = {}
    people: dict[str, list[str]] = {}
    for row in rows:
        stations.setdefault(row.station, []).append(row.code)
        for person_id in json.loads(row.rota):
            people.setdefault(codes.get(person_id, ""), []).append(row.code)
    return stations, people


async def latest_notice(db: Db) -> int | None:
    """Return how many days before a reception day its last public notice comes, or None if there is none."""
    row = await db.one(select(func.min(reminder_rule.c.days_before).label("days")).where(reminder_rule.c.notice))
    return None if row.days is None else int(row.days)
