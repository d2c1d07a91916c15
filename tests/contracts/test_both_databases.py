"""The main job is the same on SQLite and on PostgreSQL."""

import asyncio

import pytest

from bot.emulator import build_call

pytestmark = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


async def test_a_case_goes_its_whole_first_way(house, wang, zhang, tian):
    await wang.sends("subscribes", scene="hepan-1")
    assert "hepan-261207-1" in await wang.says("我们楼电梯坏了一个月")
    assert "共 1 条补充" in await wang.sends("sends_image")
    await house.deliver()
    assert any("hepan-261207-1" in line for line in zhang.heard())
    assert any("hepan-261207-1" in line for line in tian.heard())
    await zhang.sends("presses", "new-hepan-261207-1-representative", "seen:hepan-261207-1")
    assert "已撤回" in await wang.says("撤回")
    (case,) = await house.cases()
    assert [line.move for line in await house.history(case)] == ["submit", "see", "withdraw"]


async def test_questions_reminders_and_customer_service_work(house, wang, kang):
    await house.tick("plan", "remind")
    await wang.sends("subscribes", scene="hepan-1")
    assert "12月10日" in await wang.says("接待日")
    assert "没有把握" in await wang.says("火星上的税怎么交？")
    assert "hepan-261207-1" in await kang.says("小区门口下水道堵了，污水流了一地，麻烦找人修一下")
    owed = len(await house.owed())
    await house.tick("plan", "remind")
    assert len(await house.owed()) == owed


async def test_a_crowd_at_one_moment_gets_numbers_without_gaps(house):
    voters = [f"oVoter{n}" for n in range(30)]
    heard = await asyncio.gather(*(house.platform.says("hexin", v, f"{v}家楼道灯坏了没人修") for v in voters))
    assert all(each.heard for each in heard)
    numbers = sorted(int(case.number.rsplit("-", 1)[1]) for case in await house.cases())
    assert numbers == list(range(1, 31))


async def test_the_same_message_many_times_at_once_is_one_case(house):
    account = house.platform.world.account("hexin")
    stamp = int(house.clock.now().timestamp())
    inner = (
        f"<xml><ToUserName><![CDATA[{account.original_id}]]></ToUserName><FromUserName><![CDATA[oTwin]]></FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[路口的红绿灯坏了，请修一下]]></Content><MsgId>4242</MsgId></xml>"
    ).encode()
    calls = [build_call(account, inner, house.clock.now()) for _ in range(8)]
    answers = await asyncio.gather(*(house.platform.post_raw("hexin", query, body) for query, body in calls))
    assert {each.statuses[-1] for each in answers} == {200}
    assert len(await house.cases()) == 1
