"""Give tests a trio of sentinels that watch a Redis and its replica."""

import subprocess
import time
from contextlib import ExitStack

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.embedded_redis import die_with_us, find_server
from tests.plugins.ports import free_port

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
NAME = "lianxin"


class Trio:
    """A master, a replica, and three sentinels that name the replica once the master is silent."""

    def __init__(self, folder, stack):
        self._folder, self._stack = folder, stack
        self._first, second, *self._ports = (free_port() for _ in range(5))
        self._master = self._start(self._first, ())
        self._start(second, (f"replicaof 127.0.0.1 {self._first}",))
        _until(self._follows)
        watch = (
            f"sentinel monitor {NAME} 127.0.0.1 {self._first} 2",
            f"sentinel down-after-milliseconds {NAME} 400",
            f"sentinel failover-timeout {NAME} 2000",
        )
        for port in self._ports:
            self._start(port, watch, "--sentinel")
        _until(lambda: all(map(_knows_all, self._ports)))

    @property
    def url(self):
        """Return the address as REDIS_URL takes it."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self._ports)}/{NAME}/0"

    def kill(self):
        """Let the master die at once."""
        self._master.kill()

    def named_another(self):
        """Whether the sentinels call another one master by now."""
        told = asked(self._ports[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return bool(told) and told[1] != self._first

    def _start(self, port, lines, *words):
        home = self._folder / str(port)
        home.mkdir()
        settings = (f"port {port}", "bind 127.0.0.1", f"dir {home}", 'save ""', *lines)
        (home / "redis.conf").write_text("\n".join(settings))
        command = [find_server(), str(home / "redis.conf"), *words]
        process = subprocess.Popen(command, preexec_fn=die_with_us(), **QUIET)  # noqa: PLW1509 - one prctl
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _follows(self):
        told = asked(self._first, "INFO", "replication")
        return isinstance(told, dict) and told.get("slave0", {}).get("state") == "online"


def asked(port, *command):
    """Return what a server answers, None while it does not."""
    try:
        with Redis(port=port, decode_responses=True, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)) as redis:
            return redis.execute_command(*command)
    except RedisError:
        return None


def _knows_all(port):
    told = asked(port, "SENTINEL", "MASTER", NAME)
    facts = told if isinstance(told, dict) else {}
    return int(facts.get("num-other-sentinels", 0)) == 2 and int(facts.get("num-slaves", 0)) == 1


def _until(look, within=20.0):
    end = time.monotonic() + within
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)  # a sentinel tells nobody when it has made up its mind


@pytest.fixture
def trio(tmp_path):
    """Five processes that end with the test."""
    with ExitStack() as stack:
        yield Trio(tmp_path, stack)
