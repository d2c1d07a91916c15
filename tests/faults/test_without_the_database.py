"""The database goes away: what is heard is kept in the spool, and the voter is told once it is back."""

import sqlite3
from contextlib import closing, contextmanager

import aiohttp
import pytest

from bot.store import backends
from handlers import door, spool
from tests.faults.conftest import until


@pytest.fixture
def house_database(request, house_database):
    """The usual SQLite file, or a PostgreSQL that can be taken away."""
    if "mortal_postgres" not in request.fixturenames:
        return house_database
    mortal = request.getfixturevalue("mortal_postgres")
    return mortal.url(mortal.create(request.getfixturevalue("mortal_office")))


@contextmanager
def locked(house):
    """Hold the SQLite file's write lock, as a stuck process would."""
    path = house.deps.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")


async def says(house, words="建议 给1号楼装路灯"):
    return await house.platform.says("hexin", "oWang", words)


async def is_told_once(house, wang):
    """The case is there once, and its voter has heard its number once."""
    await house.tick("replay")
    await house.deliver()
    await house.tick("replay")
    await house.deliver()
    (case,) = await house.cases()
    assert sum(case.number in words for words in wang.heard()) == 1
    assert spool.waiting(house.deps) == 0
    return case


async def test_a_message_heard_while_postgres_is_away_is_answered_kept_and_told_later(house, wang, mortal_postgres):
    await wang.sends("subscribes", scene="hepan-1")
    mortal_postgres.away()
    happening = await says(house)
    assert (happening.statuses, happening.body) == ([200], b"success")
    assert spool.waiting(house.deps) == 1
    await house.tick("replay")
    assert spool.waiting(house.deps) == 1, "still away: it goes on waiting"
    mortal_postgres.back()
    await is_told_once(house, wang)


async def test_the_health_page_says_so_while_postgres_is_away(house, mortal_postgres):
    async with aiohttp.ClientSession() as session:
        mortal_postgres.away()
        async with session.get(f"{house.url}/readyz") as got:
            assert (got.status, (await got.json())["parts"]["database"]) == (503, False)
        async with session.get(f"{house.url}/metrics") as got:
            assert got.status == 200
        async with session.get(f"{house.url}/healthz") as got:
            assert got.status == 200
        mortal_postgres.back()
        async with session.get(f"{house.url}/readyz") as got:
            assert got.status == 200


async def test_when_postgres_freezes_the_platform_hears_success_in_time(house, wang, mortal_postgres, monkeypatch):
    monkeypatch.setattr(door, "ANSWER_WITHIN_S", 0.5)
    await wang.sends("subscribes", scene="hepan-1")
    mortal_postgres.freeze()
    happening = await says(house)
    assert (happening.statuses, happening.body) == ([200], b"success")
    assert happening.tries[0].seconds < 1.5
    assert spool.waiting(house.deps) == 1
    mortal_postgres.thaw()
    await until(lambda: not house.deps.tasks)
    await is_told_once(house, wang)


async def test_the_outbox_goes_on_by_itself_when_postgres_is_back(house, wang, zhang, mortal_postgres):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("建议 给1号楼装路灯")
    mortal_postgres.away()
    assert await house.deps.outbox._look() is False
    mortal_postgres.back()
    await until(house.deps.store.alive)
    await house.deliver()
    assert len(zhang.heard()) == 1, await house.owed()


async def test_a_file_locked_for_too_long_sends_the_message_to_the_spool(house, wang, monkeypatch):
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.3)
    await wang.sends("subscribes", scene="hepan-1")
    with locked(house):
        happening = await says(house)
        assert (happening.statuses, happening.body) == ([200], b"success")
        assert spool.waiting(house.deps) == 1
    await is_told_once(house, wang)


