"""Let representatives change seats by consent: ask, agree, decline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from bot.actions import duty, leave, seat_questions
from bot.actions.duty import Seat
from bot.actions.handing import Desk
from bot.actions.reception import AHEAD, begun, clerks_of, spoken
from bot.actions.reception_news import withdraw
from bot.clock import local_date
from bot.errors import Refused
from bot.rules.privacy import mask
from bot.rules.rota import Sitter
from bot.store.tables import duty as seats
from bot.store.tables import person, reception_day, swap

GIVEN_AWAY_FROM = {"swap": "seated", "leave": "excused"}  # kind of question -> what the seat must still be

_OPEN = (
    select(
        swap, seats.c.day_id, seats.c.person_id.label("from_id"), seats.c.state.label("held"),
        person.c.name.label("from_name"), reception_day.c.date,
    )
    .join(seats, seats.c.id == swap.c.duty_id)
    .join(person, person.c.id == seats.c.person_id)
    .join(reception_day, reception_day.c.id == seats.c.day_id)
    .order_by(reception_day.c.date, swap.c.id)
)  # fmt: skip


async def ask(desk: Desk, day: Any, person_id: int, name: str, back: Any = None) -> Sitter:
    """Ask somebody to take one's seat on a day (and to give theirs on the day `back`); raises Refused."""
    mine = await seat_questions.own_seat(desk, day, person_id)
    other = find(await seat_questions.turn(desk, day, without=[person_id]), name)
    theirs = await seat_questions.own_seat(desk, back, other.person_id, other.name) if back is not None else None
    if back is not None:
        await _not_there(desk, back, Sitter(person_id, mine.name, 0, "", 0))
    before = await desk.db.all(
        select(swap.c.state).where(swap.c.duty_id == mine.duty_id, swap.c.asked_id == other.person_id)
    )
    if any(row.state == "asked" for row in before):
        raise Refused("asked_already", name=other.name, day=spoken(day.date))
    key = f"{mine.duty_id}:{other.person_id}:swap:{len(before)}"
    await seat_questions.put(desk, day, mine, other, key, "swap", theirs.duty_id if theirs else None, back)
    return other


async def asked_of(desk: Desk, person_id: int) -> list[Any]:
    """Return what somebody is asked and has not answered, the nearest day first."""
    since = local_date(desk.now).isoformat()
    return await desk.db.all(
        _OPEN.where(
            swap.c.asked_id == person_id,
            swap.c.state == "asked",
            reception_day.c.date >= since,
            reception_day.c.state.in_(AHEAD),
        )
    )


async def find_ask(desk: Desk, swap_id: int, person_id: int) -> Any:
    """Return one question by its number, if it was put to that person; raises Refused."""
    row = await desk.db.one(_OPEN.where(swap.c.id == swap_id, swap.c.asked_id == person_id))
    if row is None:
        raise Refused("nothing_asked")
    return row


async def agree(desk: Desk, asked: Any) -> Any:
    """Take the seat one was asked to take, tell the other and the desk, and return the day; raises Refused."""
    day = await duty.day_with_seats(desk.db, asked.day_id)
    back = await _day_of_duty(desk, asked.return_duty_id)
    await duty.lock(desk.db, [each.id for each in (day, back) if each is not None])
    await seat_questions.answer(desk, asked, day, "agreed")
    there = (await duty.seats_on(desk.db, [day.id]))[day.id]
    giver = next(seat for seat in there if seat.duty_id == asked.duty_id)
    if begun(day, desk.now) or day.state not in AHEAD or giver.state != GIVEN_AWAY_FROM[asked.kind]:
        raise Refused("swap_over", day=spoken(day.date))
    await duty.unseat(desk, giver, "swapped", giver.reason, was=giver.state)
    await withdraw(desk.db, day.id, giver.person_id)
    await duty.seat(desk, day, asked.asked_id, "swap" if asked.kind == "swap" else "substitute")
    if back is not None:
        await _give_back(desk, back, asked, giver)
    await seat_questions.close_others(desk, day, asked.duty_id)
    await _tell_agreed(desk, asked, day, back, giver)
    return day


