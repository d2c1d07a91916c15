"""The database goes away, comes back, or is given the next version's tables, while voters write.

Two versions of the service run at once in a deploy: the old one goes on by tables that have grown. Here our own code is
the old one and tables of a version to come are made up; OLD_CODE (a folder with an older checkout, as `make soak` makes
one) lets the version before run for real, beside ours and on our tables; without it our own code stands in for it.
"""

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.faults.conftest import Service, until
from tests.faults.test_laws_of_delivery import every_message_is_one_case, every_push_is_sent_once, stream

OLD_CODE = Path(os.environ.get("OLD_CODE", "."))


class TestGone:
    @pytest.fixture
    def house_database(self, mortal_postgres, mortal_office):
        return mortal_postgres.url(mortal_postgres.create(mortal_office))

    async def test_postgres_goes_the_web_is_killed_over_its_spool_and_everything_is_heard_from_there(
        self, town, chance, mortal_postgres
    ):
        web, _ = await asyncio.gather(town.starts("serve", "--only", "web"), town.starts("worker"))
        coming = asyncio.create_task(stream(town, chance, voters=15, seconds=4.0))
        await asyncio.sleep(chance.uniform(0.5, 1.0))
        mortal_postgres.away()
        await until(lambda: len(list((town.home / "spool").glob("*.call"))) > 1)
        assert await web.kill() == -signal.SIGKILL
        mortal_postgres.back()  # in a thread it would die with the thread
        await until(town.store.alive)
        await web.start()
        happenings = await coming
        await until(lambda: not list((town.home / "spool").glob("*.call")), within=45)
        texts = {case.text for case in await town.cases()}
        assert [n for n, each in enumerate(happenings) if each.heard and f"给{n}号楼装路灯" not in texts] == []
        assert (await town.proof())["doubles"] == 0, town.tails()


# ---- the next version's tables ------------------------------------------------------------------------------------------


async def grow(url):
    """Do to every table what a step to come may do: another column, one with a default, an index; and a table more."""
    driver = "sqlite+aiosqlite" if url.startswith("sqlite") else "postgresql+asyncpg"
    engine = create_async_engine(f"{driver}:{url.partition(':')[2]}")
    async with engine.begin() as db:
        names = await db.run_sync(lambda sync: inspect(sync).get_table_names())
        await db.execute(text("CREATE TABLE of_a_version_to_come (id INTEGER PRIMARY KEY)"))
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for name in names:
        if name != "alembic_version":
            async with engine.begin() as db:  # a table at a time: whoever locks several may meet another's order
                await db.execute(text(f'ALTER TABLE "{name}" ADD COLUMN newer INTEGER'))
                await db.execute(text(f"ALTER TABLE \"{name}\" ADD COLUMN newest VARCHAR(9) NOT NULL DEFAULT 'x'"))
                await db.execute(text(f'CREATE INDEX "ix_{name}_newer" ON "{name}" (newer)'))
    await engine.dispose()


@pytest.mark.parametrize("house_database", ["postgres"], indirect=True)  # which plans its statements ahead
async def test_the_version_before_goes_on_by_tables_that_have_grown_and_can_be_started_again(town, chance):
    service = await town.starts()
    coming = asyncio.create_task(stream(town, chance, voters=15, seconds=2.0))
    await asyncio.sleep(0.8)
    await grow(town.database)
    await asyncio.sleep(0.4)
    assert await service.terminate() == 0
    await service.start()
    happenings = await coming
    cases = await every_message_is_one_case(town, happenings)
    assert len(cases) == 15
    await every_push_is_sent_once(town, cases)
    assert (await town.proof())["doubles"] == 0, town.tails()


class Old(Service):
    """A process of the version before, from its own folder."""

    def __init__(self, folder, env, log, words):
        super().__init__(env, log, words)
        self.folder = folder

    async def start(self):
        command = [sys.executable, "run.py", *self.words]
        opened = partial(open, self.log, "ab")
        with await asyncio.to_thread(opened) as log:
            self.process = await asyncio.to_thread(
                partial(subprocess.Popen, command, cwd=self.folder, env=self.env, stdout=log, stderr=log)
            )
        self.process.is_alive, self.process.join = (lambda: self.process.poll() is None), self.process.wait
        await until(self._answers, within=30)
        return self


@pytest.mark.parametrize("house_database", ["postgres"], indirect=True)
async def test_the_version_before_and_ours_share_the_work(town, chance):
    """Old and new web processes take calls in turn, old and new workers deliver."""
    town.env["TEST_LEASE_S"] = "60"  # nobody dies here, and four processes may starve each other for seconds
    new, _ = await asyncio.gather(town.starts("serve"), town.starts("worker"))
    old = Old(OLD_CODE, town.env, town.home / "old.log", ("serve",))
    town.services.append(old)
    await old.start()
    coming = asyncio.create_task(stream(town, chance, voters=45, seconds=6.0))
    for number in range(20):
        await asyncio.sleep(0.25)
        town.point_at((old, new)[number % 2])
    happenings = await coming
    cases = await every_message_is_one_case(town, happenings)
    assert len(cases) == 45
    assert (await town.proof())["doubles"] == 0, town.tails()
