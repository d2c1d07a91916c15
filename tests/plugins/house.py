"""The whole house on one stage: service, emulator, a clock that is moved by hand, and the cast."""

import asyncio
import base64
import os
import shutil
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

import run
from bot.clock import SHANGHAI, TravelClock
from bot.demo.stage import ADDRESSES
from bot.emulator import EmulatedAccount, EmulatedGroup, Emulator, make_account
from bot.outbox.queue import from_json
from bot.store.tables import event, heard, outgoing, suggestion, supplement
from commands import data, parts
from config import load_settings
from handlers import ROUTER, TIMETABLE

OFFICE = Path("config/office")
MORNING = datetime(2026, 12, 7, 10, 0, tzinfo=SHANGHAI)  # a Monday; the stations receive on the 10th
KEY = base64.b64encode(b"k" * 32).decode()
CALLBACKS = {
    "official_account": "official-account",
    "wecom_app": "wecom-app",
    "wecom_robot": "wecom-robot",
    "customer_service": "customer-service",
}


def platform_accounts(settings_accounts):
    """Return the emulator's twin of every configured account."""
    fields = (
        "channel",
        "code",
        "mode",
        "app_id",
        "corp_id",
        "agent_id",
        "open_kfid",
        "sender",
        "token",
        "aes_key",
        "secret",
    )
    return [
        EmulatedAccount(
            **{name: getattr(account, name) for name in fields},
            webhook_key=account.webhook_key,
            template_fields={each.id: each.names for each in account.templates.values()},
            chat_id=f"chat-{account.code}" if account.channel == "group_robot" else "",
        )
        for account in settings_accounts.values()
    ]


def secrets_of_accounts():
    """Return made-up secrets for every variable that accounts.toml names."""
    import tomllib

    env = {}
    for channel, rows in tomllib.loads((OFFICE / "accounts.toml").read_text()).items():
        for row in rows:
            made = make_account(channel, row["code"])
            for name in ("token", "aes_key", "secret", "webhook_key"):
                if name in row:
                    env[row[name]] = getattr(made, name) or f"{row['code']}-{name}"
    return env


def loaded(home, office, **more):
    """Migrate the database of these settings, load an office into it and return its address."""
    settings = load_settings({"LIANXIN_HOME": str(home), "LIANXIN_SECRET_KEY": KEY} | secrets_of_accounts() | more)
    parts.migrated(settings)
    asyncio.run(data.load_folder(settings, office))
    return settings.database_url


@pytest.fixture(scope="session")
def loaded_sqlite(tmp_path_factory):
    """A migrated SQLite file with the sample office, copied for each test."""
    home = tmp_path_factory.mktemp("loaded")
    loaded(home, OFFICE)
    return home / "lianxin.db"


@pytest.fixture(scope="session")
def loaded_postgres(postgres_server):
    """The name of a migrated PostgreSQL database with the sample office, to be copied for each test."""
    name = postgres_server.create()
    loaded(".", OFFICE, DATABASE_URL=postgres_server.url(name))
    yield name
    postgres_server.drop(name)


class House:
    """The running service as a test sees it."""

    def __init__(self, deps, platform, clock, port):
        self.deps, self.platform, self.clock, self.port = deps, platform, clock, port
        self.url = f"http://127.0.0.1:{port}"

    async def deliver(self):
        """Let new cases be taken up and the outbox deliver until nothing is due."""
        await self.tick("arrivals")
        for _ in range(100):
            if not await self.deps.outbox.deliver_due():
                return
        raise AssertionError("the outbox never comes to rest")

    async def tick(self, *names):
        """Let lines of the timetable come due."""
        for entry in TIMETABLE:
            if entry.name in names:
                await entry.tick(self.deps, ROUTER)

    async def rows(self, query):
        async with self.deps.store.read() as db:
            return await db.all(query)

    async def cases(self):
        return await self.rows(suggestion.select().order_by(suggestion.c.id))

    async def history(self, case):
        return await self.rows(event.select().where(event.c.suggestion_id == case.id).order_by(event.c.seq))

    async def supplements(self, case):
        return await self.rows(supplement.select().where(supplement.c.suggestion_id == case.id))

    async def owed(self, state=None):
        rows = await self.rows(outgoing.select().order_by(outgoing.c.id))
        return [row for row in rows if state in (None, row.state)]

    async def heard(self):
        return await self.rows(heard.select().order_by(heard.c.id))

    def content(self, row):
        return from_json(row.content)


