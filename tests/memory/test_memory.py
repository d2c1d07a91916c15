"""The memory serves all processes while Redis is there, and has one safe answer for everything while it is not."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from structlog.testing import capture_logs

from bot.memory import Memory
from config.faults import BadConfig

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
async def memory(redis_url):
    """One process's memory."""
    memory = Memory(redis_url)
    await memory.open()
    yield memory
    await memory.close()


@pytest.fixture
async def neighbour(redis_url):
    """The memory of another process of the same service."""
    memory = Memory(redis_url)
    await memory.open()
    yield memory
    await memory.close()


@pytest.fixture
async def forsaken(mortal_redis):
    """A memory whose Redis was there and was killed."""
    memory = Memory(mortal_redis.url)
    await memory.open()
    assert await memory.alive()
    mortal_redis.kill()
    yield memory
    await memory.close()


def said(logs):
    """Return what the memory said; the session's own Redis may speak at any time."""
    return [line["event"] for line in logs if line["event"] in {"redis.away", "redis.back"}]


# ---- while Redis is there --------------------------------------------------------------------------------------------


async def test_a_token_put_by_one_process_is_known_to_the_other(memory, neighbour):
    await memory.put("wx1", "token", 60)
    assert await neighbour.get("wx1") == "token"


async def test_a_token_is_gone_when_its_time_has_run_out(memory, redis_url):
    await memory.put("wx1", "token", 7200)
    with Redis.from_url(redis_url) as redis:
        assert 7_199_000 < redis.pttl("lianxin:value:wx1") <= 7_200_000
    await memory.put("wx1", "token", 0.001)
    await asyncio.sleep(0.01)  # Redis's own clock, which nothing moves
    assert await memory.get("wx1") is None


async def test_only_the_token_that_failed_is_dropped(memory, neighbour):
    await memory.put("wx1", "new", 60)
    await neighbour.drop("wx1", "old")
    assert await memory.get("wx1") == "new"
    await neighbour.drop("wx1", "new")
    assert await memory.get("wx1") is None


async def test_only_one_process_is_alone(memory, neighbour):
    async with memory.alone("fetch", 10) as ours:
        assert ours
        async with neighbour.alone("fetch", 10) as theirs, memory.alone("fetch", 10) as again:
            assert not theirs
            assert not again
        async with neighbour.alone("another", 10) as other:
            assert other
    async with neighbour.alone("fetch", 10) as theirs:
        assert theirs


async def test_a_lock_that_ran_out_is_not_released_under_its_next_holder(memory, neighbour):
    async with memory.alone("fetch", 0.02) as ours:
        assert ours
        await asyncio.sleep(0.04)  # Redis's own clock
        async with neighbour.alone("fetch", 10) as theirs:
            assert theirs
            async with memory.alone("fetch", 0.02) as late:
                assert not late
    async with neighbour.alone("fetch", 10) as theirs:
        assert theirs


async def test_a_lock_is_given_back_when_the_work_fails_or_is_cancelled(memory, neighbour):
    with pytest.raises(ZeroDivisionError):
        async with memory.alone("fetch", 10):
            raise ZeroDivisionError
    inside = asyncio.Event()

    async def work():
        async with memory.alone("fetch", 10) as ours:
            assert ours
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with neighbour.alone("fetch", 10) as theirs:
        assert theirs


A_WORKER = """
import asyncio, sys
from bot.memory import Memory
async def main():
    memory = Memory(sys.argv[1])
    won = 0
    while won < 30:
        async with memory.alone("flight", 5) as ours:
            if ours:
                won += 1
                inside = await memory.run("return redis.call('INCR', KEYS[1])", ["inside"], [])
                await asyncio.sleep(0.001)
                await memory.run("return redis.call('DECR', KEYS[1])", ["inside"], [])
                print(inside, flush=True)
        await asyncio.sleep(0)
    await memory.close()
asyncio.run(main())
"""


async def test_two_real_processes_share_one_single_flight_lock(redis_url):
    """Thirty flights each, sixty in all, and never two in the air."""
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", A_WORKER, redis_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    heard = await asyncio.gather(*(worker.communicate() for worker in workers))
    assert b"".join(out for out, _ in heard).split() == [b"1"] * 60


async def test_one_leads_until_it_steps_down(memory, neighbour):
    assert await memory.lead("timetable", "one", 10)
    assert not await neighbour.lead("timetable", "two", 10)
    assert await memory.lead("timetable", "one", 10)
    await neighbour.step_down("timetable", "two")
    assert not await neighbour.lead("timetable", "two", 10)
    await memory.step_down("timetable", "one")
    assert await neighbour.lead("timetable", "two", 10)


