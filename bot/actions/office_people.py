"""Load the people of the office, the ids the platforms know them by, and the groups they work in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, select, update

from bot.actions.upsert import Tally, bring, ids_by
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import (
    clerk,
    group,
    group_address,
    identity,
    membership,
    office,
    officer,
    person,
    representative,
    station,
    unit,
    unit_member,
)
from config.office_data import OfficeData
from config.office_models import Group, Person, Representative

STAFF = ("representative", "clerk")


async def load_people(
    db: Db, data: OfficeData, seal: Sealer, now: datetime, tallies: Mapping[str, Tally], *, only: str = ""
) -> None:
    """Bring people, their offices and their ids; who left keeps their history and loses their rights.

    With `only` a code, `data` speaks of that person alone and everybody else is left alone.
    """
    tally = tallies["person"]
    rows = [_person_values(each, seal) for each in data.people]
    stored = await bring(
        db,
        person,
        ["code"],
        rows,
        tally,
        among=person.c.code == only if only else person.c.code.is_not(None),
        on_add={"created_at": now},
        unwatched=frozenset({"phone_sealed"}),
    )
    tally.gone += sorted({key[0] for key in stored} - {row["code"] for row in rows})
    people = await ids_by(db, person, "code")
    if only:
        people = {only: people[only]}
    stations, offices, units = [await ids_by(db, place, "code") for place in (station, office, unit)]
    await _seat(db, data.representatives, people, stations, tallies["seat"])
    desks = ((each.code, each.stations) for each in data.clerks)
    await _post(db, clerk, "station_id", desks, people, stations, tallies["desk"])
    above = ((each.code, each.offices) for each in data.officers)
    await _post(db, officer, "office_id", above, people, offices, tallies["officer"])
    inside = ((each.code, each.units) for each in data.unit_people)
    await _post(db, unit_member, "unit_id", inside, people, units, tallies["unit_member"])
    await _load_identities(db, data.people, people, seal, now=now, tally=tallies["identity"])


def _meant(table: Table, people: Mapping[str, int]) -> ColumnElement[bool] | None:
    """Return the condition that a row belongs to the one person who is spoken of; None where it is about everybody."""
    return table.c.person_id.in_(people.values()) if len(people) == 1 else None


def _person_values(each: Person, seal: Sealer) -> dict[str, Any]:
    return {
        "code": each.code,
        "name": each.name,
        "phone_sealed": seal.seal(each.phone, "phone") if each.phone else None,
        "phone_hash": seal.mark(each.phone, "phone") if each.phone else None,
    }


async def _seat(
    db: Db,
    representatives: Iterable[Representative],
    people: Mapping[str, int],
    stations: Mapping[str, int],
    tally: Tally,
) -> None:
    """Seat the representatives and unseat those who are none any more."""
    rows = [
        {
            "person_id": people[each.code],
            "level": each.level,
            "station_id": stations[each.station],
            "title": each.title,
            "pledge": each.pledge,
        }
        for each in representatives
    ]
    stored = await bring(db, representative, ["person_id"], rows, tally, among=_meant(representative, people))
    wanted = {(row["person_id"],) for row in rows}
    await _clear(db, representative, [row for key, row in stored.items() if key not in wanted], people, tally)


async def _post(
    db: Db,
    table: Table,
    place: str,
    serving: Iterable[tuple[str, Iterable[str]]],
    people: Mapping[str, int],
    places: Mapping[str, int],
    tally: Tally,
) -> None:
    """Give everybody the places they serve (a clerk's stations, an officer's offices …), and no other."""
    rows = [{"person_id": people[who], place: places[code]} for who, codes in serving for code in dict.fromkeys(codes)]
    keys = ["person_id", place]
    stored = await bring(db, table, keys, rows, tally, among=_meant(table, people))
    wanted = {tuple(row[key] for key in keys) for row in rows}
    await _clear(db, table, [row for key, row in stored.items() if key not in wanted], people, tally)


async def _clear(db: Db, table: Table, surplus: Iterable[Any], people: Mapping[str, int], tally: Tally) -> None:
    """Take a role from whoever holds it and should not; nothing refers to such rows."""
    names = {person_id: code for code, person_id in people.items()}
    for row in surplus:
        await db.run(delete(table).where(table.c.id == row.id))
        tally.gone.append(str(names.get(row.person_id, row.person_id)))
    tally.gone.sort()


async def _load_identities(
    db: Db, staff: Iterable[Person], people: Mapping[str, int], seal: Sealer, *, now: datetime, tally: Tally
) -> None:
    """Bring the ids; one that nobody vouches for any more belongs to a stranger from now on.

    It is not deleted: cases may have come by it. It must not keep its rights: WeCom ids are handed to successors.
    """
    staff = list(staff)
    await _renew_marks(db, staff, seal)
    rows = [row for each in staff for row in _identity_values(each, people[each.code], seal)]
    keys = ["channel", "account", "external_hash"]
    await bring(
        db,
        identity,
        keys,
        rows,
        tally,
        among=identity.c.external_hash.in_([row["external_hash"] for row in rows]),
        on_add={"reachable": True},
        unwatched=frozenset({"external_sealed"}),
    )
    vouched = {tuple(row[key] for key in keys) for row in rows}
    held = select(identity, person.c.code).join(person, person.c.id == identity.c.person_id)
    for row in await db.all(held.where(person.c.code.in_(people)).order_by(identity.c.id)):
        if (row.channel, row.account, row.external_hash) not in vouched:
            stranger = await db.add(insert(person).values(name="", created_at=now))
            await db.run(update(identity).where(identity.c.id == row.id).values(person_id=stranger))
            tally.gone.append(f"{row.code} 的 {row.account}")


async def _renew_marks(db: Db, staff: Iterable[Person], seal: Sealer) -> None:
    """Let the ids bear the newest key's mark: while keys are changed, an old mark must not make them strangers."""
    for own in (own for each in staff for own in each.identities):
        newest, *older = seal.marks(f"{own.channel}:{own.account}:{own.id}", "identity")
        if older:
            theirs = (identity.c.channel == own.channel) & (identity.c.account == own.account)
            bears = theirs & identity.c.external_hash.in_(older)
            await db.run(update(identity).where(bears).values(external_hash=newest))


