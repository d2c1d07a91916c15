"""Do at the console what a desk decides about a reception day: move, cancel, restore, seat, take off, vouch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from bot.actions import duty, leave, notices, reception_desk, seat_questions
from bot.actions.duty import Seat
from bot.actions.handing import Desk
from bot.actions.reception import begun, spoken, working_days
from bot.errors import Refused
from bot.rules.rota import Sitter
from bot.store import reads_days
from bot.store.reads_days import AHEAD

LONGEST = 200  # signs of a reason: it is said in groups
DECISIONS = ("move", "cancel", "restore")  # of the day itself: shown before they are done, for people are told
DEEDS = (*DECISIONS, "seat", "unseat", "vouch", "unvouch")


@dataclass(frozen=True, slots=True)
class View:
    """A day as its desk sees it: who sits or was to, who may, which groups have its notice, what the desk may do."""

    day: Any
    seats: tuple[Seat, ...]
    turn: tuple[Sitter, ...]
    notices: tuple[Any, ...]
    places: int
    entries: int
    deeds: tuple[str, ...]
    works: bool  # whether it is held on a working day

    @property
    def gap(self) -> bool:
        """Whether nobody sits though somebody should."""
        sits = any(seat.state in ("seated", "attended") for seat in self.seats)
        return self.day.state in AHEAD and bool(self.day.seats) and not sits


async def look(desk: Desk, day_id: int, sees: Collection[int], runs: Collection[int]) -> View | None:
    """Return a day to somebody who sees these stations and runs those; None if it is none of theirs."""
    day = await reads_days.one(desk.db, day_id, sees)
    if day is None:
        return None
    mine = day.station_id in runs
    ahead = not begun(day, desk.now) and day.state in AHEAD
    seats = (await duty.seats_on(desk.db, [day.id]))[day.id]
    sits = {seat.person_id for seat in seats if seat.state == "seated"}
    turn = await seat_questions.turn(desk, day, without=sits) if mine and ahead else []
    places, entries = (await reads_days.counted(desk.db, [day.id]))[day.id]
    return View(
        day, tuple(seats), tuple(turn), tuple(await notices.of_day(desk.db, day.id)), places, entries,
        _open(desk, day, ahead=ahead) if mine else (),
        (await working_days(desk.db)).works(date.fromisoformat(day.date)),
    )  # fmt: skip


def _open(desk: Desk, day: Any, *, ahead: bool) -> tuple[str, ...]:
    """Return what may be decided now; to vouch for a notice is offered beside the notice."""
    deeds = ("move", "cancel", "seat", "unseat") if ahead else ()
    decided = day.state == "cancelled" or (ahead and day.decided_by_id is not None)
    return (*deeds, "restore") if decided and not begun(day, desk.now) else deeds


async def act(desk: Desk, day_id: int, deed: str, form: Mapping[str, str], by: int, runs: Collection[int]) -> Any:
    """Do one deed with the fields of its form and return the day as it is now; raises Refused."""
    day = await duty.day_with_seats(desk.db, day_id)
    if deed in DECISIONS and form.get("version") != str(day.version):
        raise Refused("day_changed_meanwhile", day=spoken(day.date))
    match deed:
        case "move":
            to, hours = _when(form)
            return await reception_desk.move(desk, day, to, hours, _reason(form), by)
        case "cancel":
            return await reception_desk.cancel(desk, day, _reason(form), by)
        case "restore":
            return await reception_desk.restore(desk, day, by)
        case "seat":
            await _seat(desk, day, form.get("person", ""))
        case "unseat":
            await duty.take_off(desk, day, form.get("name", ""), by)
        case "vouch":
            await notices.told_by_hand(desk, _number(form), runs, by)
        case _:
            await notices.not_told(desk, _number(form), runs)
    return day


async def _seat(desk: Desk, day: Any, person: str) -> None:
    if day.state not in AHEAD or begun(day, desk.now):
        raise Refused("day_over", day=spoken(day.date))
    who = next(
        (each for each in await seat_questions.turn(desk, day, without=()) if str(each.person_id) == person), None
    )
    if who is None:
        raise Refused("nobody_chosen")
    await leave.seat_instead(desk, day, who.person_id)


def _number(form: Mapping[str, str]) -> int:
    number = form.get("notice", "")
    return int(number) if number.isdecimal() else 0


def _when(form: Mapping[str, str]) -> tuple[date, tuple[str, str]]:
    """Return the day and the hours of a form; raises Refused."""
    try:
        starts, ends = (time.fromisoformat(form.get(name, "")) for name in ("starts", "ends"))
        return date.fromisoformat(form.get("to", "")), (f"{starts:%H:%M}", f"{ends:%H:%M}")
    except ValueError:
        raise Refused("day_and_hours_wanted") from None


def _reason(form: Mapping[str, str]) -> str:
    reason = form.get("reason", "").strip()
    if not reason:
        raise Refused("reason_wanted")
    return reason[:LONGEST]
