"""Give tests a real Redis: one embedded server a session, emptied before each test that asks for it."""

import asyncio
import signal
import subprocess
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NobodyThere
from redis.retry import Retry

from bot.embedded_redis import die_with_us, embedded_redis, find_server


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


def answers(url):
    """Return whether anybody answers there."""
    try:
        with Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as redis:
            return redis.ping()
    except NobodyThere:
        return False


class MortalRedis:
    """A real Redis that nobody keeps alive: tests kill it, freeze it, and start it again."""

    def __init__(self, folder):
        self.url = f"unix://{folder}/mortal.sock"
        self._folder = folder
        self._process = None
        self.start()

    def start(self):
        options = ["--port", "0", "--unixsocket", f"{self._folder}/mortal.sock", "--dir", str(self._folder)]
        command = [find_server(), *options, "--save", ""]
        tie = die_with_us()
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=tie)  # noqa: PLW1509 - one prctl
        until = time.monotonic() + 10
        while not answers(self.url):
            assert time.monotonic() < until, "the Redis of the test did not start"
            time.sleep(0.005)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """Leave it there, but let it answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)


@pytest.fixture
def mortal_redis(tmp_path_factory):
    """Return a Redis of this test's own, to be killed."""
    mortal = MortalRedis(tmp_path_factory.mktemp("mortal"))
    yield mortal
    mortal.kill()


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
