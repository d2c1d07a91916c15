"""Let a representative take leave from a day, and ask one after the other to sit instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.actions import duty, seat_questions
from bot.actions.clocks import limit
from bot.actions.duty import Seat
from bot.actions.handing import Desk
from bot.actions.reception import spoken
from bot.actions.reception_news import withdraw
from bot.actions.rota import SITS
from bot.errors import Refused
from bot.rules.privacy import mask
from bot.rules.rota import Sitter
from bot.store.tables import duty as seats
from bot.store.tables import swap

AWAY = ("excused", "swapped")  # on leave: still nobody, or another sits instead
ANSWER_WITHIN = 24  # hours, unless the office says otherwise (limit `substitute-answer`)


async def leave(desk: Desk, day: Any, person_id: int, reason: str) -> Sitter | None:
    """Take leave from a day and ask whoever is next to sit instead; None if nobody is left. Raises Refused."""
    mine = await seat_questions.own_seat(desk, day, person_id)
    await duty.lock(desk.db, [day.id])
    if not await duty.unseat(desk, mine, "excused", reason):
        raise Refused("not_on_duty", day=spoken(day.date))
    await withdraw(desk.db, day.id, person_id)
    await seat_questions.close_others(desk, day, mine.duty_id)
    asked = await ask_substitute(desk, day, mine)
    facts = {"name": mine.name, "day": spoken(day.date), "reason": mask(reason), "short": day.date[5:]}
    words = (
        desk.texts("swap.leave", substitute=asked.name, **facts) if asked else desk.texts("swap.leave_nobody", **facts)
    )
    await seat_questions.tell_clerks(desk, day, f"leave:{mine.duty_id}:{desk.now:%Y%m%d%H%M}", words, person_id)
    return asked


async def end_leave(desk: Desk, day: Any, person_id: int) -> None:
    """Sit after all, while nobody sits instead; raises Refused."""
    await duty.lock(desk.db, [day.id])
    there = (await duty.seats_on(desk.db, [day.id]))[day.id]
    mine = next((seat for seat in there if seat.person_id == person_id and seat.state in AWAY), None)
    if mine is None:
        raise Refused("no_leave_then", day=spoken(day.date))
    if mine.state != "excused":
        sits = [seat for seat in there if seat.state in SITS]
        raise Refused("substitute_sits", name="、".join(seat.name for seat in sits), day=spoken(day.date))
    await duty.seat(desk, day, person_id, "swap")
    await seat_questions.close_others(desk, day, mine.duty_id)
    words = desk.texts("swap.end_leave", name=mine.name, day=spoken(day.date))
    key = f"end-leave:{mine.duty_id}:{desk.now:%Y%m%d%H%M}"
    await seat_questions.tell_clerks(desk, day, key, words, person_id)


async def seat_instead(desk: Desk, day: Any, person_id: int) -> None:
    """Seat somebody on the desk's word; who is on leave that day is replaced by them, and nobody else is asked."""
    await duty.lock(desk.db, [day.id])
    await duty.seat(desk, day, person_id, "clerk")
    there = (await duty.seats_on(desk.db, [day.id]))[day.id]
    excused = next((seat for seat in there if seat.state == "excused"), None)
    if excused is not None:
        await duty.unseat(desk, excused, "swapped", was="excused")
        await seat_questions.close_others(desk, day, excused.duty_id)


async def ask_substitute(desk: Desk, day: Any, excused: Seat) -> Sitter | None:
    """Ask the next in turn who was not asked yet, and return whom; None if nobody is left."""
    there = (await duty.seats_on(desk.db, [day.id]))[day.id]
    before = await desk.db.all(select(swap).where(swap.c.duty_id == excused.duty_id, swap.c.kind == "leave"))
    # What was asked for an earlier leave from the same seat is over and may be asked again.
    away = {seat.person_id for seat in there} | {row.asked_id for row in before if row.state != "over"}
    for sitter in await seat_questions.turn(desk, day, without=away):
        key = f"{excused.duty_id}:{sitter.person_id}:leave:{len(before)}"
        if await seat_questions.put(desk, day, excused, sitter, key, "leave"):
            return sitter
    return None


async def go_on_asking(desk: Desk) -> int:
    """Ask the next one where the last was asked long enough ago, and tell the desk when nobody is left."""
    patience = timedelta(hours=await limit(desk.db, "substitute-answer", ANSWER_WITHIN))
    days = await duty.coming(desk, with_seat=seats.c.state == "excused")
    there = await duty.seats_on(desk.db, [day.id for day in days])
    told = 0
    for day in days:
        for excused in [seat for seat in there[day.id] if seat.state == "excused"]:
            newest = await desk.db.one(
                select(swap.c.asked_at).where(swap.c.duty_id == excused.duty_id).order_by(swap.c.id.desc()).limit(1)
            )
            if newest is not None and newest.asked_at + patience > desk.now:
                continue
            if await ask_substitute(desk, day, excused) is None:
                await tell_nobody_left(desk, day, excused)
            told += 1
    return told


async def tell_nobody_left(desk: Desk, day: Any, excused: Seat) -> None:
    """Tell the desk that everybody was asked, once for each seat."""
    words = desk.texts("swap.nobody_left", name=excused.name, day=spoken(day.date), short=day.date[5:])
    await seat_questions.tell_clerks(desk, day, f"nobody-left:{excused.duty_id}", words)
