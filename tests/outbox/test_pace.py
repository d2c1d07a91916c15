"""No bucket ever lets more through than its limit in any window, whoever asks and however the clocks go."""

import asyncio
import math
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from structlog.testing import capture_logs

from bot.clock import at_local
from bot.memory import Memory
from bot.outbox.pace import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    TAKE,
    Budget,
    Pace,
    _Book,
    _call,
    _micros,
    account_budgets,
    budgets,
)  # fmt: skip

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
names = iter(range(10**9))


@asynccontextmanager
async def aclosing(memory):
    """Close a memory whatever happens."""
    try:
        yield memory
    finally:
        await memory.close()


@pytest.fixture(params=["with redis", "without redis"])
async def pace(request, redis_url):
    """The pace of a process that has Redis, or never had it."""
    async with aclosing(Memory(redis_url)) as memory:
        if request.param == "without redis":
            await memory.close()
        yield Pace(memory)


@pytest.fixture
async def two(redis_url):
    """The pace of two processes of one service."""
    async with aclosing(Memory(redis_url)) as one, aclosing(Memory(redis_url)) as other:
        yield Pace(one), Pace(other)


def most_in_a_window(moments, seconds):
    """Count the fullest window; a window has its beginning in it and not its end."""
    window = timedelta(seconds=seconds)
    return max((sum(start <= other < start + window for other in moments) for start in moments), default=0)


# ---- one bucket ------------------------------------------------------------------------------------------------------


async def test_a_bucket_with_room_says_go_and_a_full_one_says_how_long_to_wait(two):
    pace, _ = two
    for second in range(20):
        assert await pace.take("hook", 20, MINUTE, NOON + timedelta(seconds=second)) == 0.0
    assert await pace.take("hook", 20, MINUTE, NOON + timedelta(seconds=20)) == 40.0
    assert await pace.take("hook", 20, MINUTE, NOON + timedelta(seconds=60, microseconds=-1)) == 0.000001
    assert await pace.take("hook", 20, MINUTE, NOON + timedelta(seconds=60)) == 0.0
    assert await pace.take("hook", 20, MINUTE, NOON + timedelta(seconds=60)) == 1.0


async def test_what_one_process_took_the_other_does_not_get(two):
    one, other = two
    for _ in range(3):
        assert await one.take("hook", 3, MINUTE, NOON) == 0.0
    assert await other.take("hook", 3, MINUTE, NOON) == 60.0


async def test_who_waits_as_told_gets_through(pace):
    now = NOON
    for _ in range(30):
        wait = await pace.take("hook", 7, MINUTE, now)
        now += timedelta(seconds=wait)
        if wait:
            assert await pace.take("hook", 7, MINUTE, now) == 0.0


async def test_a_limit_of_nothing_lets_nothing_through(pace):
    assert await pace.take("hook", 0, MINUTE, NOON) == 60.0


async def test_a_naive_time_is_refused(pace):
    with pytest.raises(TypeError):
        await pace.take("hook", 1, MINUTE, NOON.replace(tzinfo=None))


async def test_a_lowered_limit_holds_at_once_and_a_raised_one_gives_the_difference(pace):
    one, two, three = (Budget("group", count, DAY) for count in (4, 8, 12))
    assert [await pace.take_all([two], NOON) for _ in range(9)][-1] > 0
    assert await pace.take_all([one], NOON) > 0
    assert await pace.take_all([three], NOON) == 0.0


# ---- several at once -------------------------------------------------------------------------------------------------


async def test_a_push_that_one_limit_forbids_costs_the_others_nothing(two):
    pace, other = two
    minute, hour = Budget("member", 2, MINUTE), Budget("member", 3, HOUR)
    assert [await pace.take_all([minute, hour], NOON) for _ in range(3)] == [0.0, 0.0, 60.0]
    later = NOON + timedelta(seconds=60)
    assert [await other.take_all([minute, hour], later) for _ in range(2)] == [0.0, 3540.0]
    assert await other.take_all([minute], later) == 0.0


async def test_one_can_ask_whether_there_is_room_without_taking_it(two):
    pace, other = two
    account = Budget("app", 1, MINUTE)
    assert [await each.full([account], NOON) for each in (pace, pace, other)] == [False, False, False]
    await pace.take_all([account, Budget("person", 5, MINUTE)], NOON)
    assert [await each.full([account], NOON) for each in (pace, other)] == [True, True]
    assert not await other.full([Budget("person", 5, MINUTE)], NOON)
    assert {each.bucket for each in account_budgets("wecom_app", "main")} == {"wecom_app:main"}


async def test_no_limit_at_all_means_go(pace):
    assert await pace.take_all([], NOON) == 0.0
    assert await pace.take_all(budgets("no such channel", "main", "wang"), NOON) == 0.0


# ---- ahead of its moment, and on its way -------------------------------------------------------------------------------