async def refuse(desk: Desk, asked: Any) -> Any:
    """Decline to take a seat: whoever asked hears it, or for a leave the next one is asked; returns the day."""
    day = await duty.day_with_seats(desk.db, asked.day_id)
    await duty.lock(desk.db, [day.id])
    await seat_questions.answer(desk, asked, day, "refused")
    name = await seat_questions.name_of(desk, asked.asked_id)
    if asked.kind == "swap":
        words = desk.texts("swap.refused", name=name, day=spoken(day.date), short=day.date[5:])
        await seat_questions.tell(desk, day, f"swap:{asked.id}:refused", [asked.from_id], words)
        return day
    there = (await duty.seats_on(desk.db, [day.id]))[day.id]
    excused = next(seat for seat in there if seat.duty_id == asked.duty_id)
    if excused.state == "excused" and await leave.ask_substitute(desk, day, excused) is None:
        await leave.tell_nobody_left(desk, day, excused)
    return day


def find(people: Iterable[Sitter], words: str) -> Sitter:
    """Return the one somebody means by a name or a surname with 代表; raises Refused."""
    everybody = list(people)
    name = words.strip(" 。.!！").removesuffix("代表").strip()
    found = [each for each in everybody if each.name == name] or [
        each for each in everybody if 1 <= len(name) <= 2 and each.name.startswith(name)
    ]
    if not found:
        names = "、".join(each.name for each in everybody)
        raise Refused("no_such_sitter", name=mask(name), names=names)
    if len(found) > 1:
        raise Refused("several_sitters", name=name, names="、".join(each.name for each in found))
    return found[0]


async def day_of_station(desk: Desk, day: Any, on: date) -> Any:
    """Return the day to come on which the same station receives then; raises Refused."""
    days = await duty.coming(desk, stations=[day.station_id])
    found = next((each for each in days if each.date == on.isoformat()), None)
    if found is None:
        raise Refused("no_day_then", day=spoken(on.isoformat()))
    return found


async def _not_there(desk: Desk, day: Any, other: Sitter) -> None:
    if any(seat.person_id == other.person_id for seat in await duty.on_duty(desk.db, day.id)):
        raise Refused("sits_already", name=other.name, day=spoken(day.date))


async def _give_back(desk: Desk, back: Any, asked: Any, giver: Seat) -> None:
    """Carry out the other half of an exchange; raises Refused if that seat is gone meanwhile."""
    there = (await duty.seats_on(desk.db, [back.id]))[back.id]
    theirs = next((seat for seat in there if seat.duty_id == asked.return_duty_id), None)
    if theirs is None or theirs.state != "seated" or begun(back, desk.now):
        raise Refused("swap_over", day=spoken(back.date))
    await duty.unseat(desk, theirs, "swapped")
    await withdraw(desk.db, back.id, theirs.person_id)
    await duty.seat(desk, back, giver.person_id, "swap")
    await seat_questions.close_others(desk, back, asked.return_duty_id)


async def _tell_agreed(desk: Desk, asked: Any, day: Any, back: Any, giver: Seat) -> None:
    """Tell who gave the seat, and the desk; who took it hears it as the answer."""
    taker = await seat_questions.name_of(desk, asked.asked_id)
    words = desk.texts("swap.agreed", giver=giver.name, taker=taker, day=spoken(day.date))
    if back is not None:
        words += desk.texts("swap.in_return", giver=giver.name, day=spoken(back.date))
    people = [giver.person_id, *await clerks_of(desk.db, day.station_id)]
    await seat_questions.tell(desk, day, f"swap:{asked.id}:agreed", people, words, asked.asked_id)


async def _day_of_duty(desk: Desk, duty_id: int | None) -> Any:
    if duty_id is None:
        return None
    row = await desk.db.one(select(seats.c.day_id).where(seats.c.id == duty_id))
    return await duty.day_with_seats(desk.db, row.day_id)
