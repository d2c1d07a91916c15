"""Of several servers in the address the one that is written to is found, whatever has become of the others."""

import asyncio
import socket
from contextlib import closing

import pytest
from sqlalchemy import text

from bot.store import hosts, migrate, open_store


@pytest.fixture
def silent():
    """A server that takes calls and never says a word, as one that hangs."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


async def test_a_server_that_hangs_keeps_nobody_from_the_next_one(postgres_server, postgres_url, silent, monkeypatch):
    monkeypatch.setattr(hosts, "CONNECT_S", 0.2)
    url, _, folder = postgres_url.partition("?host=")
    both = f"{url}?host=127.0.0.1:{silent}&host={folder}:5432&target_session_attrs=read-write"
    await asyncio.to_thread(migrate, both)
    store = await open_store(both)
    async with store.read() as db:
        assert (await db.one(text("SELECT 1 AS one"))).one == 1
    await store.close()


async def test_if_none_answers_that_is_said(silent, monkeypatch):
    monkeypatch.setattr(hosts, "CONNECT_S", 0.2)
    with pytest.raises(TimeoutError):
        await open_store(f"postgresql://lianxin@/lianxin?host=127.0.0.1:{silent}&host=127.0.0.1:{silent}")
