"""What comes through the callback door by real HTTP, and what is counted of it."""

import aiohttp
import pytest

from bot.emulator.calls import build_call
from bot.metrics import REGISTRY
from tests.plugins.house import CALLBACKS, Actor

CODES = {"official_account": "hexin", "wecom_app": "gongzuo", "wecom_robot": "zhushou", "customer_service": "kefu"}


class Door:
    """The callback door of the running house."""

    def __init__(self, house, session):
        self.house, self.session = house, session

    def account(self, channel):
        return self.house.platform.world.account(CODES[channel])

    def path(self, channel):
        return f"/callback/{CALLBACKS[channel]}/{CODES[channel]}"

    def call(self, channel, inner):
        """Return (query, body) as the platform would sign and encrypt these bytes now."""
        return build_call(self.account(channel), inner, self.house.clock.now())

    async def post(self, path, query="", body=b"", method="POST", **more):
        """Make one call and return (status, body)."""
        url = f"{self.house.url}{path}" + (f"?{query}" if query else "")
        async with self.session.request(method, url, data=body, **more) as response:
            return response.status, await response.read()


@pytest.fixture
async def door(house):
    async with aiohttp.ClientSession() as session:
        yield Door(house, session)


@pytest.fixture
def neighbour(house):
    """A good voter at the same door."""
    return Actor(house, "hexin", "oNeighbour")


def refused(channel, why):
    """Return how many calls of a channel were refused for that reason so far."""
    return REGISTRY.get_sample_value("lianxin_callbacks_refused_total", {"channel": channel, "why": why}) or 0.0