async def test_a_push_taken_ahead_keeps_its_moment_from_everybody_else(two):
    pace, other = two
    hook, full = [Budget("hook", 3, MINUTE)], NOON + timedelta(seconds=59.5)
    assert [await pace.take_all(hook, NOON + timedelta(seconds=second)) for second in (0, 0.1, 1)] == [0.0] * 3
    assert [await each.take_all(hook, full, ahead_s=1.0) for each in two] == [0.5, 0.6]
    assert await pace.take_all(hook, full, ahead_s=1.0) == 1.5, "too far ahead to be taken: whoever asks, asks again"
    assert await other.take_all(hook, full, ahead_s=2.0) == 1.5, "it was not taken, so it is still to be had"
    assert await other.take_all(hook, full) == 60.5, "those three went at 60, 60.1 and 61 seconds"


async def test_nothing_is_taken_ahead_of_midnight(pace):
    evening = at_local(NOON.date(), 23, 59) + timedelta(seconds=59.5)
    cap = [Budget("group:g1", 1, DAY, by_day=True)]
    assert [await pace.take_all(cap, evening, ahead_s=1.0) for _ in range(3)] == [0.0, 0.5, 0.5]
    assert await pace.take_all(cap, evening + timedelta(seconds=0.5), ahead_s=1.0) == 0.0


async def test_a_push_counts_from_when_it_may_have_arrived(pace):
    hook = [Budget("hook", 1, MINUTE, slack_s=0.5)]
    assert await pace.take_all(hook, NOON) == 0.0
    await pace.late(hook, NOON, NOON + timedelta(seconds=0.4))  # within its slack
    assert await pace.take_all(hook, NOON) == 60.5
    await pace.late(hook, NOON, NOON + timedelta(seconds=3))
    assert await pace.take_all(hook, NOON) == 63.0
    await pace.late(hook, NOON, NOON + timedelta(seconds=9))  # booked anew already: nobody's push is touched
    assert await pace.take_all(hook, NOON) == 63.0


async def test_the_other_process_knows_of_a_push_that_was_long_on_its_way(two):
    pace, other = two
    hook = [Budget("hook", 2, MINUTE, slack_s=0.5), Budget("group", 1, DAY, by_day=True)]
    await pace.take_all(hook, NOON)
    await pace.late(hook, NOON, NOON + timedelta(seconds=3))
    assert await other.take_all(hook[:1], NOON) == 0.0
    assert await other.take_all(hook[:1], NOON) == 63.0
    assert await other.take_all(hook[1:], NOON) == 12 * 3600, "a day does not ask when within it"


# ---- a day of the office ---------------------------------------------------------------------------------------------


async def test_a_daily_cap_begins_anew_at_midnight_in_shanghai(two):
    pace, _ = two
    evening, night = at_local(NOON.date(), 21), at_local(NOON.date(), 23, 30)
    cap = Budget("group:g1", 2, DAY, by_day=True)
    assert [await pace.take_all([cap], evening) for _ in range(3)] == [0.0, 0.0, 3 * 3600.0]
    assert await pace.take_all([cap], night) == 1800.0
    assert await pace.take_all([cap], night + timedelta(minutes=30)) == 0.0


# ---- the table -------------------------------------------------------------------------------------------------------


def test_every_limit_names_its_source_and_is_one():
    for limit in [limit for limits in LIMITS.values() for limit in limits]:
        assert limit.source
        assert limit.count > 0
        assert limit.window_s in {MINUTE, HOUR, DAY}


def test_a_member_is_counted_for_himself_and_whatever_the_case_of_his_id():
    wang, also_wang, li = (budgets("wecom_app", "main", who) for who in ("WangLi", "wangli", "lina"))
    assert wang == also_wang
    assert wang[0].bucket != li[0].bucket
    assert [(b.limit, b.window_s) for b in wang] == [(30, 60), (1000, 3600), (10_000, 60), (150_000, 3600)]
    assert "wangli" not in wang[0].key.lower()


def test_a_webhook_is_counted_whoever_the_group():
    assert budgets("group_robot", "g1", "") == (Budget("group_robot:g1", 20, 60, slack_s=0.6),)


# ---- fifty at once ---------------------------------------------------------------------------------------------------


async def test_fifty_takers_in_two_processes_never_get_more_than_the_limit_in_any_window(two):
    """Time goes on while they ask; whoever must wait asks again a little later."""
    clock, gone = [NOON], []

    async def taker(pace):
        for _ in range(3):
            while await pace.take_all([Budget("m", 20, 60), Budget("m", 70, 600)], asked := clock[0]):
                clock[0] += timedelta(milliseconds=500)
                await asyncio.sleep(0)
            gone.append(asked)

    with capture_logs() as logs:
        await asyncio.gather(*(taker(two[number % 2]) for number in range(50)))
    assert "redis.away" not in [line["event"] for line in logs]
    assert len(gone) == 150
    assert most_in_a_window(gone, 60) == 20
    assert most_in_a_window(gone, 600) == 70


