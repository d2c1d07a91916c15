"""Know who may sit at a station, how often each has served, and whose turn it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from bot.rules.rota import Sitter, in_turn
from bot.store.db import Db
from bot.store.tables import duty, group, membership, person, reception_day, representative

SITS = ("seated", "attended")
SERVED_WITHIN = timedelta(days=365)  # [A] fairness looks a year back and at whatever is planned
LAST = 999  # the place of who belongs to no group of the station


class Rota:
    """Who may sit at which station, and how often each has served."""

    def __init__(self, people: Mapping[int, list[Any]], named: Mapping[int, Any], served: dict[int, list[str]]) -> None:
        """Keep the people by station, those a rule names, and the days by person."""
        self._people, self._named, self._served = people, named, served

    @classmethod
    async def read(cls, db: Db, days: Iterable[Any], today: date) -> Rota:
        """Read what is needed to fill those days."""
        days = list(days)
        people = {station_id: await sitters(db, station_id) for station_id in {day.station_id for day in days}}
        named = {row.id: row for row in await _named_in(db, days)}
        served: dict[int, list[str]] = defaultdict(list)
        everybody = {row.id for rows in people.values() for row in rows} | named.keys()
        for row in await _days_served(db, everybody, today):
            served[row.person_id].append(row.date)
        return cls(people, named, served)

    def turn(self, day: Any, *, without: Iterable[int] = ()) -> list[Sitter]:
        """Return who may sit on a day, in turn; who sits elsewhere that day may not."""
        away = set(without)
        free = [one for one in self.everybody(day) if one.person_id not in away]
        return in_turn(one for one in free if day.date not in self._served[one.person_id])

    def everybody(self, day: Any) -> list[Sitter]:
        """Return who may sit on such a day at all: whom the rule names, else everybody of the station."""
        named = json.loads(day.rota)
        people = [self._named[one] for one in named if one in self._named] if named else self._people[day.station_id]
        return [self._sitter(row, day, named) for row in people]

    def count(self, person_id: int) -> int:
        """Return how often somebody has served or is to serve."""
        return len(self._served[person_id])

    def note(self, day: Any, people: Iterable[int]) -> None:
        """Count seats that were just given."""
        for person_id in people:
            self._served[person_id].append(day.date)

    def _sitter(self, row: Any, day: Any, named: list[int]) -> Sitter:
        served = self._served[row.id]
        last = max((on for on in served if on < day.date), default="")
        position = named.index(row.id) if named else row.position
        return Sitter(row.id, row.name, len(served), last, position)


async def sitters(db: Db, station_id: int) -> list[Any]:
    """Return the representatives of a station and of its groups, in the groups' order."""
    of_groups = (
        select(membership.c.person_id, membership.c.position)
        .join(group, group.c.id == membership.c.group_id)
        .where(group.c.station_id == station_id, membership.c.role == "representative")
        .subquery()
    )
    at = func.coalesce(func.min(of_groups.c.position), LAST).label("position")
    return await db.all(
        select(person.c.id, person.c.name, at)
        .join(representative, representative.c.person_id == person.c.id)
        .outerjoin(of_groups, of_groups.c.person_id == person.c.id)
        .where(or_(representative.c.station_id == station_id, of_groups.c.person_id.is_not(None)))
        .group_by(person.c.id, person.c.name)
        .order_by(at, person.c.id)
    )


async def _named_in(db: Db, days: Iterable[Any]) -> list[Any]:
    """Return the representatives whom a rota names."""
    ids = {person_id for day in days for person_id in json.loads(day.rota)}
    query = select(person.c.id, person.c.name).join(representative, representative.c.person_id == person.c.id)
    return await db.all(query.where(person.c.id.in_(ids)).order_by(person.c.id)) if ids else []


async def _days_served(db: Db, people: Iterable[int], today: date) -> list[Any]:
    """Return those people's seats of the last year and of the days to come."""
    return await db.all(
        select(duty.c.person_id, reception_day.c.date)
        .join(reception_day, reception_day.c.id == duty.c.day_id)
        .where(
            duty.c.person_id.in_(list(people)),
            duty.c.state.in_(SITS),
            reception_day.c.state != "cancelled",
            reception_day.c.date >= (today - SERVED_WITHIN).isoformat(),
        )
    )
