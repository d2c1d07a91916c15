"""Let clerks move, cancel and restore single reception days, and see what is planned and who sits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from bot.actions import duty
from bot.actions.cases import officers_of
from bot.actions.duty import Seat
from bot.actions.handing import Desk
from bot.actions.reception import AHEAD, begun, ends_at, spoken, working_days
from bot.actions.reception_change import change
from bot.actions.reception_rules import planned, session_of
from bot.actions.rota import SITS, Rota
from bot.clock import local_date
from bot.errors import Refused
from bot.store.db import Db
from bot.store.tables import clerk, person, reception_day, reception_rule, station, swap
from bot.store.tables import duty as seats

FARTHEST = timedelta(days=365)
MOST = 12  # days in a list
LISTED = (*AHEAD, "cancelled")


@dataclass(frozen=True, slots=True)
class Listed:
    """One day as the desk sees it: who sits, who is asked to."""

    day: Any
    sits: tuple[Seat, ...]
    asked: tuple[str, ...]

    @property
    def gap(self) -> bool:
        """Whether nobody sits though somebody should."""
        return self.day.state in AHEAD and bool(self.day.seats) and not self.sits


async def stations_of(db: Db, person_id: int) -> list[int]:
    """Return the stations whose desk a person runs."""
    rows = await db.all(select(clerk.c.station_id).where(clerk.c.person_id == person_id).order_by(clerk.c.id))
    return [row.station_id for row in rows]


async def find_day(desk: Desk, person_id: int, on: date, words: str = "") -> Any:
    """Return the day a clerk (or the office above) means, by date or by the day it was moved from; raises Refused.

    Where several stations receive that day, `words` must begin with part of a station's name or the hour.
    """
    day = on.isoformat()
    named = or_(reception_day.c.date == day, reception_day.c.planned_on == day)
    query = (
        select(reception_day, station.c.name.label("station"), reception_rule.c.seats, reception_rule.c.rota)
        .join(station, station.c.id == reception_day.c.station_id)
        .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
        .where(named, reception_day.c.state.in_(LISTED))
        .order_by(reception_day.c.id)
    )
    desks = await stations_of(desk.db, person_id)
    rows = await desk.db.all(query)
    found = [row for row in rows if row.station_id in desks]
    if not found:
        found = [row for row in rows if person_id in await officers_of(desk.db, row.station_id)]
    return _only(found, on, words)


async def own_day(desk: Desk, person_id: int, on: date, words: str = "") -> Any:
    """Return the day to come on which somebody sits or was to sit; raises Refused."""
    days = await duty.coming(desk, with_seat=seats.c.person_id == person_id, until=on)
    found = [day for day in days if day.date == on.isoformat()]
    if not found:
        raise Refused("not_on_duty", day=spoken(on.isoformat()))
    return _only(found, on, words)


async def move(desk: Desk, day: Any, to: date, hours: tuple[str, ...], reason: str, by: int) -> Any:
    """Move a day for a reason and tell everybody concerned; returns it as it is now. Raises Refused."""
    _still_open(desk, day)
    starts, ends = hours or (day.starts, day.ends)
    today = local_date(desk.now)
    if not today <= to <= today + FARTHEST or ends_at(day, to.isoformat()) <= desk.now:
        raise Refused("move_to_when", day=spoken(to.isoformat()))
    if starts >= ends:
        raise Refused("hours_upside_down", starts=starts, ends=ends)
    if (to.isoformat(), starts, ends) == (day.date, day.starts, day.ends):
        raise Refused("is_then_already", day=spoken(day.date))
    known = (await working_days(desk.db)).known(to)
    values = {"date": to.isoformat(), "starts": starts, "ends": ends, "reason": reason, "decided_by_id": by}
    what = "moved" if to.isoformat() != day.date else "changed"
    return await _decide(desk, day, what, {**values, "state": "planned" if known else "provisional"}, by)


async def cancel(desk: Desk, day: Any, reason: str, by: int) -> Any:
    """Cancel a day for a reason and tell everybody concerned. Raises Refused."""
    _still_open(desk, day)
    return await _decide(desk, day, "cancelled", {"state": "cancelled", "reason": reason, "decided_by_id": by}, by)


async def restore(desk: Desk, day: Any, by: int) -> Any:
    """Let a day be what its rule makes of it, as if nobody had decided otherwise. Raises Refused."""
    if day.state in AHEAD and day.decided_by_id is None:
        raise Refused("nothing_to_restore", day=spoken(day.date))
    session, mode = await session_of(desk.db, day)
    if session is None:
        raise Refused("rule_names_it_no_more", day=spoken(day.planned_on))
    values = {**planned(session, mode), "decided_by_id": None, "reason": ""}
    if ends_at(day, values["date"]) <= desk.now:
        raise Refused("day_over", day=spoken(values["date"]))
    what = "restored" if day.state == "cancelled" or day.date == values["date"] else "moved"
    return await _decide(desk, day, what, values, by)


async def listed(desk: Desk, station_ids: Iterable[int], *, cancelled: bool = False) -> list[Listed]:
    """Return the coming days of some stations with who sits; with the cancelled ones where asked for."""
    states = LISTED if cancelled else AHEAD
    days = (await duty.coming(desk, stations=station_ids, states=states))[:MOST]
    there = await duty.seats_on(desk.db, [day.id for day in days])
    asked = await _asked(desk.db, [day.id for day in days])
    return [
        Listed(day, tuple(seat for seat in there[day.id] if seat.state in SITS), tuple(asked.get(day.id, ())))
        for day in days
    ]


async def served(desk: Desk, days: Iterable[Any]) -> list[tuple[str, int]]:
    """Return how often each who may sit on those days has served within a year, or is to; the most first."""
    days = list(days)
    rota = await Rota.read(desk.db, days, local_date(desk.now))
    people = {sitter.person_id: sitter.name for day in days for sitter in rota.everybody(day)}
    counted = [(name, rota.count(person_id)) for person_id, name in people.items()]
    return sorted(counted, key=lambda each: (-each[1], each[0]))


async def own_days(desk: Desk, person_id: int) -> list[Any]:
    """Return the days to come on which somebody sits."""
    return await duty.coming(desk, with_seat=(seats.c.person_id == person_id) & seats.c.state.in_(SITS))


async def _decide(desk: Desk, day: Any, what: str, values: dict[str, Any], by: int) -> Any:
    sits = [seat.person_id for seat in await duty.on_duty(desk.db, day.id)]
    if not await change(desk, day, what, values, by=by, people=sits):
        raise Refused("day_changed_meanwhile", day=spoken(day.date))
    return await duty.day_with_seats(desk.db, day.id)


def _still_open(desk: Desk, day: Any) -> None:
    if day.state == "cancelled":
        raise Refused("day_cancelled_already", day=spoken(day.date), short=day.date[5:])
    if begun(day, desk.now):
        raise Refused("day_over", day=spoken(day.date))


def _only(found: list[Any], on: date, words: str) -> Any:
    """Return the one day among those that is meant; the first word of what follows may tell them apart."""
    if not found:
        raise Refused("no_day_then", day=spoken(on.isoformat()))
    hint = (words.split() or [""])[0]
    meant = [row for row in found if hint and (hint in row.station or row.starts == hint)]
    exact = [row for row in found if row.date == on.isoformat()]
    for rows in (meant, exact, found):
        if len(rows) == 1:
            return rows[0]
    several = "\n".join(f"· {row.station} {row.starts}–{row.ends}" for row in meant or exact or found)
    raise Refused("several_days", day=spoken(on.isoformat()), days=several)


async def _asked(db: Db, day_ids: list[int]) -> dict[int, list[str]]:
    """Return the names of those who are asked to sit and have not answered, by day."""
    rows = await db.all(
        select(seats.c.day_id, person.c.name)
        .join(swap, swap.c.duty_id == seats.c.id)
        .join(person, person.c.id == swap.c.asked_id)
        .where(seats.c.day_id.in_(day_ids), swap.c.state == "asked")
        .order_by(swap.c.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.day_id, []).append(row.name)
    return found
