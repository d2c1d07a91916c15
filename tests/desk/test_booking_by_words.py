"""A voter takes a place at a reception day by words, waits, moves up, gives it back, and is told once."""

import pytest
from sqlalchemy import update

from bot.store.tables import limit_, reception_day
from tests.plugins.house import Actor


async def told(house, actor, words):
    """Return how often somebody heard these words, after everything due was sent."""
    await house.deliver()
    return sum(words in line for line in actor.heard())


async def test_the_day_and_the_hour_are_picked_by_figures(neighbour, station):
    assert "1. 12月10日（星期四）" in await neighbour.says("预约")
    slots = await neighbour.says("1")
    assert "1. 09:00（余 2）" in slots
    assert "6. 10:40" in slots
    assert "约好了：12月10日（星期四） 09:20" in await neighbour.says("2")
    (place,) = await station.places()
    assert (place.slot, place.seat, place.state, place.number, place.origin) == ("09:20", 1, "booked", 1, "words")


async def test_day_and_hour_can_be_said_at_once(neighbour, station):
    assert "09:20" in await neighbour.says("预约 12-10 9:20")
    assert "您的预约" in await neighbour.says("我的预约")
    assert "已取消 12月10日（星期四） 09:20" in await neighbour.says("取消预约")
    assert (await station.places())[0].seat is None
    assert "现在没有预约" in await neighbour.says("取消预约")


async def test_a_day_alone_leads_to_its_hours_and_the_clock_is_understood(neighbour, station):
    assert "约几点" in await neighbour.says("预约12月10日")
    assert "10:00" in await neighbour.says("上午10点")
    assert [place.slot for place in await station.places()] == ["10:00"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("预约 12-11", "那天没有可约的接待。可以约的是：12月10日（星期四）"),
        ("预约 12-10 9:07", "没有 09:07 这个时段"),
        ("预约 12-10 15:00", "没有 15:00 这个时段"),
    ],
)
async def test_what_cannot_be_booked_is_said_with_what_can(neighbour, station, words, answer):
    assert answer in await neighbour.says(words)
    assert not await station.places()


async def test_while_choosing_one_can_still_speak_of_something_else(neighbour, house):
    await neighbour.says("预约")
    assert "编号 hepan-261207-1" in await neighbour.says("我们楼电梯坏了一个月")
    assert "请回 1 到" not in await neighbour.says("谢谢")


async def test_one_voter_has_one_place_a_day_and_not_too_many_in_a_month(neighbour, station):
    await neighbour.says("预约 12-10 9:20")
    assert "一天只能约一次" in await neighbour.says("预约 12-10 9:40")
    assert "约好了" in await neighbour.says("预约 12-10 9:20"), "the same again is the place they have"
    await station.changes(update(limit_).where(limit_.c.code == "booking-most").values(value=1))
    assert "30 天里至多约 1 次" in await neighbour.says("预约 1-11 9:00")
    assert len(await station.places()) == 1


async def test_who_waits_moves_up_by_themselves_and_is_told_once(house, station, tick_places):
    await station.one_place_a_slot()
    first, second, third = await station.voters(3)
    assert "约好了" in await first.says("预约 12-10 9:00")
    assert "现在第 1 位" in await second.says("预约 12-10 9:00")
    assert "现在第 2 位" in await third.says("预约 12-10 9:00")
    await first.says("取消预约")
    assert await told(house, second, "您排队的 12月10日（星期四） 09:00 已约上") == 1
    assert await told(house, third, "已约上") == 0
    await tick_places()
    await tick_places()
    assert await told(house, second, "已约上") == 1
    assert "排队第 1 位" in await third.says("我的预约")


async def test_nobody_jumps_the_queue_of_a_place_that_just_became_free(house, station):
    await station.one_place_a_slot()
    first, second, late = await station.voters(3)
    await first.says("预约 12-10 9:00")
    await second.says("预约 12-10 9:00")
    await station.changes(update(limit_).where(limit_.c.code == "booking-places").values(value=2))
    assert "现在第 2 位" in await late.says("预约 12-10 9:00")


async def test_on_the_evening_before_everybody_with_a_place_is_reminded_once(house, station, neighbour, tick_places):
    await neighbour.says("预约 12-10 9:20")
    station.comes_to(12, 9, 17, 59)
    await tick_places()
    assert await told(house, neighbour, "明天 12月10日") == 0
    station.comes_to(12, 9, 18, 1)
    await neighbour.says("我的预约")
    await tick_places()
    await tick_places()
    assert await told(house, neighbour, "提醒您：明天 12月10日（星期四） 09:20 有您的接待预约（1 号）") == 1


async def test_who_gave_the_place_back_is_not_reminded(house, station, neighbour, tick_places):
    await neighbour.says("预约 12-10 9:20")
    await neighbour.says("取消预约")
    station.comes_to(12, 9, 18, 1)
    await tick_places()
    assert await told(house, neighbour, "提醒您：") == 0


async def test_a_day_that_falls_away_is_told_once_with_the_next_one(house, station, neighbour, tick_places):
    await neighbour.says("预约 12-10 9:20")
    await station.changes(
        update(reception_day).where(reception_day.c.id == (await station.day()).id).values(state="cancelled")
    )
    await tick_places()
    await tick_places()
    assert (
        await told(house, neighbour, "09:20 的接待取消了。下一个接待日是 1月11日（星期一），要约请发“预约 1-11”") == 1
    )
    assert [place.state for place in await station.places()] == ["dropped"]
    assert "约好了：1月11日" in await neighbour.says("预约 1-11 9:20")


async def test_a_day_that_moves_takes_its_places_along_and_says_so_once(house, station, neighbour, tick_places):
    await neighbour.says("预约 12-10 9:20")
    here = reception_day.c.id == (await station.day()).id
    await station.changes(update(reception_day).where(here).values(date="2026-12-11"))
    await tick_places()
    await tick_places()
    assert await told(house, neighbour, "从12月10日（星期四）改到 12月11日（星期五），时段 09:20 和 1 号不变") == 1
    await station.changes(update(reception_day).where(here).values(starts="14:00", ends="16:00"))
    await tick_places()
    assert await told(house, neighbour, "您约的 09:20 不在其中") == 1


async def test_a_group_is_told_to_ask_in_private(house, station):
    zhang = Actor(house, "zhushou", "zhangweiguo")
    assert "预约请私聊我" in await zhang.says("@连心助手 预约", chat="wrSample-hepan-1")
