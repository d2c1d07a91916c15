"""The same voter's sentence on each of the four channels that hear."""

import pytest

from tests.plugins.house import Actor

CHANNELS = [("hexin", "oWang"), ("gongzuo", "lixiuying"), ("zhushou", "zhangweiguo"), ("kefu", "wmKang")]


@pytest.mark.parametrize(("account", "person"), CHANNELS)
async def test_a_complaint_is_logged_answered_and_told(house, account, person, tian):
    actor = Actor(house, account, person)
    assert "编号 hepan-261207-1" in await actor.says("滨河路的路灯坏了，请修一下")
    await house.deliver()
    assert any("hepan-261207-1" in line for line in tian.heard())
    assert "已附在 hepan-261207-1" in await actor.says("3号楼2单元门口")
    assert "hepan-261207-1（滨河路的路灯坏了）已撤回" in await actor.says("撤回")


@pytest.mark.parametrize(("account", "person"), CHANNELS)
async def test_a_question_is_answered_with_its_source(house, account, person):
    assert "（依据：" in await Actor(house, account, person).says("代表能直接帮我解决问题吗？")


async def test_one_representative_is_the_same_person_on_both_of_their_channels(house, zhang):
    await Actor(house, "zhushou", "zhangweiguo").says("滨河路的路灯坏了，请修一下")
    assert "hepan-261207-1" in await zhang.says("进度")


async def test_who_opens_the_robot_is_greeted_only_if_new(house):
    new = Actor(house, "zhushou", "somebody-new")
    assert "有事直接说" in await new.sends("enters")
    assert await new.sends("enters") == ""
    assert await Actor(house, "zhushou", "zhangweiguo").sends("enters") == ""


async def test_customer_service_is_answered_once_though_the_bell_rings_twice(house, kang):
    await kang.says("滨河路的路灯坏了，请修一下")
    await house.platform.rings("kefu")
    await house.deliver()
    assert len(kang.heard()) == 1
    assert len(await house.cases()) == 1
