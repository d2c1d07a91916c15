"""Behind three sentinels: the master dies, another takes over, and the service finds it by itself."""

import asyncio
import subprocess
import time
from contextlib import ExitStack

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.embedded_redis import die_with_us, find_server
from bot.memory import Memory
from config import BadConfig
from tests.faults.conftest import free_port

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def server(stack, folder, port, lines, *words):
    """Start one Redis, or one sentinel, that is killed with the test."""
    home = folder / str(port)
    home.mkdir()
    (home / "redis.conf").write_text("\n".join((f"port {port}", "bind 127.0.0.1", f"dir {home}", 'save ""', *lines)))
    command = [find_server(), str(home / "redis.conf"), *words]
    process = subprocess.Popen(command, preexec_fn=die_with_us(), **QUIET)  # noqa: PLW1509 - one prctl
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def asked(port, *command):
    """Return what a server answers, None while it does not."""
    try:
        with Redis(port=port, decode_responses=True, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)) as redis:
            return redis.execute_command(*command)
    except RedisError:
        return None


def until(look, within=20.0):
    end = time.monotonic() + within
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def trio(tmp_path):
    """A master, a replica and three sentinels; yields the address, the master's process and the sentinels' ports."""
    with ExitStack() as stack:
        first, second = free_port(), free_port()
        master = server(stack, tmp_path, first, ())
        server(stack, tmp_path, second, (f"replicaof 127.0.0.1 {first}",))
        until(lambda: "state=online" in str(asked(first, "INFO", "replication")) or _online(first))
        watch = (
            f"sentinel monitor lianxin 127.0.0.1 {first} 2",
            "sentinel down-after-milliseconds lianxin 400",
            "sentinel failover-timeout lianxin 2000",
        )
        ports = [free_port() for _ in range(3)]
        for port in ports:
            server(stack, tmp_path, port, watch, "--sentinel")
        until(lambda: all(_knows_two(port) for port in ports))
        yield f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/lianxin/0", master, ports, first


def _online(port):
    told = asked(port, "INFO", "replication")
    return isinstance(told, dict) and told.get("slave0", {}).get("state") == "online"


def _knows_two(port):
    told = asked(port, "SENTINEL", "MASTER", "lianxin")
    facts = told if isinstance(told, dict) else {}
    return int(facts.get("num-other-sentinels", 0)) == 2 and int(facts.get("num-slaves", 0)) == 1


async def test_when_the_master_dies_the_new_one_is_found_without_a_restart(trio):
    url, master, ports, first = trio
    memory = Memory(url)
    await memory.open()
    await memory.put("token", "kept", 60)
    assert await memory.get("token") == "kept"
    master.kill()
    assert await memory.get("token") is None, "away for a moment: nobody waits for it"
    await asyncio.to_thread(
        until, lambda: asked(ports[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "lianxin")[1] != first
    )
    began = time.monotonic()
    while not await memory.alive():
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.1)
    assert await memory.get("token") == "kept", "the replica had it"
    assert await memory.lead("timetable", "me", 5)
    await memory.close()


@pytest.mark.parametrize(
    "url", ["redis+sentinel://", "redis+sentinel://a:26379", "redis+sentinel://a:x/lianxin", "redis+sentinel://:p@,/m"]
)
def test_an_address_that_is_none_is_refused_with_the_form_it_should_have(url):
    with pytest.raises(BadConfig, match="哨兵"):
        Memory(url)
