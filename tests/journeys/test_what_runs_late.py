"""What happens to a case nobody takes care of: the clock urges, passes it up, and puts it on the supervision list."""

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from tests.plugins.house import Actor

NUMBER = "hepan-261207-1"


@pytest.fixture
def han(house):
    """The officer of the district, in WeCom."""
    house.platform.add_members("gongzuo", "hanxueqin")
    return Actor(house, "gongzuo", "hanxueqin")


@pytest.fixture
def on(house, clock):
    """Let it be nine in the morning of a day in December, and everything that is due then happen."""

    async def day(which):
        clock.move_to(datetime(2026, 12, which, 9, tzinfo=SHANGHAI))
        for _ in range(2):  # what is said twice would be heard twice
            await house.tick("clocks")
            await house.deliver()

    return day


def times(actor, words):
    return sum(words in line for line in actor.heard())


async def test_a_case_nobody_answers_is_urged_passed_up_and_supervised_and_each_step_is_said_once(
    house, neighbour, tian, zhang, han, on
):
    """Due on the 14th; urged the day after, a working day later the clerk hears it, five working days on the office."""
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    assert "答复期限：2026年12月14日" in await zhang.says("签收 1")

    await on(14)
    assert times(zhang, "已过") == 0, "the day itself is not late yet"

    await on(15)
    assert times(zhang, "的答复期限12月14日已过，请尽快处理；仍未处理的会报办公室") == 1
    assert times(tian, "已过") == 0, "the holder hears it first"
    assert f"{NUMBER}：滨河路的路灯坏了，12月14日已过。请发“催办 1”" in await tian.says("待办")

    await on(16)
    assert times(tian, "12月14日已过，催办后还没有进展，请联系承办人") == 1
    assert "已催办" in await tian.says("催办 1")
    await house.deliver()
    assert times(han, NUMBER) == 0

    await on(22)
    assert times(han, "12月14日已过，催办后还没有进展，已列入督办名单，请过问") == 1
    assert "12月22日列入，原因：超过期限" in await han.says("督办名单")
    (case,) = await house.cases()
    assert (case.state, case.escalated_to, case.supervised_at is not None) == ("accepted", "office", True)
    story = await tian.says("经过 1")
    assert "催办" in story
    assert "上报" in story
    assert "督办" in story

    await on(23)
    assert [times(each, "已过，") for each in (zhang, tian, han)] == [1, 1, 1], "each heard it once"
    await zhang.says("答复 1 A类 换了新灯，已经亮了")
    assert "已解除督办" in await han.says("解除督办 1 已经办好")
    assert "没有列入督办" in await han.says("督办名单")
