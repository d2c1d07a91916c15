"""Seat representatives on reception days in turn, say who sits, and raise the days on which nobody does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.actions import reception_news
from bot.actions.cases import officers_of
from bot.actions.clocks import limit
from bot.actions.handing import Desk, DeskOf
from bot.actions.reception import AHEAD, begun, clerks_of, spoken, where
from bot.actions.rota import SITS, Rota
from bot.clock import at_local, local_date
from bot.errors import Refused
from bot.message import Text
from bot.outbox.queue import owe, way_to
from bot.store import Store
from bot.store.db import Db
from bot.store.tables import duty, person, reception_day, reception_rule, representative, station

TAKEN = ("seated", "attended", "excused")  # an excused seat is filled by consent, not by the rota
AT_ONCE = 6  # days: so near, the first reminder to those on duty is over
GAP_HOUR = 9  # [A] the desk hears of gaps in the morning, like representatives of their week

_DAYS = (
    select(reception_day, station.c.name.label("station"), reception_rule.c.seats, reception_rule.c.rota)
    .join(station, station.c.id == reception_day.c.station_id)
    .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
)
_SEAT = insert(duty)
# Who was seated, excused or took turns before keeps one row a day.
_SEAT_ANEW = _SEAT.on_conflict_do_update(
    index_elements=["day_id", "person_id"],
    set_={name: _SEAT.excluded[name] for name in ("state", "origin", "reason", "at")},
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One person on one day."""

    day_id: int
    duty_id: int
    person_id: int
    name: str
    state: str
    reason: str


async def fill(store: Store, desk_of: DeskOf) -> int:
    """Seat whose turn it is on every coming day with a free seat, station by station; returns how many are new."""
    async with store.read() as db:
        left = await db.one(_left(desk_of(db)).limit(1))
        stations = await _stations_with_free_seats(desk_of(db))
    if left is not None:
        await store.write(lambda db: _release_who_left(desk_of(db)))
        async with store.read() as db:
            stations = await _stations_with_free_seats(desk_of(db))
    seated = 0
    for station_id in stations:
        seated += await store.write(partial(_fill, desk_of=desk_of, station_id=station_id))
    return seated


async def _fill(db: Db, *, desk_of: DeskOf, station_id: int) -> int:
    """Seat whose turn it is at one station."""
    desk = desk_of(db)
    days = await coming(desk, stations=[station_id])
    await lock(db, [day.id for day in days])
    seats = await seats_on(db, [day.id for day in days])
    rota = await Rota.read(db, days, local_date(desk.now))
    given: list[tuple[Any, int]] = []
    for day in days:
        lacking = day.seats - sum(seat.state in TAKEN for seat in seats[day.id])
        if lacking > 0:
            turn = rota.turn(day, without={seat.person_id for seat in seats[day.id]})
            given += [(day, sitter.person_id) for sitter in turn[:lacking]]
            rota.note(day, [sitter.person_id for sitter in turn[:lacking]])
    await seat_all(desk, given, "rota")
    return len(given)


async def _stations_with_free_seats(desk: Desk) -> list[int]:
    taken = select(func.count()).where(duty.c.day_id == reception_day.c.id, duty.c.state.in_(TAKEN))
    query = (
        select(reception_day.c.station_id)
        .join(reception_rule, reception_rule.c.id == reception_day.c.rule_id)
        .where(_to_come(desk), taken.scalar_subquery() < reception_rule.c.seats)
    )
    return [row.station_id for row in await desk.db.all(query.distinct().order_by(reception_day.c.station_id))]


def _to_come(desk: Desk) -> ColumnElement[bool]:
    return reception_day.c.state.in_(AHEAD) & (reception_day.c.date >= local_date(desk.now).isoformat())


async def coming(
    desk: Desk, *, stations: Iterable[int] | None = None, states: Iterable[str] = AHEAD, until: date | None = None,
    with_seat: ColumnElement[bool] | None = None,
) -> list[Any]:  # fmt: skip
    """Return the days to come (of some stations, to some day, with some seat) with their seats, soonest first."""
    query = _DAYS.where(reception_day.c.state.in_(states), reception_day.c.date >= local_date(desk.now).isoformat())
    if stations is not None:
        query = query.where(reception_day.c.station_id.in_(list(stations)))
    if until is not None:
        query = query.where(reception_day.c.date <= until.isoformat())
    if with_seat is not None:
        query = query.where(reception_day.c.id.in_(select(duty.c.day_id).where(with_seat)))
    return [
        day
        for day in await desk.db.all(query.order_by(reception_day.c.date, reception_day.c.id))
        if not begun(day, desk.now)
    ]


async def day_with_seats(db: Db, day_id: int) -> Any:
    """Return one day, whatever became of it, with its station's name and its seats."""
    return await db.one(_DAYS.where(reception_day.c.id == day_id))


async def seats_on(db: Db, day_ids: Iterable[int]) -> Mapping[int, list[Seat]]:
    """Return who sits, or was to sit, on each of those days."""
    found: dict[int, list[Seat]] = defaultdict(list)
    ids = list(day_ids)
    for start in range(0, len(ids), 500):  # neither database takes any number of values
        rows = await db.all(
            select(duty.c.id, duty.c.day_id, duty.c.person_id, duty.c.state, duty.c.reason, person.c.name)
            .join(person, person.c.id == duty.c.person_id)
            .where(duty.c.day_id.in_(ids[start : start + 500]))
            .order_by(duty.c.id)
        )
        for row in rows:
            found[row.day_id].append(Seat(row.day_id, row.id, row.person_id, row.name, row.state, row.reason))
    return found


