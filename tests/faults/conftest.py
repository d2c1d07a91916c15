"""A town with real processes: the service is started, killed and started again beside emulated platforms."""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.clock import SystemClock
from bot.emulator import Emulator
from bot.message import Text
from bot.outbox.queue import Way, owe
from bot.rules.privacy import Sealer
from bot.store import open_store
from bot.store.tables import group, identity, limit_, outgoing, suggestion
from config import load_settings
from tests.faults.proof import proof
from tests.faults.serve import serve
from tests.plugins import house
from tests.plugins.house import CALLBACKS, KEY, OFFICE, platform_accounts, secrets_of_accounts
from tests.plugins.ports import free_port
from tests.plugins.postgres_server import PostgresServer, find_programs

PROCESSES = multiprocessing.get_context("forkserver")  # imports once, forks for each start
PROCESSES.set_forkserver_preload(["tests.faults.serve"])
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


async def until(look, within=15.0):
    """Return what `look` finds, asking again until then."""
    end = time.monotonic() + within
    while True:
        found = look()
        found = await found if asyncio.iscoroutine(found) else found
        if found:
            return found
        assert time.monotonic() < end, f"not within {within} s"
        await asyncio.sleep(0.03)


class Service:
    """One process of the service; its port stays the same over all its lives."""

    def __init__(self, env, log, words):
        self.port, self.words, self.log = free_port(), words, log
        self.env = env | {"LIANXIN_PORT": str(self.port)}
        self.process = None

    async def start(self):
        self.process = PROCESSES.Process(target=serve, args=(self.env, str(self.log), self.words))
        self.process.start()
        if "worker" not in self.words:
            await until(self._answers)
        return self

    async def starts_again(self):
        """Start it if it is not there."""
        if not self.process.is_alive():
            await self.start()

    async def kill(self):
        """Let it die at once and return how it ended."""
        self.process.kill()
        return await self._ended()

    async def terminate(self):
        """Ask it to stop and return its exit code."""
        self.process.terminate()
        return await self._ended()

    async def _ended(self):
        await asyncio.to_thread(self.process.join, 20)
        return self.process.exitcode

    def end(self):
        if self.process and self.process.is_alive():
            self.process.kill()
            self.process.join()

    async def _answers(self):
        assert self.process.is_alive(), self.log.read_text()
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}/healthz") as got:
                return got.status == 200
        except aiohttp.ClientError:
            return False


class Town:
    """The emulated platforms, the database, and the processes of the service."""

    def __init__(self, env, database, platform, store, home):
        self.env, self.database, self.platform, self.store, self.home = env, database, platform, store, home
        self.services = []
        self.sealer = Sealer(load_settings(env).secret_keys)

    async def starts(self, *words, ahead=0.0):
        """Start a process of the service, its clock so many seconds ahead; the first that hears gets the callbacks."""
        log = self.home / f"service-{len(self.services)}.log"
        service = Service(self.env | {"TEST_CLOCK_AHEAD_S": str(ahead)}, log, words or ("serve",))
        self.services.append(service)
        await service.start()
        if "worker" not in words and not any(account.callback_url for account in self.platform.world.accounts):
            self.point_at(service)
        return service

    def point_at(self, service):
        for account in self.platform.world.accounts:
            if account.channel in CALLBACKS:
                path = f"/callback/{CALLBACKS[account.channel]}/{account.code}"
                account.callback_url = f"http://127.0.0.1:{service.port}{path}"

    async def rows(self, query):
        async with self.store.read() as db:
            return await db.all(query)

    async def row(self, key):
        (row,) = await self.rows(select(outgoing).where(outgoing.c.key == key))
        return row

    async def cases(self):
        return await self.rows(select(suggestion).order_by(suggestion.c.id))

    async def unsettled(self):
        return await self.rows(select(outgoing).where(outgoing.c.state.in_(("waiting", "sending"))))

    async def rests(self, within=45.0):
        """Wait until nothing is owed any more that is due."""

        async def nothing():
            now = SystemClock().now()
            return not [row for row in await self.unsettled() if row.due_at <= now]

        try:
            await until(nothing, within)
        except AssertionError:
            left = [(row.key, row.state, row.attempts, row.errcode, row.error) for row in await self.unsettled()]
            raise AssertionError(f"never at rest: {left}, {self.tails()}") from None

    def tails(self):
        """Return the end of each process's log."""
        return {service.log.name: service.log.read_text()[-1500:] for service in self.services}

    async def proof(self):
        """Hold the platforms' ledger against the tables, once nothing is owed any more that is due."""
        await self.rests()
        tally = await proof(self.platform, self.store, load_settings(self.env).secret_keys)
        if path := os.environ.get("SOAK_PROOFS"):
            with Path(path).open("a") as book:  # noqa: ASYNC230 - a line
                book.write(f"{json.dumps(tally)}\n")
        return tally

    async def way(self, channel, account, person):
        mark = self.sealer.mark(f"{channel}:{account}:{person}", "identity")

        async def known():
            return await self.rows(select(identity).where(identity.c.external_hash == mark))

        (row,) = await until(known)
        return Way(channel, account, identity_id=row.id, person_id=row.person_id)

    async def group_way(self):
        (row,) = await self.rows(select(group.c.id).where(group.c.code == "hepan-1"))
        return Way("group_robot", "tongzhi", group_id=row.id)

    async def owes(self, way, words, key):
        now = SystemClock().now()
        await self.store.write(partial(owe, key=key, way=way, content=Text(words), now=now, sealer=self.sealer))
        return key

    @asynccontextmanager
    async def locked(self):
        """Hold the SQLite file's write lock, as a stuck process would."""
        with closing(
            sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=5, isolation_level=None)
        ) as held:
            held.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                held.execute("ROLLBACK")


