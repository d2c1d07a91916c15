"""The emulator with one account of each kind, a clock of ours, and a tiny service to call."""

import aiohttp
import pytest
from aiohttp import web

from bot.emulator import EmulatedGroup, EmulatedPerson, Emulator, make_account
from tests.emulator.stage import Clock, Service

CORP = "ww1111111111111111"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def service():
    """A web server that plays our service."""
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/callback/{channel}/{code}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest.fixture
def accounts(service):
    """One account of each channel, all pointing at the tiny service."""
    return {
        channel: make_account(channel, "main", callback_url=f"{service.url}/callback/{channel}/main", **given)
        for channel, given in {
            "official_account": {},
            "wecom_app": {"corp_id": CORP},
            "wecom_robot": {},
            "customer_service": {"corp_id": CORP},
            "group_robot": {"chat_id": "staff"},
        }.items()
    }


@pytest.fixture
async def emulator(accounts, clock):
    people = [
        EmulatedPerson("oWang", "王秀英", "voter", "official_account/main"),
        EmulatedPerson("ZhangWei", "张伟", "representative", "wecom_app/main"),
        EmulatedPerson("LiNa", "李娜", "clerk", "wecom_app/main"),
    ]
    groups = [EmulatedGroup("staff", "联络站工作群", "wecom_robot/main", ("ZhangWei", "LiNa"))]
    emulator = Emulator(accounts.values(), clock, people=people, groups=groups, callback_timeout=0.2, stream_pause=0.01)
    await emulator.start()
    yield emulator
    await emulator.stop()


class Api:
    """Calls the emulator's API as the service would."""

    def __init__(self, http, base, accounts):
        self.http, self.base, self.accounts = http, base, accounts

    async def post(self, path, data, **query):
        async with self.http.post(f"{self.base}{path}", json=data, params=query) as response:
            return await response.json()

    async def get(self, path, **query):
        async with self.http.get(f"{self.base}{path}", params=query) as response:
            return await response.json()

    async def token(self, channel, **more):
        account = self.accounts[channel]
        if channel == "official_account":
            asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
            return (await self.post("/cgi-bin/stable_token", asked | more)).get("access_token")
        return (await self.get("/cgi-bin/gettoken", corpid=account.corp_id, corpsecret=account.secret))["access_token"]

    async def as_(self, channel, path, data):
        """Post with a good token of this channel's account."""
        return await self.post(path, data, access_token=await self.token(channel))

    async def push_to(self, person, text="您好"):
        said = {"touser": person, "msgtype": "text", "text": {"content": text}}
        return await self.as_("official_account", "/cgi-bin/message/custom/send", said)

    async def tell(self, who, data=None, **more):
        """Send a WeCom app message."""
        app = self.accounts["wecom_app"]
        said = {"touser": who, "agentid": app.agent_id} | (data or {"msgtype": "text", "text": {"content": "您好"}})
        return await self.as_("wecom_app", "/cgi-bin/message/send", said | more)


@pytest.fixture
async def api(emulator, accounts):
    async with aiohttp.ClientSession() as http:
        yield Api(http, emulator.base_url, accounts)
