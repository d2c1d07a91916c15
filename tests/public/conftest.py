"""A program or a stranger's browser at the public doors of the house."""

from functools import partial

import aiohttp
import pytest

from bot.actions import partners


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
    work = partial(partners.admit, code=code, name="政务热线", scopes=scopes, sealer=house.deps.sealer,
                   now=house.clock.now())  # fmt: skip
    return await house.deps.store.write(work)
