"""A program or a stranger's browser at the public doors of the house."""

from functools import partial

import aiohttp
import pytest
from sqlalchemy import delete, insert, select

from bot.actions import partners
from bot.store.tables import duty, person, reception_day


class Caller:
    """Asks by HTTP, follows nothing, keeps cookies."""

    def __init__(self, http, house):
        self.http, self.house = http, house

    async def get(self, path, **more):
        async with self.http.get(f"{self.house.url}{path}", allow_redirects=False, **more) as answer:
            return answer.status, await answer.text(), answer.headers

    async def post(self, path, fields=None, **more):
        async with self.http.post(f"{self.house.url}{path}", data=fields, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def caller(house):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Caller(http, house)


@pytest.fixture
async def hotline(house):
    """The key of a partner that may read and report."""
    return await key_for(house, "hotline", "read", "report")


async def key_for(house, code, *scopes):
    work = partial(partners.admit, code=code, name="政务热线", scopes=scopes, now=house.clock.now())
    return await house.deps.store.write(work)


async def change(house, statement):
    """Do to the rows what no word of anybody does (yet)."""

    async def work(db):
        return await db.run(statement)

    await house.deps.store.write(work)


@pytest.fixture
async def planned(house):
    """The house with its reception days planned."""
    await house.tick("plan")
    return house


async def first_day(house):
    days = select(reception_day).where(reception_day.c.date == "2026-12-10").order_by(reception_day.c.station_id)
    return (await house.rows(days))[0]


async def seat(house, code="zhang-weiguo", state="seated"):
    """Seat one person on the first day, and nobody else anywhere; return who it is."""
    await change(house, delete(duty))
    day = await first_day(house)
    (who,) = await house.rows(select(person.c.id).where(person.c.code == code))
    at = {"day_id": day.id, "person_id": who.id, "origin": "rota", "state": state, "at": house.clock.now()}
    await change(house, insert(duty).values(**at))
    return who.id


WORDS = "我叫王桂兰，电话13812345678，滨河路5号楼2单元301室楼道灯坏了，没人管"


@pytest.fixture
async def published(house, wang, zhang, tian):
    """Wang's case, answered and made public in the words the clerk was shown."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 已联系王桂兰女士13812345678，灯换好了")
    await house.deliver()
    await house.tick("told")
    await tian.says("公开 1")
    assert "已公开" in await tian.says("确认")
    return (await house.cases())[0]
