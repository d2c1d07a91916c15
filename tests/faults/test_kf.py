"""微信客服 only rings a bell: what it holds is fetched once, wholly and in order, whatever happens meanwhile."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.channels import customer_service
from bot.outbox import rows as table
from bot.store.tables import heard, outgoing, pull_cursor
from handlers import door, spool
from tests.faults.conftest import until
from tests.outbox.conftest import BOTH, Desk

SYNC = "kf/sync_msg"


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(customer_service, "PAGE", 2)


def waits(house, person, words):
    """Put a message on the desk without ringing."""
    account = house.platform.world.account("kefu")
    house.platform._wrote(account, person)
    row = {"external_userid": person, "origin": 3, "msgtype": "text", "text": {"content": words}}
    house.platform.world.kf.put(account.open_kfid, house.clock.now(), row)


async def texts_heard(house):
    """Return the words of everything heard, in the order it was stored."""
    rows = await house.rows(select(heard).where(heard.c.channel == "customer_service").order_by(heard.c.id))
    bodies = [house.deps.sealer.open_bytes(row.body_sealed, "heard").decode() for row in rows]
    return [body.split('"content":"')[1].split('"')[0] for body in (body.replace('": "', '":"') for body in bodies)]


async def cursor(house):
    rows = await house.rows(select(pull_cursor.c.cursor))
    return rows[0].cursor if rows else ""


@BOTH
async def test_several_pages_are_heard_wholly_and_in_order(house, pages_of_two):
    words = [f"你好{number}" for number in range(7)]
    for each in words:
        waits(house, "wmKang", each)
    await house.platform.rings("kefu")
    await house.deliver()
    assert await texts_heard(house) == words
    assert await cursor(house) == "at7"
    await house.platform.rings("kefu")
    await house.deliver()
    assert len(await house.heard()) == 7


async def test_more_may_be_said_with_an_empty_page_and_is_believed(house, kang):
    house.platform.kf_empty_page(3)
    assert "编号" in await kang.says("建议 给1号楼装路灯")
    assert len(house.platform.calls(SYNC)) == 4


async def test_the_cursor_moves_only_after_its_page_is_stored(house, pages_of_two, monkeypatch):
    """The database refuses the second page: the cursor stays before it, and the next try begins there."""
    for number in range(4):
        waits(house, "wmKang", f"你好{number}")
    store = house.deps.store
    write = store.write

    def refuses(work):
        if len(house.platform.calls(SYNC)) == 2 and work.func is door.converse:
            raise ConnectionError("the database is away")
        return write(work)

    await house.platform.rings("kefu")
    monkeypatch.setattr(store, "write", refuses)
    await house.deps.outbox.deliver_due()
    monkeypatch.setattr(store, "write", write)
    assert (await cursor(house), len(await house.heard())) == ("at2", 2)
    house.clock.move(timedelta(minutes=1))
    await house.deliver()
    assert await texts_heard(house) == [f"你好{number}" for number in range(4)]
    assert [row.content for row in house.platform.calls(SYNC)] == ["2 rows"] * 3, "the second page came twice"


@BOTH
async def test_a_bell_that_rings_while_a_pull_runs_is_not_lost(house, kang):
    """The page was made up before the second message came; the pulls do not overlap."""
    house.platform.will_lag(0.5, path=SYNC, taken=True)
    await house.platform.says("kefu", "wmKang", "建议 给1号楼装路灯")
    running = asyncio.create_task(house.deps.outbox.run())
    await house.platform.ledger.until(lambda: house.platform.calls(SYNC))
    await house.platform.says("kefu", "wmKang", "建议 给2号楼装路灯")
    pulls = await house.rows(select(outgoing).where(outgoing.c.kind == "pull").order_by(outgoing.c.id))
    assert [row.state for row in pulls] == ["sending", "waiting"]

    async def two():
        return len(await house.cases()) == 2

    await until(two)
    await house.deps.outbox.stop()
    await running
    assert [case.text for case in await house.cases()] == ["给1号楼装路灯", "给2号楼装路灯"]


async def test_many_bells_while_a_pull_waits_cause_one_fetching(house):
    for number in range(5):
        await house.platform.says("kefu", f"wmKang{number}", "你好")
    await house.deliver()
    assert len(house.platform.calls(SYNC)) == 1
    assert len(await house.heard()) == 5


async def test_a_fresh_bell_ends_the_pause_of_a_pull_that_failed(house):
    house.platform.will_answer(-1, path=SYNC)
    await house.platform.says("kefu", "wmKang", "你好")
    await house.deliver()
    assert await house.heard() == []
    await house.platform.says("kefu", "wmKang", "在吗")
    await house.deliver()
    assert len(await house.heard()) == 2
    (pull,) = await house.rows(select(outgoing).where(outgoing.c.kind == "pull"))
    assert pull.state == "sent"


@BOTH
async def test_two_workers_that_pull_the_same_page_hear_it_once(house, pages_of_two):
    for number in range(6):
        waits(house, f"wmKang{number}", f"建议 给{number}号楼装路灯")
    await house.platform.rings("kefu")
    first, second = house.deps.outbox, Desk(house).another_worker()
    second.errands = first.errands
    house.platform.will_lag(0.3, times=2, path=SYNC, taken=True)
    pulling = asyncio.create_task(first.deliver_due())
    await house.platform.ledger.until(lambda: house.platform.calls(SYNC))
    house.clock.move(table.LEASE)  # the first is asleep, says the clock of the second
    await second.deliver_due()
    await pulling
    await house.deliver()
    assert sorted(case.text for case in await house.cases()) == [f"给{number}号楼装路灯" for number in range(6)]
    assert len(await house.heard()) == 6


@BOTH
async def test_a_message_that_no_database_takes_costs_no_neighbour(house):
    """PostgreSQL knows no NUL in a text; the voter is told that a person will look."""
    for words in ("建议 给1号楼装路灯", "建议 给2\x00号楼装路灯", "建议 给3号楼装路灯"):
        waits(house, f"wm{len(words)}{words[4]}", words)
    await house.platform.rings("kefu")
    for _ in range(5):
        await house.deliver()
        house.clock.move(timedelta(minutes=1))
    assert len(await house.heard()) == 3
    texts = [case.text for case in await house.cases()]
    assert (texts[0], texts[-1]) == ("给1号楼装路灯", "给3号楼装路灯")
    assert await cursor(house) == "at3"


async def test_a_message_that_can_never_be_stored_is_set_aside_for_a_person(house, monkeypatch):
    """A bug of ours in the door itself; the page must not stop the line for ever."""
    seal = house.deps.sealer.seal_bytes

    def stumbles(data, purpose):
        if "毒".encode() in data:
            raise ZeroDivisionError
        return seal(data, purpose)

    monkeypatch.setattr(house.deps.sealer, "seal_bytes", stumbles)
    for words in ("你好", "毒", "在吗"):
        waits(house, "wmKang", words)
    await house.platform.rings("kefu")
    for _ in range(5):
        await house.deliver()
        house.clock.move(timedelta(minutes=1))
    assert len(await house.heard()) == 2
    assert await cursor(house) == "at3"
    assert spool.waiting(house.deps) == 1
    (pull,) = await house.rows(select(outgoing).where(outgoing.c.kind == "pull"))
    assert pull.state == "sent"


async def test_killed_in_the_middle_of_a_pull_nothing_is_lost_and_nothing_double(town):
    """Three pages of a thousand; the process dies while it waits for the second."""
    account = town.platform.world.account("kefu")
    town.platform._wrote(account, "wmKang")
    service = await town.starts()
    await town.platform.says("kefu", "wmKang", "你好")
    await town.platform.until_heard("wmKang")
    calls = len(town.platform.calls(SYNC))
    for number in range(2200):
        row = {"external_userid": "wmKang", "origin": 3, "msgtype": "text", "text": {"content": f"谢谢{number}"}}
        town.platform.world.kf.put(account.open_kfid, town.platform.world.now(), row)
    town.platform.will_lag(0.01, path=SYNC, taken=True)
    town.platform.will_lag(60, path=SYNC, taken=True)
    await town.platform.rings("kefu")
    await until(lambda: len(town.platform.calls(SYNC)) == calls + 2)
    await service.kill()

    async def count():
        (row,) = await town.rows(select(func.count().label("n")).select_from(heard))
        return row.n

    assert await count() == 1001
    await service.start()

    async def all_heard():
        return await count() == 2201

    await until(all_heard, within=20)

    async def settled():
        pulls = await town.rows(select(outgoing.c.state).where(outgoing.c.kind == "pull"))
        return {row.state for row in pulls} == {"sent"}

    await until(settled)
    keys = await town.rows(select(heard.c.key))
    assert len({row.key for row in keys}) == 2201
    await town.store.write(_nothing_more_to_say)


async def _nothing_more_to_say(db):
    await db.run(update(outgoing).where(outgoing.c.state == "waiting").values(state="cancelled"))


async def test_a_bell_that_rang_while_we_were_down_is_made_up_for_by_the_timetable(house):
    waits(house, "wmQuiet", "楼道灯坏了三天没人修")
    await house.tick("ring")
    await house.deliver()
    assert [case.text for case in await house.cases()] == ["楼道灯坏了三天没人修"]


async def test_the_timetable_does_not_take_a_waiting_fetching_its_token(house):
    await house.platform.says("kefu", "wmQuiet", "楼道灯坏了三天没人修")
    await house.tick("ring")
    (errand,) = [row for row in await house.owed("waiting") if row.kind == "pull"]
    assert '"token":""' not in errand.content
