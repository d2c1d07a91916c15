"""Nobody of staff and no group is spoken to at night, no group beyond its cap, and several notices are one message."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import SHANGHAI
from bot.store.tables import group, outgoing
from tests.outbox.conftest import BOTH, SENDS

NIGHT = datetime(2026, 12, 7, 22, 0, tzinfo=SHANGHAI)
MORNING_AFTER = datetime(2026, 12, 8, 7, 30, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


@pytest.fixture
def said(house):
    """What the group of the river bank heard, message by message."""
    return lambda: [row.content for row in house.platform.calls(SENDS["group_robot"], "delivered")]


# ---- at night --------------------------------------------------------------------------------------------------------


@BOTH
async def test_staff_and_groups_hear_at_half_past_seven_what_was_owed_at_night(house, desk, zhang, said):
    house.clock.move_to(NIGHT)
    await desk.owes(zhang, "明天有接待")
    await desk.owes(await desk.group_way(), "后天有接待")
    await house.deliver()
    house.clock.move_to(MORNING_AFTER - timedelta(minutes=1))
    await house.deliver()
    assert (zhang.heard(), said()) == ([], [])
    house.clock.move_to(MORNING_AFTER)
    await house.deliver()
    assert (zhang.heard(), said()) == (["明天有接待"], ["后天有接待"])


async def test_an_alarm_comes_at_any_hour_and_passes_what_waits_for_the_morning(house, desk, tian):
    house.clock.move_to(NIGHT)
    await desk.owes(tian, "有一件新的建议")
    await house.deliver()
    await desk.owes(tian, "有人说不想活了", at_once=True)
    await house.deliver()
    assert tian.heard() == ["有人说不想活了"]
    house.clock.move_to(MORNING_AFTER)
    await house.deliver()
    assert tian.heard() == ["有人说不想活了", "有一件新的建议"]


async def test_a_voter_in_distress_reaches_the_clerk_at_night(house, wang, tian):
    await wang.sends("subscribes", scene="hepan-1")
    house.clock.move_to(NIGHT)
    await wang.says("我不想活了，我现在就在楼顶")
    await house.deliver()
    assert len(tian.heard()) == 1


async def test_a_voter_is_answered_at_night(house, wang, desk):
    await wang.says("你好")
    house.clock.move_to(NIGHT)
    await wang.says("您好")
    await desk.owes(wang, "您的事有进展了")
    await house.deliver()
    assert wang.heard()[-1] == "您的事有进展了"


async def test_what_would_be_too_late_in_the_morning_is_given_up_at_once_for_the_clerk_to_see(house, desk, zhang):
    house.clock.move_to(NIGHT)
    key = await desk.owes(zhang, "今晚有会", expires_at=NIGHT + HOUR)
    await house.deliver()
    assert ((await desk.row(key)).state, (await desk.row(key)).error) == ("refused", "expired")


async def test_a_village_that_rises_early_hears_early(house, desk, said):
    house.clock.move_to(datetime(2026, 12, 8, 6, 30, tzinfo=SHANGHAI))
    await desk.owes(await desk.group_way("shiqiao-1", "tongzhi-shiqiao"), "今天赶集")
    await house.deliver()
    assert said() == ["今天赶集"]


# ---- how often, and together -----------------------------------------------------------------------------------------


async def cap(house, desk, count):
    await desk.run(update(group).where(group.c.code == "hepan-1").values(daily_cap=count))


async def test_a_group_hears_no_more_than_its_cap_a_day_and_the_rest_in_one_message_the_next_morning(house, desk, said):
    await cap(house, desk, 2)
    for number in range(5):
        await desk.owes(await desk.group_way(), f"第{number}件事")
        await house.deliver()
        house.clock.move(HOUR)
    assert said() == ["第0件事", "第1件事"]
    house.clock.move_to(MORNING_AFTER)
    await house.deliver()
    assert len(said()) == 3
    assert all(f"第{number}件事" in said()[2] for number in (2, 3, 4))


async def test_a_cap_is_kept_though_redis_forgets_and_another_worker_sends(house, desk, said):
    await cap(house, desk, 1)
    await desk.owes(await desk.group_way(), "第一件")
    await house.deliver()
    await house.deps.memory.run("return redis.call('FLUSHALL')", [], [])
    await desk.owes(await desk.group_way(), "第二件")
    await desk.another_worker().deliver_due()
    assert said() == ["第一件"]


@BOTH
async def test_notices_due_together_are_one_message_and_every_row_knows_which(house, desk, said):
    keys = [await desk.owes(await desk.group_way(), f"第{number}件事") for number in range(3)]
    await house.deliver()
    (message,) = said()
    assert message.startswith("【联系群通知】今天有 3 件事")
    rows = [await desk.row(key) for key in keys]
    assert {row.state for row in rows} == {"sent"}
    assert [row.told_in_id for row in rows] == [None, rows[0].id, rows[0].id]


async def test_a_digest_that_must_be_tried_again_is_still_one_message(house, desk, said):
    house.platform.will_answer(-1, path="/cgi-bin/webhook/send")
    for number in range(3):
        await desk.owes(await desk.group_way(), f"第{number}件事")
    await house.deliver()
    assert said() == []
    house.clock.move(timedelta(minutes=1))
    await house.deliver()
    assert len(said()) == 1


async def test_what_does_not_fit_into_one_message_is_told_in_two(house, desk, said):
    long = "灯" * 300  # 900 bytes of at most 2,048
    for number in range(4):
        await desk.owes(await desk.group_way(), f"{number}{long}")
    await house.deliver()
    assert [len(message.encode()) <= 2048 for message in said()] == [True, True]
    assert all(f"{number}{long}" in "".join(said()) for number in range(4))


async def test_what_is_withdrawn_while_it_waits_for_its_turn_is_not_sent(house, desk, zhang, said):
    """The worker has claimed the rows; a clerk cancels one of them before its turn has come."""
    keys = [await desk.owes(await desk.group_way(), words) for words in ("留着", "取消")]
    rows = await house.deps.outbox._rows.claim()
    await desk.changes(keys[1], state="cancelled")
    await house.deps.outbox._begin(rows)[0]
    assert said() == ["留着"]
    assert (await desk.row(keys[1])).state == "cancelled"


async def test_rows_of_people_are_never_merged(house, desk, zhang):
    for number in range(3):
        await desk.owes(zhang, str(number))
    await house.deliver()
    assert zhang.heard() == ["0", "1", "2"]
    assert {row.told_in_id for row in await house.rows(select(outgoing))} == {None}
