"""Representative Zhang without WeCom: a follower of the 服务号 who works by links, in a phone's browser or by hand."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from sqlalchemy import select

from bot.actions import casework
from bot.actions.cases import actor_on
from bot.actions.handing import Desk
from bot.store.tables import person, unit
from tests.plugins.chromium import phone_of
from tests.plugins.house import OFFICE, Actor, loaded

FOLLOWERS = {"zhang-weiguo": "oZhang", "meng-dawei": "oMeng"}  # a representative, and somebody of 城管局


def without_wecom(folder):
    """Give people of the sample office a 服务号 id instead of their WeCom ids."""
    text = (folder / "people.toml").read_text(encoding="utf-8")
    for code, openid in FOLLOWERS.items():
        mine = f'identities = [\n  {{ channel = "official_account", account = "hexin", id = "{openid}" }},\n]'
        block = rf'(code = "{code}".*?)identities = \[\n.*?\n\]'
        text, found = re.subn(block, lambda match, mine=mine: match[1] + mine, text, count=1, flags=re.DOTALL)
        assert found == 1
    (folder / "people.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def office_folder(tmp_path_factory):
    """The sample office in which Zhang and Meng have no WeCom."""
    folder = tmp_path_factory.mktemp("links") / "office"
    shutil.copytree(OFFICE, folder)
    without_wecom(folder)
    return folder


@pytest.fixture(scope="session")
def loaded_sqlite(tmp_path_factory, office_folder):
    home = tmp_path_factory.mktemp("loaded")
    loaded(home, office_folder)
    return home / "lianxin.db"


@pytest.fixture(scope="session")
def loaded_postgres(postgres_server, office_folder):
    name = postgres_server.create()
    loaded(".", office_folder, DATABASE_URL=postgres_server.url(name))
    yield name
    postgres_server.drop(name)


@pytest.fixture
async def office(house):
    """The house in which Zhang and Meng have said good day to the 服务号."""
    for openid in FOLLOWERS.values():
        await house.platform.says("hexin", openid, "你好")
    return house


@pytest.fixture
def zhang(office):
    return Actor(office, "hexin", "oZhang")


@pytest.fixture
def meng(office):
    return Actor(office, "hexin", "oMeng")


class Station:
    """The clerk's desk: assigns, withdraws, merges, as the console will."""

    def __init__(self, house):
        self.house = house

    async def person(self, code):
        (row,) = await self.house.rows(select(person).where(person.c.code == code))
        return row.id

    async def does(self, deed, *args, by="tian-min", **more):
        """Do a deed of casework on the newest case in somebody's name and return the case."""
        who = await self.person(by)
        case = (await self.house.cases())[more.pop("index", -1)]
        deps = self.house.deps

        async def work(db):
            desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
            await deed(desk, case, *args, await actor_on(db, case, who), **more)

        await deps.store.write(work)
        return (await self.house.cases())[-1]

    async def assigns(self, code="zhang-weiguo", **more):
        return await self.does(casework.assign, to=await self.person(code), **more)

    async def assigns_unit(self, code="shi-chengguan"):
        (row,) = await self.house.rows(select(unit.c.id).where(unit.c.code == code))
        return await self.does(casework.assign, lead=row.id)

    async def changes(self, statement):
        async def work(db):
            await db.run(statement)

        await self.house.deps.store.write(work)


@pytest.fixture
def station(office):
    return Station(office)


async def link_of(actor):
    """Return the path of the newest link that reached somebody's chat."""
    await actor.house.deliver()
    lines = [line for line in actor.house.platform.chat_of(actor.person, actor.account) if line.author == "service"]
    found = [urlsplit(url) for line in lines for url in re.findall(r"https?://\S+", f"{line.text} {line.url}")]
    assert found, lines
    assert found[-1].path.startswith("/case/")
    return found[-1].path


class ByHand:
    """A program that speaks HTTP to the page: sees status, headers and forms, follows nothing."""

    def __init__(self, http, house):
        self.http, self.house = http, house

    async def get(self, path):
        async with self.http.get(f"{self.house.url}{path}", allow_redirects=False) as response:
            return response.status, await response.text(), response.headers

    async def post(self, path, **fields):
        async with self.http.post(f"{self.house.url}{path}", data=fields, allow_redirects=False) as response:
            return response.status, await response.text(), response.headers

    async def form(self, path, deed):
        """Return the hidden fields of a deed's form, empty if the page has no such form."""
        _, page, _ = await self.get(path)
        found = re.search(rf'action="{re.escape(path)}/{deed}">\s*(.*?)</form>', page, re.DOTALL)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[1])) if found else {}

    async def does(self, path, deed, **fields):
        hidden = await self.form(path, deed)
        return await self.post(f"{path}/{deed}", **hidden | fields)


@pytest.fixture
async def hand(office):
    async with aiohttp.ClientSession() as http:
        yield ByHand(http, office)


@pytest.fixture
async def phone():
    async with phone_of(390, 844) as page:
        yield page


@pytest.fixture
def album(tmp_path):
    """Where a test keeps its pictures of the page."""
    folder = Path(tmp_path) / "pictures"
    folder.mkdir()
    return folder
