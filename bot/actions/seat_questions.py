"""Put the question whether somebody would sit on a day, take the answer once, and let its cards say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bot.actions import cards, duty
from bot.actions.duty import Seat
from bot.actions.handing import Desk
from bot.actions.reception import clerks_of, spoken
from bot.actions.rota import Rota
from bot.clock import local_date
from bot.errors import Refused
from bot.message import Button, Card, Text
from bot.rules.rota import Sitter
from bot.store.tables import person, swap


async def put(
    desk: Desk, day: Any, mine: Seat, other: Sitter, key: str, kind: str, back_duty: int | None = None, back: Any = None
) -> bool:
    """Put the question down and owe the card; False if it is down already."""
    values = {"duty_id": mine.duty_id, "asked_id": other.person_id, "return_duty_id": back_duty, "kind": kind}
    row = insert(swap).values(**values, state="asked", asked_at=desk.now, key=key)
    if await desk.db.run(row.on_conflict_do_nothing(index_elements=["key"])) != 1:
        return False
    asked = await desk.db.one(select(swap.c.id).where(swap.c.key == key))
    facts = {"name": mine.name, "day": spoken(day.date), "starts": day.starts, "ends": day.ends}
    words = (
        desk.texts("swap.ask_exchange", back=spoken(back.date), **facts)
        if back is not None
        else desk.texts(f"swap.ask_{kind}", **facts)
    )
    buttons = tuple(Button(desk.texts(f"swap.{word}"), f"swap_{word}:{asked.id}") for word in ("yes", "no"))
    title = desk.texts("swap.title", day=spoken(day.date))
    card = Card(task_id=f"swap-{asked.id}-{other.person_id}", title=title, text=words, buttons=buttons)
    await duty.push(desk, day, f"swap:{mine.duty_id}:{asked.id}:ask", other.person_id, card)
    return True


async def answer(desk: Desk, asked: Any, day: Any, state: str) -> None:
    """Write the answer down, once; the cards turn grey. Raises Refused."""
    mine = (swap.c.id == asked.id) & (swap.c.state == "asked")
    if not await desk.db.run(update(swap).where(mine).values(state=state, answered_at=desk.now)):
        raise Refused("swap_over", day=spoken(day.date))
    prefix = f"swap:{asked.duty_id}:{asked.id}:ask"
    await cards.settle_of_day(desk.db, day.id, prefix, desk.texts(f"swap.card_{state}"), desk.now, desk.press)


async def close_others(desk: Desk, day: Any, duty_id: int) -> None:
    """Close the other questions about a seat."""
    still = (swap.c.duty_id == duty_id) & (swap.c.state == "asked")
    for row in await desk.db.all(select(swap.c.id).where(still)):
        await desk.db.run(update(swap).where(swap.c.id == row.id).values(state="over", answered_at=desk.now))
        prefix = f"swap:{duty_id}:{row.id}:ask"
        await cards.settle_of_day(desk.db, day.id, prefix, desk.texts("swap.card_over"), desk.now, desk.press)


async def tell(desk: Desk, day: Any, key: str, people: Iterable[int], words: str, by: int | None = None) -> None:
    """Tell people a few words about a day, each once under that key; who did it is not told."""
    for person_id in dict.fromkeys(people):
        if person_id != by:
            await duty.push(desk, day, f"{key}:{person_id}", person_id, Text(words))


async def tell_clerks(desk: Desk, day: Any, key: str, words: str, by: int | None = None) -> None:
    """Tell the clerks of a day's station."""
    await tell(desk, day, key, await clerks_of(desk.db, day.station_id), words, by)


async def name_of(desk: Desk, person_id: int) -> str:
    """Return what somebody is called."""
    row = await desk.db.one(select(person.c.name).where(person.c.id == person_id))
    return str(row.name)


async def turn(desk: Desk, day: Any, *, without: Iterable[int]) -> list[Sitter]:
    """Return who may sit on a day, whose turn it is first."""
    rota = await Rota.read(desk.db, [day], local_date(desk.now))
    return rota.turn(day, without=without)


async def own_seat(desk: Desk, day: Any, person_id: int, name: str = "") -> Seat:
    """Return somebody's seat on a day to come; raises Refused."""
    sits = await duty.on_duty(desk.db, day.id)
    mine = next((seat for seat in sits if seat.person_id == person_id), None)
    if mine is None and name:
        raise Refused("not_on_duty_either", name=name, day=spoken(day.date))
    if mine is None:
        raise Refused("not_on_duty", day=spoken(day.date))
    return mine
