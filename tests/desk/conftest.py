"""A house whose reception days are planned, and voters enough to fill a slot."""

import re
from datetime import datetime
from functools import partial

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.actions.handing import Desk
from bot.clock import SHANGHAI
from bot.store.tables import booking, limit_, reception_day
from tests.plugins.house import Actor

PLACES_URL = re.compile(r"/book/[\w=-]+")


class Station:
    """The station 河畔 with its planned days, as a test looks at it."""

    def __init__(self, house):
        self.house = house

    async def day(self, date="2026-12-10"):
        found = await self.house.rows(select(reception_day).where(reception_day.c.date == date))
        return next(row for row in found if row.place.startswith("河畔"))

    async def places(self, state=None):
        rows = await self.house.rows(select(booking).order_by(booking.c.id))
        return [row for row in rows if state in (None, row.state)]

    async def does(self, deed, *args, **more):
        """Do a deed of an action in one transaction, with the desk as its first argument."""
        deps = self.house.deps

        async def work(db):
            return await deed(Desk(db, deps.texts, deps.clock.now(), deps.links), *args, **more)

        return await deps.store.write(work)

    async def changes(self, statement):
        await self.house.deps.store.write(lambda db: db.run(statement))

    async def one_place_a_slot(self):
        await self.changes(update(limit_).where(limit_.c.code == "booking-places").values(value=1))

    def comes_to(self, *moment):
        self.house.clock.move_to(datetime(2026, *moment, tzinfo=SHANGHAI))

    async def voters(self, count):
        """Return so many voters of the station's group."""
        found = [Actor(self.house, "hexin", f"oVoter{n}") for n in range(count)]
        for each in found:
            await each.sends("subscribes", scene="hepan-1")
        return found


@pytest.fixture
async def station(house):
    await house.tick("plan")
    return Station(house)


@pytest.fixture
async def neighbour(station, wang):
    """Voter Wang, who scanned the code of her group."""
    await wang.sends("subscribes", scene="hepan-1")
    return wang


class Phone:
    """A voter's phone with their own page open."""

    def __init__(self, session, path):
        self.session, self.path, self.page, self.status = session, path, "", 0

    async def opens(self, path=None):
        return await self._keep(await self.session.get(path or self.path))

    async def presses(self, deed, **choice):
        """Press the first button of a deed whose hidden fields are as chosen; returns the page it leads to."""
        action, fields = self.form(deed, **choice)
        return await self._keep(await self.session.post(action, data=fields))

    def form(self, deed, **choice):
        for action, inside in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.page, re.DOTALL):
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', inside))
            if action.endswith(deed) and all(fields.get(name) == value for name, value in choice.items()):
                return action, fields
        raise AssertionError(f"the page offers no {deed} {choice}")

    async def _keep(self, response):
        self.page, self.status = await response.text(), response.status
        return self.page


@pytest.fixture
async def phone(station, neighbour):
    """Wang's phone, on the page that 预约 named."""
    said = await neighbour.says("预约")
    async with aiohttp.ClientSession(station.house.url) as session:
        mine = Phone(session, PLACES_URL.search(said)[0])
        await mine.opens()
        yield mine


@pytest.fixture
def tick_places(house):
    return partial(house.tick, "places")