async def on_duty(db: Db, day_id: int) -> list[Seat]:
    """Return who sits on a day."""
    return [seat for seat in (await seats_on(db, [day_id]))[day_id] if seat.state in SITS]


async def seat(desk: Desk, day: Any, person_id: int, origin: str) -> None:
    """Give somebody a seat."""
    await seat_all(desk, [(day, person_id)], origin)


async def seat_all(desk: Desk, seats: Sequence[tuple[Any, int]], origin: str) -> None:
    """Give seats; whom the desk chose, or the rota too late for the first reminder, is told at once."""
    if not seats:
        return
    given = {"state": "seated", "origin": origin, "reason": "", "at": desk.now}
    await desk.db.run(_SEAT_ANEW, [{"day_id": day.id, "person_id": person_id, **given} for day, person_id in seats])
    soon = (local_date(desk.now) + timedelta(days=AT_ONCE)).isoformat()
    for day, person_id in seats:
        if origin == "clerk" or (origin == "rota" and day.date < soon):
            facts = {"day": spoken(day.date), "starts": day.starts, "ends": day.ends, "where": where(day)}
            words = Text(desk.texts("duty.seated", short=day.date[5:], **facts))
            await push(desk, day, f"seated:{day.id}:{day.date}:{desk.now:%d%H%M}:{person_id}", person_id, words)


async def unseat(desk: Desk, seat: Seat, state: str, reason: str = "", *, was: str = "seated") -> bool:
    """Take a seat away (or let another sit in it); False if somebody was quicker."""
    mine = (duty.c.id == seat.duty_id) & (duty.c.state == was)
    return await desk.db.run(update(duty).where(mine).values(state=state, reason=reason, at=desk.now)) == 1


async def take_off(desk: Desk, day: Any, name: str, by: int) -> str:
    """Take somebody off a day on the desk's word and tell them; returns their whole name. Raises Refused."""
    sits = [seat for seat in await on_duty(desk.db, day.id) if seat.state == "seated"]
    wanted = name.removesuffix("代表").strip()
    found = [seat for seat in sits if seat.name == wanted or (wanted and seat.name.startswith(wanted))]
    if len(found) != 1:
        raise Refused("nobody_so_named_sits", name=name, day=spoken(day.date), names="、".join(s.name for s in sits))
    await unseat(desk, found[0], "released")
    await reception_news.withdraw(desk.db, day.id, found[0].person_id)
    if found[0].person_id != by:
        words = Text(desk.texts("duty.taken_off", day=spoken(day.date)))
        key = f"taken-off:{found[0].duty_id}:{desk.now:%Y%m%d%H%M}"
        await push(desk, day, key, found[0].person_id, words)
    return found[0].name


async def lock(db: Db, day_ids: list[int]) -> None:
    """Let nobody else seat anybody on those days until this transaction ends (SQLite has one writer anyway)."""
    days = select(reception_day.c.id).where(reception_day.c.id.in_(day_ids[:500]))
    await db.all(days.order_by(reception_day.c.id).with_for_update())


async def push(desk: Desk, day: Any, key: str, person_id: int, content: Any) -> None:
    """Owe somebody a few words or a card about a day."""
    way = await way_to(desk.db, person_id)
    await owe(
        desk.db, key=key, way=way, content=content, now=desk.now, person_id=person_id, reception_day_id=day.id
    )  # fmt: skip


async def raise_gaps(desk: Desk) -> int:
    """Tell the clerks, and a day later the office, of every near day on which nobody sits; each once."""
    before = await limit(desk.db, "duty-gap-clerk", 3)
    later = await limit(desk.db, "duty-gap-office", 1)
    days = [day for day in await coming(desk, until=local_date(desk.now) + timedelta(days=before)) if day.seats]
    seats = await seats_on(desk.db, [day.id for day in days])
    told = 0
    for day in days:
        if any(seat.state in SITS for seat in seats[day.id]):
            continue
        clerk_at = at_local(date.fromisoformat(day.date) - timedelta(days=before), GAP_HOUR)
        if desk.now >= clerk_at:
            told += await _tell_gap(desk, day, "clerk", await clerks_of(desk.db, day.station_id))
        if desk.now >= clerk_at + timedelta(days=later):
            told += await _tell_gap(desk, day, "office", await officers_of(desk.db, day.station_id))
    return told


async def _tell_gap(desk: Desk, day: Any, to: str, people: list[int]) -> int:
    """Whoever is not there passes it on: without clerks the office hears it, without officers the clerks."""
    if not people:
        people = await (officers_of if to == "clerk" else clerks_of)(desk.db, day.station_id)
    facts = {"day": spoken(day.date), "starts": day.starts, "ends": day.ends, "short": day.date[5:]}
    words = Text(desk.texts(f"duty.gap_{to}", station=day.station, **facts))
    for person_id in people:
        await push(desk, day, f"gap:{day.id}:{day.date}:{to}:{person_id}", person_id, words)
    return len(people)


def _left(desk: Desk) -> Select[Any]:
    """Return the seats of people who represent nobody any more."""
    days = select(reception_day.c.id).where(_to_come(desk))
    serves = select(representative.c.person_id)
    return select(duty.c.id).where(
        duty.c.state.in_(("seated", "excused")), duty.c.day_id.in_(days), duty.c.person_id.not_in(serves)
    )


async def _release_who_left(desk: Desk) -> int:
    left = duty.c.id.in_(_left(desk))
    return await desk.db.run(update(duty).where(left).values(state="released", at=desk.now))