async def test_a_message_that_was_late_and_then_failed_is_not_lost(house, wang, monkeypatch):
    """It was answered with success before the database gave up: the spool has it."""
    monkeypatch.setattr(door, "ANSWER_WITHIN_S", 0.2)
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.6)
    await wang.sends("subscribes", scene="hepan-1")
    with locked(house):
        happening = await says(house)
        assert happening.body == b"success"
        await until(lambda: not house.deps.tasks)
        assert await house.cases() == []
        assert spool.waiting(house.deps) == 1
    await is_told_once(house, wang)


async def test_a_late_answer_and_a_replay_in_between_tell_the_voter_once(house, wang, monkeypatch):
    monkeypatch.setattr(door, "ANSWER_WITHIN_S", 0.2)
    await wang.sends("subscribes", scene="hepan-1")
    with locked(house):
        assert (await says(house)).body == b"success"
        assert spool.waiting(house.deps) == 1
    await house.tick("replay")
    await until(lambda: not house.deps.tasks)
    await is_told_once(house, wang)


async def test_when_the_disk_refuses_too_the_platform_is_told_to_come_again(house, wang, monkeypatch):
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.1)
    await wang.sends("subscribes", scene="hepan-1")
    house.platform.postman.timeout = 0.5
    house.deps.spool.touch()  # a file where the folder should be
    with locked(house):
        house.platform.postman._tries = 2
        assert (await says(house)).statuses == [500, 500]
    house.platform.postman._tries = 3
    happening = await says(house)
    assert happening.statuses == [200]
    (case,) = await house.cases()
    assert case.number in happening.answers[0]


@pytest.mark.parametrize("late", [False, True])
async def test_the_retry_that_comes_after_a_500_is_answered_in_place(house, wang, monkeypatch, late):
    """Also when the deed itself succeeds a little later: the repeat finds it done."""
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 5.0 if late else 0.1)
    monkeypatch.setattr(door, "ANSWER_WITHIN_S", 0.2 if late else 4.0)
    monkeypatch.setattr(door, "KEEP_WITHIN_S", 0.1)
    await wang.sends("subscribes", scene="hepan-1")
    house.platform.postman.timeout = 0.7
    house.deps.spool.touch()
    import asyncio

    with locked(house):
        saying = asyncio.create_task(says(house))
        await house.platform.ledger.until(lambda: house.platform.tries("text"))
    happening = await saying
    assert happening.statuses[0] == 500
    assert happening.heard
    (case,) = await house.cases()
    assert case.number in happening.answers[0]
    await until(lambda: not house.deps.tasks)
    await house.deliver()
    assert sum(case.number in words for words in wang.heard()) == 1


async def test_a_bell_of_the_customer_service_is_kept_too(house, kang, monkeypatch):
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.2)
    with locked(house):
        happening = await house.platform.says("kefu", "wmKang", "建议 给1号楼装路灯")
        assert happening.statuses == [200]
        assert spool.waiting(house.deps) == 1
    await house.tick("replay")
    await house.deliver()
    (case,) = await house.cases()
    assert case.number in kang.heard()[-1]


async def test_a_kept_call_that_nobody_can_hear_again_keeps_no_other_waiting(house, wang, monkeypatch):
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.2)
    await wang.sends("subscribes", scene="hepan-1")
    house.deps.spool.mkdir()
    (house.deps.spool / "0000000000.000000-rubbish.call").write_bytes(b"rubbish")
    with locked(house):
        await says(house)
    await house.tick("replay")
    await house.deliver()
    (case,) = await house.cases()
    assert case.number in wang.heard()[-1]
    assert [path.suffix for path in house.deps.spool.iterdir()] == [".unheard"]
    assert spool.waiting(house.deps) == 1, "a person is still shown it"


async def test_what_is_kept_is_sealed(house, wang, monkeypatch):
    monkeypatch.setattr(backends, "LOCK_PATIENCE_S", 0.2)
    with locked(house):
        await says(house, "建议 我的电话是13800138000")
    (path,) = house.deps.spool.iterdir()
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o777) in {(0, 0o700), (0o044, 0o700)}
    assert b"oWang" not in path.read_bytes()
    assert b"13800138000" not in path.read_bytes()