async def without_quiet_hours(db):
    """Let the town be spoken to at any hour: these processes run by the real clock."""
    await db.run(update(limit_).where(limit_.c.code.in_(("quiet-from", "quiet-until"))).values(value=0))
    await db.run(update(group).values(quiet_from="00:00", quiet_until="00:00"))


@pytest.fixture
async def town(tmp_path, redis_url, house_database):
    """Platforms that repeat a callback sooner and oftener than the real ones, so that a test is short."""
    database = house_database
    env = dict(os.environ) | secrets_of_accounts()
    env |= {"LIANXIN_HOME": str(tmp_path), "LIANXIN_SECRET_KEY": KEY, "DATABASE_URL": database, "REDIS_URL": redis_url}
    platform = Emulator(
        platform_accounts(load_settings(env).accounts), SystemClock().now, callback_timeout=0.8, tries=10
    )
    base = await platform.start()
    env |= {"WECHAT_API_BASE": base, "WECOM_API_BASE": base}
    staff = ("zhangweiguo", "tianmin", "liugensheng", "qiaowen", "zhouzhiming", "baijie")
    platform.add_members("gongzuo", *staff)
    store = await open_store(database)
    await store.write(without_quiet_hours)
    town = Town(env, database, platform, store, tmp_path)
    yield town
    for service in town.services:
        service.end()
    await store.close()
    await platform.stop()


@pytest.fixture
def chance(request):
    """Chance that can be had again: its seed is the test's name and the day, or the round of a soak."""
    return random.Random(f"{request.node.name} {os.environ.get('SOAK_SEED') or time.strftime('%F')}")


class MortalPostgres(PostgresServer):
    """A PostgreSQL that tests take away and bring back."""

    def away(self):
        """Stop in order, though without waiting for anybody: this server is too hasty to survive a crash."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def back(self):
        self._process = self._start()

    def freeze(self):
        """Leave it there with all its helpers, but let it answer nothing."""
        for pid in self._family():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in self._family():
            os.kill(pid, signal.SIGCONT)

    def _family(self):
        """Return the server and its helpers; each helper leads a group of its own."""
        us = self._process.pid
        return [us, *map(int, Path(f"/proc/{us}/task/{us}/children").read_text().split())]


@pytest.fixture(scope="session")
def mortal_postgres():
    """A server that tests stop and freeze, and leave as they found it."""
    server = MortalPostgres(find_programs())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mortal_office(mortal_postgres):
    """The name of its database with the sample office, to be copied."""
    name = mortal_postgres.create()
    house.loaded(".", OFFICE, DATABASE_URL=mortal_postgres.url(name))
    return name


def loaded(server):
    """Return the address of a database of that server with the sample office in it."""
    return house.loaded(".", OFFICE, DATABASE_URL=server.url(server.create()))
