"""Many ask at the same moment, from two processes: exactly one gets the last place, on both databases."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.actions import booking_news, bookings, visits
from bot.actions.handing import Desk
from bot.errors import Refused
from bot.store import open_store
from bot.store.tables import booking, person

pytestmark = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def processes(house, house_database):
    """Two more writers on the house's database, as two more processes would be."""
    stores = [await open_store(house_database) for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()


async def people(house, count):
    async def make(db):
        return [await db.add(insert(person), {"name": "", "created_at": house.clock.now()}) for _ in range(count)]

    return await house.deps.store.write(make)


def asks(house, store, deed, *args):
    async def work(db):
        return await deed(Desk(db, house.deps.texts, house.clock.now()), *args)

    return store.write(work)


async def test_twenty_ask_for_two_places(house, station, processes):
    day = await station.day()
    crowd = await people(house, 20)
    rows = await asyncio.gather(
        *(asks(house, processes[n % 2], bookings.book, who, day.id, "09:00", "page") for n, who in enumerate(crowd))
    )
    assert sorted(row.state for row in rows) == ["booked"] * 2 + ["waiting"] * 18
    assert sorted(row.seat for row in await station.places("booked")) == [1, 2]
    assert sorted(row.number for row in await station.places()) == list(range(1, 21))


async def test_one_voter_with_two_phones_gets_one_place(house, station, processes):
    day, (one,) = await station.day(), await people(house, 1)
    deeds = [asks(house, processes[n % 2], bookings.book, one, day.id, f"{9 + n % 2:02}:00", "page") for n in range(8)]
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    assert len(await station.places()) == 1
    assert {each.code for each in answers if isinstance(each, Refused)} == {"booked_already"}


async def test_everybody_leaves_at_once_and_everybody_who_waits_moves_up(house, station, processes):
    day = await station.day()
    crowd = await people(house, 6)
    rows = [await asks(house, processes[0], bookings.book, who, day.id, "09:00", "page") for who in crowd]
    await asyncio.gather(
        *(asks(house, processes[n % 2], bookings.cancel, row.id, row.person_id) for n, row in enumerate(rows[:2])),
        *(asks(house, processes[n % 2], booking_news.fill, day.id) for n in range(4)),
    )
    await station.does(booking_news.fill, day.id)
    assert [row.person_id for row in await station.places("booked")] == crowd[2:4]
    assert [row.person_id for row in await station.places("waiting")] == crowd[4:]


async def test_a_code_shown_twice_at_once_lets_one_in(house, station, processes):
    day, (one,) = await station.day(), await people(house, 1)
    place = await station.does(bookings.book, one, day.id, "09:00", "page")
    station.comes_to(12, 10, 9, 0)
    deeds = [asks(house, processes[n % 2], visits.arrive, place.id) for n in range(4)]
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Refused"] * 3 + ["Row"]


async def test_the_database_itself_refuses_a_place_that_is_taken(house, station):
    day, (one, other) = await station.day(), await people(house, 2)
    await station.does(bookings.book, one, day.id, "09:00", "page")
    (taken,) = await station.places()
    copy = {name: getattr(taken, name) for name in booking.c.keys() if name != "id"}  # noqa: SIM118 - columns are no dict
    for change in ({"person_id": other, "number": 2}, {"seat": 2, "number": 2}):
        with pytest.raises(IntegrityError):
            await house.deps.store.write(partial(_write, values=copy | change))


async def _write(db, *, values):
    await db.run(insert(booking), values)