def _identity_values(each: Person, person_id: int, seal: Sealer) -> Iterator[dict[str, Any]]:
    for own in each.identities:
        yield {
            "person_id": person_id,
            "channel": own.channel,
            "account": own.account,
            "external_hash": seal.mark(f"{own.channel}:{own.account}:{own.id}", "identity"),
            "external_sealed": seal.seal(own.id, "identity"),
        }


async def load_groups(db: Db, data: OfficeData, now: datetime, tallies: Mapping[str, Tally], *, only: str = "") -> None:
    """Bring the groups, their ways in and out, and who works in them; a group that is gone falls silent.

    With `only` a code, `data` speaks of that group alone and every other is left alone.
    """
    stations, tally = await ids_by(db, station, "code"), tallies["group"]
    rows = [_group_values(each, stations) for each in data.groups]
    stored = await bring(db, group, ["code"], rows, tally, among=group.c.code == only if only else None)
    gone = sorted({key[0] for key in stored} - {row["code"] for row in rows})
    await db.run(update(group).where(group.c.code.in_(gone), group.c.off_at.is_(None)).values(off_at=now))
    tally.gone += gone
    groups = await ids_by(db, group, "code")
    if only:
        groups = {only: groups[only]}
    await _load_addresses(db, data.groups, groups, tallies["address"])
    await _load_members(db, data.groups, groups, now, tallies["member"])


def _group_values(each: Group, stations: Mapping[str, int]) -> dict[str, Any]:
    return {
        "code": each.code,
        "station_id": stations[each.station],
        "name": each.name,
        "level": each.level,
        "area": " ".join(each.area),
        "daily_cap": each.daily_cap,
        "quiet_from": each.quiet_from,
        "quiet_until": each.quiet_until,
        "off_at": None,
    }


async def _load_addresses(db: Db, groups: Iterable[Group], ids: Mapping[str, int], tally: Tally) -> None:
    rows = [{"group_id": ids[each.code], **address.model_dump()} for each in groups for address in each.addresses]
    keys = ["channel", "account", "address", "purpose"]
    stored = await bring(db, group_address, keys, rows, tally, among=group_address.c.group_id.in_(ids.values()))
    for key in sorted(stored.keys() - {tuple(row[name] for name in keys) for row in rows}):
        await db.run(delete(group_address).where(group_address.c.id == stored[key].id))
        tally.gone.append(" ".join(filter(None, key[1:3])))


async def _load_members(db: Db, groups: Iterable[Group], ids: Mapping[str, int], now: datetime, tally: Tally) -> None:
    """Bring who works in each group, in the order of assignment; voters come and go by themselves."""
    people = await ids_by(db, person, "code")
    rows = [row for each in groups for row in _members(each, ids[each.code], people)]
    keys = ["group_id", "person_id", "role"]
    staff = membership.c.role.in_(STAFF) & membership.c.group_id.in_(ids.values())
    stored = await bring(db, membership, keys, rows, tally, among=staff, on_add={"joined_at": now})
    wanted = {tuple(row[name] for name in keys) for row in rows}
    surplus = [row for key, row in stored.items() if key not in wanted]
    await _clear(db, membership, surplus, people, tally)


def _members(each: Group, group_id: int, people: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for role, codes in zip(STAFF, (each.representatives, each.clerks), strict=True):
        for position, code in enumerate(codes):
            yield {"group_id": group_id, "person_id": people[code], "role": role, "position": position}
