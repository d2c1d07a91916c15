"""Give tests a real Redis: one embedded server a session, emptied before each test that asks for it."""

import asyncio
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from bot.embedded_redis import embedded_redis


@contextmanager
def served(home):
    """Run the embedded Redis of a home in a thread with a loop of its own, for tests with any loop or none."""
    url, done = Future(), threading.Event()

    async def serve():
        try:
            async with embedded_redis(home) as address:
                url.set_result(address)
                while not done.is_set():  # noqa: ASYNC110 - the event is another thread's
                    await asyncio.sleep(0.02)
        except BaseException as error:
            if not url.done():
                url.set_exception(error)
            raise

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="embedded-redis")
    thread.start()
    try:
        yield url.result()
    finally:
        done.set()
        thread.join()


def server_pid(url):
    """Return the process id of the server behind an address."""
    with Redis.from_url(url) as redis:
        return redis.info("server")["process_id"]


def alive(pid):
    """Return whether a process lives; one that has ended and waits to be counted does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """Return the address of the session's Redis."""
    with served(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server):
    """Return the address of an empty Redis."""
    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server
