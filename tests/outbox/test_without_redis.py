"""Redis dies in the middle of a push: what is owed still goes, at a pace that is safe alone."""

from datetime import timedelta

import pytest

from tests.outbox.conftest import SENDS


@pytest.fixture
def redis_url(mortal_redis):
    return mortal_redis.url


async def test_pushes_still_go_and_at_a_safe_pace_when_redis_dies(house, desk, zhang, mortal_redis):
    group = await desk.group_way()
    for number in range(40):
        await desk.owes(group, str(number), at_once=True)
        await desk.owes(zhang, str(number))
    await house.deps.outbox.deliver_due()
    mortal_redis.kill()
    minutes = 0
    while await house.owed("waiting"):
        await house.deliver()
        house.clock.move(timedelta(seconds=20))
        minutes += 1
        assert minutes < 60, "the outbox never comes to rest"
    assert zhang.heard() == [str(number) for number in range(40)]
    assert {row.fate for row in desk.asked("group_robot")} == {"delivered"}
    assert len(desk.asked("group_robot")) == 40
    assert house.platform.calls(fate="dropped") == []
    at = [row.at for row in house.platform.calls(SENDS["group_robot"])][20:]
    assert max(sum(0 <= (later - first).total_seconds() < 60 for later in at) for first in at) <= 5  # a quarter of 20


async def test_hearing_and_answering_need_no_redis(house, wang, zhang, mortal_redis):
    mortal_redis.kill()
    await wang.sends("subscribes", scene="hepan-1")
    assert "编号 hepan-261207-1" in await wang.says("我们楼电梯坏了一个月")
    await house.deliver()
    assert "hepan-261207-1" in zhang.heard()[0]