A_SENDER = """
import asyncio, sys
from datetime import UTC, datetime
from bot.memory import Memory
from bot.outbox.pace import Pace
async def main():
    pace = Pace(Memory(sys.argv[1]))
    takers = [pace.take("hook", 20, 3600, datetime.now(UTC)) for _ in range(25)]
    print(sum([wait == 0.0 for wait in await asyncio.gather(*takers)]))
    await pace._memory.close()
asyncio.run(main())
"""


async def test_two_real_processes_together_get_what_one_may(redis_url):
    senders = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", A_SENDER, redis_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    heard = await asyncio.gather(*(sender.communicate() for sender in senders))
    assert sum(int(out) for out, _ in heard) == 20


# ---- any clocks, any limits ------------------------------------------------------------------------------------------

asks = some.lists(some.tuples(some.integers(-200, 400), some.integers(0, 1)), min_size=1, max_size=60)
steps = some.lists(some.integers(0, 30), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asks=asks, limit=some.integers(1, 6), window=some.integers(1, 120), ahead=some.integers(0, 60))
async def test_clocks_that_disagree_or_go_back_never_break_the_limit(redis_url, asks, limit, window, ahead):
    """Two processes ask at any moments in any order: count every window; and in the end somebody gets through."""
    bucket, gone = f"clocks{next(names)}", []
    async with aclosing(Memory(redis_url)) as one, aclosing(Memory(redis_url)) as other:
        paces = Pace(one), Pace(other)
        for second, who in asks:
            now = NOON + timedelta(seconds=second)
            wait = await paces[who].take_all([Budget(bucket, limit, window)], now, ahead_s=ahead)
            if wait <= ahead:
                gone.append(now + timedelta(seconds=wait))
        assert await paces[0].take(bucket, limit, window, NOON + timedelta(seconds=900)) == 0.0
    assert most_in_a_window(gone, window) <= limit


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=steps,
    limits=some.lists(some.integers(1, 6), min_size=1, max_size=3),
    by_day=some.booleans(),
    ahead=some.integers(0, 40),
)
async def test_the_script_and_our_own_book_follow_one_rule(redis_url, steps, limits, by_day, ahead):
    """As time goes on, both let the same pushes through and name the same waits."""
    bucket, book, now = f"rule{next(names)}", _Book(), at_local(NOON.date(), 23, 55)
    wanted = [Budget(bucket, limit, window, slack_s=0.2) for limit, window in zip(limits, (20, 60, 300), strict=False)]
    wanted += [Budget(bucket, 8, DAY, by_day=True)] if by_day else []
    ahead = 0 if by_day else ahead * 1_000_000
    async with aclosing(Memory(redis_url)) as memory:
        for step in steps:
            now += timedelta(seconds=step)
            at = _micros(now)
            told = await memory.run(TAKE, *_call(wanted, at, ahead, at))
            assert told == book.wait(wanted, at)
            if told <= ahead:
                book.note(wanted, at + told)


@settings(max_examples=200, deadline=None)
@given(steps=steps, limit=some.integers(1, 40))
async def test_without_redis_a_process_keeps_to_a_quarter(steps, limit):
    memory = Memory("unix:///nowhere/redis.sock")
    await memory.close()
    pace, now, gone = Pace(memory), NOON, []
    for step in steps:
        now += timedelta(seconds=step)
        if await pace.take("hook", limit, 60, now) == 0.0:
            gone.append(now)
    assert gone
    assert most_in_a_window(gone, 60) <= max(1, limit // 4)


# ---- Redis goes in the middle ----------------------------------------------------------------------------------------


async def test_a_redis_that_is_killed_and_comes_back_lets_no_process_break_the_limit(mortal_redis):
    """One process, half a minute with Redis, half without, and with a Redis that has forgotten everything."""
    gone = []
    async with aclosing(Memory(mortal_redis.url)) as memory:
        pace = Pace(memory)
        for second in range(150):
            now = NOON + timedelta(seconds=second)
            if second == 30:
                mortal_redis.kill()
            if second == 90:
                mortal_redis.start()
                assert await memory.alive()
            if await pace.take("hook", 20, 60, now) == 0.0:
                gone.append(now)
    alone = [moment for moment in gone if timedelta(seconds=60) <= moment - NOON < timedelta(seconds=90)]
    assert most_in_a_window(gone, 60) == 20
    assert 0 < len(alone) <= 5


async def test_old_buckets_are_cleared_out_of_the_process():
    book, first, noon = _Book(), [Budget("first", 1, 60)], _micros(NOON)
    book.note(first, noon)
    for number in range(5000):
        book.note([Budget(f"b{number}", 1, 60)], noon + 61_000_000)
    assert book.wait(first, noon + 30_000_000) == 0
    assert "lianxin:pace:first:60" not in book._stamps
    assert book.wait([Budget("b1", 1, 60)], noon + 61_000_000) == 60_000_000


async def test_a_bucket_of_redis_goes_when_nobody_uses_it(two, redis_url):
    pace, _ = two
    await pace.take("hook", 20, MINUTE, NOON)
    left = await pace._memory.run("return redis.call('PTTL', KEYS[1])", ["lianxin:pace:hook:60"], [])
    assert math.isclose(left, 180_000, rel_tol=0.1)