async def test_a_leader_that_died_is_followed_when_its_lease_ends(memory, neighbour):
    assert await memory.lead("timetable", "one", 0.02)
    await asyncio.sleep(0.04)  # Redis's own clock
    assert await neighbour.lead("timetable", "two", 10)


async def test_a_heartbeat_is_heard_in_the_other_process(memory, neighbour):
    assert await neighbour.last_beat("timetable") is None
    await memory.beat("timetable", NOON)
    assert await neighbour.last_beat("timetable") == NOON


async def test_a_redis_that_lost_its_scripts_is_taught_again(memory, redis_url):
    assert await memory.lead("timetable", "one", 10)
    with Redis.from_url(redis_url) as redis:
        redis.script_flush()
    assert await memory.lead("timetable", "one", 10)


# ---- while it is not -------------------------------------------------------------------------------------------------


async def test_without_redis_nothing_is_remembered_and_nothing_raises(forsaken):
    assert not await forsaken.alive()
    await forsaken.put("wx1", "token", 60)
    assert await forsaken.get("wx1") is None
    await forsaken.drop("wx1", "token")
    await forsaken.step_down("timetable", "one")
    assert await forsaken.run("return 1", [], []) is None


async def test_without_redis_a_lock_still_holds_within_the_process(forsaken):
    async with forsaken.alone("fetch", 10) as ours, forsaken.alone("fetch", 10) as theirs:
        assert ours
        assert not theirs
    async with forsaken.alone("fetch", 10) as ours:
        assert ours


async def test_without_redis_everybody_leads_for_a_reminder_twice_owed_is_one_row(forsaken):
    assert await forsaken.lead("timetable", "one", 10)
    assert await forsaken.lead("timetable", "two", 10)


async def test_without_redis_a_process_knows_its_own_heartbeat(forsaken):
    assert await forsaken.last_beat("timetable") is None
    await forsaken.beat("timetable", NOON)
    assert await forsaken.last_beat("timetable") == NOON


async def test_a_redis_killed_under_a_held_lock_leaves_the_holder_alone_in_its_process(mortal_redis):
    memory = Memory(mortal_redis.url)
    async with memory.alone("fetch", 10) as ours:
        assert ours
        mortal_redis.kill()
        async with memory.alone("fetch", 10) as theirs:
            assert not theirs
    await memory.close()


async def test_going_and_coming_back_are_each_said_once(mortal_redis):
    with capture_logs() as logs:
        memory = Memory(mortal_redis.url)
        await memory.open()
        mortal_redis.kill()
        for _ in range(5):
            assert await memory.get("wx1") is None
            assert not await memory.alive()
        mortal_redis.start()
        for _ in range(5):
            assert await memory.alive()
        await memory.put("wx1", "token", 60)
        assert await memory.get("wx1") == "token"
        await memory.close()
    assert said(logs) == ["redis.away", "redis.back"]


async def test_a_restart_between_two_calls_is_not_even_noticed(mortal_redis):
    memory = Memory(mortal_redis.url)
    with capture_logs() as logs:
        assert await memory.lead("timetable", "one", 10)
        mortal_redis.kill()
        mortal_redis.start()
        assert await memory.lead("timetable", "two", 10)  # it was never kept on disk
    assert said(logs) == []
    await memory.close()


async def test_a_redis_that_hangs_costs_one_time_out_and_not_one_a_call(mortal_redis):
    memory = Memory(mortal_redis.url)
    assert await memory.alive()
    mortal_redis.freeze()
    before = time.monotonic()
    assert await memory.get("wx1") is None
    first = time.monotonic() - before
    before = time.monotonic()
    for _ in range(100):
        assert await memory.get("wx1") is None
    rest = time.monotonic() - before
    mortal_redis.thaw()
    assert await memory.alive()
    await memory.close()
    assert first < 1.5
    assert rest < 0.5


async def test_a_redis_that_refuses_to_write_counts_as_away(mortal_redis):
    memory = Memory(mortal_redis.url)
    with Redis.from_url(mortal_redis.url) as redis:
        redis.config_set("maxmemory", 1)
        redis.config_set("maxmemory-policy", "noeviction")
    assert await memory.lead("timetable", "one", 10)
    assert await memory.lead("timetable", "two", 10)
    await memory.close()


async def test_after_the_end_redis_counts_as_away(redis_url):
    memory = Memory(redis_url)
    await memory.close()
    assert not await memory.alive()
    assert await memory.get("wx1") is None


def test_an_address_that_is_none_is_a_fault_of_the_settings_and_its_password_is_not_shown():
    with pytest.raises(BadConfig, match="REDIS_URL") as fault:
        Memory("http://:secret@nowhere/")
    assert "secret" not in str(fault.value)
