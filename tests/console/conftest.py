"""People at the console: one browser for all tests, and a hand that speaks HTTP without one."""

import re
from dataclasses import dataclass

import aiohttp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from bot.actions import logins
from bot.rules import passwords
from bot.store.tables import grant, office, person
from handlers.console.inviting import invite

PASSWORD = "lantern-river-seven"


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    path: str
    headers: object


class Hand:
    """A program that keeps cookies, follows redirects, and fills in forms as the page has them."""

    def __init__(self, http, house):
        self.http, self.house = http, house

    async def get(self, path, **more):
        async with self.http.get(self.house.url + path, **more) as got:
            return Answer(got.status, await got.text(), got.url.path, got.headers)

    async def post(self, path, *, page=None, consent=None, **fields):
        """Send a form; its hidden word is the one of `page` (by default of the page it stands on)."""
        if consent is None:
            consent = word_in((await self.get(page or path)).text)
        data = aiohttp.FormData()
        for name, value in ({"consent": consent} | fields).items():
            for each in value if isinstance(value, list) else [value]:
                data.add_field(name, str(each))
        async with self.http.post(self.house.url + path, data=data) as got:
            return Answer(got.status, await got.text(), got.url.path, got.headers)

    def cookie(self):
        return next((each.value for each in self.http.cookie_jar if each.key == "lianxin"), "")

    async def does(self, number, deed, **fields):
        """Fill in the form of a deed as the case's page has it and send it."""
        page = await self.get(f"/console/cases/{number}")
        version = re.search(r'name="version" value="([\d.]+)"', page.text)
        known = {"version": version[1] if version else "0.0"}
        return await self.post(f"/console/cases/{number}/{deed}", consent=word_in(page.text), **known | fields)

    async def deeds(self, number):
        """Return the deeds a case's page offers, in order."""
        page = await self.get(f"/console/cases/{number}")
        return re.findall(r'<details id="(\w+)"', page.text)

    async def signs_in(self, code):
        """Come in by a link that works once."""
        path = await link_for(self.house, code)
        return await self.post(path)


def word_in(text):
    found = re.search(r'name="consent" value="(\w+)"', text)
    return found[1] if found else ""


async def link_for(house, code, *, change=False):
    path = await invite(house.deps.store, code, house.clock.now(), change=change)
    assert path
    return path


async def give_password(house, code, words=PASSWORD, **more):
    """Let a person have a login with that password."""
    (row,) = await house.rows(select(person.c.id).where(person.c.code == code))
    kept = passwords.hashed(words)

    async def work(db):
        login_id = await logins.login_of(db, row.id, house.clock.now())
        await logins.set_password(db, login_id, kept, **more)
        return login_id

    return await house.deps.store.write(work)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Hash passwords the cheap way: what is dear about them is not what these tests look at."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))


@pytest.fixture
async def hand(house):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Hand(http, house)


@pytest.fixture
async def hands(house):
    """As many hands as a test wants, each with cookies of its own."""
    opened = []

    async def another(code=None):
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        opened.append(http)
        mine = Hand(http, house)
        if code:
            await mine.signs_in(code)
        return mine

    yield another
    for http in opened:
        await http.close()


@pytest.fixture
async def auditor(house):
    """Somebody who only looks."""

    async def work(db):
        mine = await db.add(insert(person).values(code="yan-cha", name="颜察", created_at=house.clock.now()))
        (top,) = await db.all(select(office.c.id).where(office.c.code == "quanyang"))
        values = {"person_id": mine, "role": "auditor", "office_id": top.id, "at": house.clock.now()}
        await db.run(insert(grant).values(**values))

    await house.deps.store.write(work)
