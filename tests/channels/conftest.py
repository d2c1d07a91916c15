"""One desk, one interface and all channels for a test."""

import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application

from bot.channels import Api, build_channels
from bot.clock import TravelClock
from tests.channels.platform import NOW, Desk


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def api(desk):
    app = Application(client_max_size=2**20)
    app.router.add_route("*", "/{path:.*}", desk.handle)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        api = Api(base, base, clock=TravelClock(NOW), connect_s=0.5, total_s=1.0)
        api.base = base
        yield api
        await api.close()


@pytest.fixture
def channels():
    """All channels, for hearing and answering: nobody is at the other end."""
    return build_channels(Api("http://127.0.0.1:9", "http://127.0.0.1:9"))


@pytest.fixture
def speaking(api):
    """All channels, with the desk at the other end."""
    return build_channels(api)
