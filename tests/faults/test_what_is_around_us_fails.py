"""The platform, Redis, the disk or the clock misbehaves while voters write: nothing is lost, nobody is told twice.

Each test ends with the proof: the emulator's ledger against our tables, row by row. `make soak` runs them many times,
each time with other chance.
"""

import asyncio
import os
import resource

import pytest
import redis.asyncio as redis

from bot.channels.api import TOTAL_S
from tests.faults.conftest import until
from tests.faults.test_laws_of_delivery import every_message_is_one_case, stream

REDIS_PAUSE_MS = 1500
JUMPS = (7200.0, -7200.0)  # seconds: two hours ahead, two hours back


async def voters_hear_of(town, count, words):
    """Owe each of the first voters some words on the 服务号."""
    people = [f"oVoter{number:03}" for number in range(count)]
    ways = [await town.way("official_account", "hexin", person) for person in people]
    for person, way in zip(people, ways, strict=True):
        await town.owes(way, f"{words} {person}", f"t:{words}:{person}")
    return people


async def test_a_platform_that_is_slow_mumbles_fails_and_hangs_up_hears_every_push(town, chance):
    """Its answers are lost after the deed was done and before; what knows its repeats is told once all the same."""
    slow = float(os.environ.get("SLOW_S", "0.9"))  # 10 in a soak, with the patience we ship
    town.env |= {"TEST_PATIENCE_S": str(TOTAL_S if slow > TOTAL_S else slow * 0.7)}
    await town.starts()
    platform = town.platform
    troubles = [
        lambda taken: platform.will_lag(slow, times=2, taken=taken),
        lambda taken: platform.will_garble(times=2, taken=taken),
        lambda taken: platform.will_status(500, times=2, taken=taken),
        lambda taken: platform.will_cut(times=2, taken=taken),
        lambda _: platform.will_status(500, path="/cgi-bin/stable_token"),
        lambda _: platform.will_garble(path="/cgi-bin/gettoken"),
    ]
    for trouble in chance.sample(troubles, len(troubles)):
        trouble(chance.random() < 0.5)
    happenings = await stream(town, chance, voters=16, seconds=1.5)
    assert {tuple(happening.statuses) for happening in happenings} == {(200,)}, "callbacks do not wait for the platform"
    await until(lambda: not platform.world.faults._waiting, within=60)
    people = await voters_hear_of(town, 6, "有进展了")
    platform.will_garble(path="message/custom/send", times=2, taken=True)
    tally = await town.proof()
    assert tally["cases"] == 16
    assert tally["doubles"] <= 8, "at most as many as answers of the 服务号 were lost"
    for person in people:
        assert f"有进展了 {person}" in platform.heard_by(person)


# ---- Redis ------------------------------------------------------------------------------------------------------------


class TestRedis:
    @pytest.fixture
    def redis_url(self, mortal_redis):
        return mortal_redis.url

    async def test_redis_slow_then_killed_then_back_and_empty_costs_no_answer(self, town, chance, mortal_redis):
        await town.starts()
        town.platform.postman.timeout = 5.0  # the real one: whoever waits longer was refused
        coming = asyncio.create_task(stream(town, chance, voters=15, seconds=4.0))
        await asyncio.sleep(0.4)
        async with redis.from_url(town.env["REDIS_URL"]) as client:
            await client.execute_command("CLIENT", "PAUSE", REDIS_PAUSE_MS, "ALL")
        await asyncio.sleep(REDIS_PAUSE_MS / 1000 + 0.3)
        mortal_redis.kill()
        await asyncio.sleep(0.7)
        mortal_redis.start()
        async with redis.from_url(town.env["REDIS_URL"]) as client:
            assert await client.dbsize() < 20, "it came back empty"
        happenings = await coming
        assert {tuple(happening.statuses) for happening in happenings} == {(200,)}
        assert max(happening.tries[0].seconds for happening in happenings) < 5.0
        assert (
            len(await every_message_is_one_case(town, happenings)) == 15
        )  # five a clerk: without Redis a member is told seven a minute
        assert (await town.proof())["doubles"] == 0


# ---- the disk ---------------------------------------------------------------------------------------------------------


def may_write_up_to(service, size):
    """Let a process's files grow to that many bytes and no further: a full disk without being root."""
    _, hard = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, hard))


async def test_a_full_disk_loses_nothing_that_was_answered(town, chance):
    """First the database has no room and the spool has, then nothing has, not even the log."""
    service = await town.starts()
    coming = asyncio.create_task(stream(town, chance, voters=24, seconds=4.5))
    await asyncio.sleep(0.7)
    may_write_up_to(service, 64 * 1024)
    await until(lambda: list((town.home / "spool").glob("*.call")), within=20)
    met = await town.platform.says("hexin", "oFull", "建议 给24号楼装路灯")
    assert met.body == b"success", "the database has no room: the call is in the spool"
    may_write_up_to(service, 0)
    await asyncio.sleep(1.0)
    assert service.process.is_alive(), "a full disk ends nobody"
    may_write_up_to(service, resource.RLIM_INFINITY)
    happenings = [*await coming, met]
    try:
        await until(lambda: not list((town.home / "spool").glob("*.call")), within=25)
    except AssertionError:
        raise AssertionError(town.tails()) from None
    await town.rests()
    by_text = {case.text for case in await town.cases()}
    for number, happening in enumerate(happenings):
        assert not happening.heard or f"给{number}号楼装路灯" in by_text
    assert (await town.proof())["doubles"] == 0
    assert not list((town.home / "spool").glob("*.unheard"))


# ---- the clock --------------------------------------------------------------------------------------------------------


async def test_a_clock_that_jumps_while_pushes_are_under_way_tells_nobody_twice(town, chance, tmp_path):
    """Two workers of one machine, whose clock is set: what one of them is just saying must not be said by the other."""
    file = tmp_path / "clock"
    file.write_text("0")
    town.env |= {"TEST_CLOCK_FILE": str(file)}
    await asyncio.gather(town.starts(), town.starts("worker"))
    happenings = await stream(town, chance, voters=8, seconds=0.6)
    assert all(happening.heard for happening in happenings)
    await town.rests()
    town.platform.will_lag(0.8, path="message/custom/send", times=1000)
    for jump in JUMPS:
        said = len(town.platform.calls("message/custom/send"))
        await voters_hear_of(town, 8, f"进展{jump:.0f}")
        await until(lambda said=said: len(town.platform.calls("message/custom/send")) > said)
        part = file.with_suffix(".new")
        part.write_text(str(jump))
        part.replace(file)
        await asyncio.sleep(1.2)
        part.write_text("0")
        part.replace(file)
        await asyncio.sleep(0.3)
    town.platform.clear_faults()
    tally = await town.proof()
    assert tally["doubles"] == 0
    assert tally["pushes"] >= 8 * len(JUMPS)