@pytest.fixture
def clock():
    return TravelClock(MORNING)


@pytest.fixture
def house_database(request, tmp_path, loaded_sqlite):
    """The database of one test's house; a test may ask for PostgreSQL by parametrising this fixture.

    HOUSE_DATABASE=postgres gives PostgreSQL to every test that does not ask: the whole suite on the other database.
    """
    if getattr(request, "param", os.environ.get("HOUSE_DATABASE", "sqlite")) == "sqlite":
        shutil.copy(loaded_sqlite, tmp_path / "lianxin.db")
        yield f"sqlite:///{tmp_path / 'lianxin.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("loaded_postgres"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def house(request, tmp_path, redis_url, clock, house_database):
    """A running service (web only; the test moves the outbox and the timetable by hand) and its emulated platforms."""
    env = secrets_of_accounts() | {
        "LIANXIN_HOME": str(tmp_path),
        "LIANXIN_SECRET_KEY": KEY,
        "DATABASE_URL": house_database,
        "REDIS_URL": redis_url,
        "LIANXIN_PORT": "0",
    }
    settings = load_settings(env)
    platform = Emulator(
        platform_accounts(settings.accounts),
        clock.now,
        groups=[
            EmulatedGroup("wrSample-hepan-1", "滨河社区联系群", "zhushou", ("zhangweiguo", "tianmin")),
            EmulatedGroup("wrCustomers-shiqiao-1", "柳树村客户群", owner="qiaowen"),
        ],
        callback_timeout=5.0,
    )
    base = await platform.start()
    settings = load_settings(env | dict.fromkeys(ADDRESSES, base))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(platform.stop)
        deps = await run.opened(stack, settings, clock)
        port = await stack.enter_async_context(_web(deps))
        object.__setattr__(deps.settings, "public_url", f"http://127.0.0.1:{port}")  # the port is known only now
        for account in platform.world.accounts:
            if account.channel in CALLBACKS:
                account.callback_url = f"http://127.0.0.1:{port}/callback/{CALLBACKS[account.channel]}/{account.code}"
        platform.add_members("gongzuo", "zhangweiguo", "lixiuying", "tianmin")
        yield House(deps, platform, clock, port)


def _web(deps):
    from bot.app import listening, web_app
    from handlers import ROUTES
    from handlers.webhooks import DEPS
    from handlers.webhooks import ROUTER as ROUTER_KEY

    return listening(web_app(deps, ROUTER, ROUTES, (DEPS, ROUTER_KEY)), "127.0.0.1", 0)


class Actor:
    """A person of the cast: speaks on one account, and hears what the platform shows them."""

    def __init__(self, house, account, person):
        self.house, self.account, self.person = house, account, person

    async def says(self, text, chat=None):
        """Say something and return what is heard at once."""
        happening = await self.house.platform.says(self.account, self.person, text, chat)
        return await self._answers(happening)

    async def sends(self, what, *args, **kwargs):
        """Send a picture, a place … by the emulator's name for it."""
        happening = await getattr(self.house.platform, what)(self.account, self.person, *args, **kwargs)
        return await self._answers(happening)

    async def _answers(self, happening):
        assert happening.heard, happening
        if self.account == "kefu":
            before = len(self.heard())
            await self.house.deliver()
            return "\n".join(self.heard()[before:])
        return "\n".join(happening.answers)

    def heard(self):
        """Return everything the service said to this person so far."""
        return self.house.platform.heard_by(self.person, self.account)


@pytest.fixture
def wang(house):
    """Voter Wang, who came to the 服务号 by the group's QR code."""
    return Actor(house, "hexin", "oWang")


@pytest.fixture
def kang(house):
    """Voter Kang, who writes to 微信客服."""
    return Actor(house, "kefu", "wmKang")


@pytest.fixture
def zhang(house):
    """Representative Zhang Weiguo, in WeCom."""
    return Actor(house, "gongzuo", "zhangweiguo")


@pytest.fixture
def tian(house):
    """Clerk Tian Min, in WeCom."""
    return Actor(house, "gongzuo", "tianmin")
