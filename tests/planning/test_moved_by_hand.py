"""A clerk moves, cancels and restores a reception day by words; everybody concerned hears it once."""

import pytest


def about(lines, words):
    return [line for line in lines if words in line]


@pytest.fixture(autouse=True)
async def planned(receptions):
    await receptions.plan()


async def test_a_day_is_moved_for_a_reason_and_moved_back(receptions, tian, zhang):
    assert "已改到12月11日（星期五） 09:00–11:00" in await tian.says("改期 12-10 12-11 会议室装修")
    await receptions.plan()
    day = await receptions.day()
    assert (day.date, day.reason, day.moved_from, day.version) == ("2026-12-11", "会议室装修", "2026-12-10", 1)
    (news,) = about(receptions.group_heard(), "改期")
    assert news.endswith("原因：会议室装修。")
    assert len(about(zhang.heard(), "改期")) == 1
    assert about(tian.heard(), "【接待日改期】") == [], "nobody is told what they just did themselves"

    assert "已恢复为12月10日" in await tian.says("恢复接待 12-11")
    await receptions.plan()
    assert (await receptions.day()).date == "2026-12-10"
    assert len(about(receptions.group_heard(), "改到12月10日")) == 1


async def test_what_was_moved_by_hand_is_left_alone_by_the_plan(receptions, tian):
    await tian.says("改期 12-10 12-11 会议室装修")
    await receptions.holiday("2026-12-11")
    await receptions.plan()
    assert (await receptions.day()).date == "2026-12-11"


async def test_only_the_hours_can_be_moved(receptions, tian):
    assert "14:00–16:00" in await tian.says("改期 12-10 14:00-16:00 上午停电")
    await receptions.plan()
    assert len(about(receptions.group_heard(), "改为 14:00–16:00")) == 1


async def test_a_rest_day_may_be_chosen_and_is_said(tian):
    assert "12月13日（星期日）是休息日" in await tian.says("改期 12-10 12-13 方便上班的群众")


async def test_a_day_is_cancelled_for_a_reason_and_its_reminders_with_it(receptions, tian):
    assert "已取消" in await tian.says("取消接待 12-10 全镇停水")
    receptions.at("2026-12-09", 18, 31)
    await receptions.plan()
    assert len(about(receptions.group_heard(), "接待日取消")) == 1
    assert about(receptions.group_heard(), "接待日提醒") == []
    assert "已取消（全镇停水）" in await tian.says("接待日")

    assert "已恢复为12月10日" in await tian.says("恢复接待 12-10")
    await receptions.plan()
    assert len(about(receptions.group_heard(), "接待日照常")) == 1
    assert len(about(receptions.group_heard(), "接待日提醒")) == 1, "and is reminded of again"


async def test_saying_it_twice_changes_nothing(receptions, tian):
    await tian.says("改期 12-10 12-11 会议室装修")
    assert "本来就在" in await tian.says("改期 12-11 12-11 会议室装修")
    await tian.says("取消接待 12-11 停水")
    assert "已经取消了" in await tian.says("取消接待 12-11 停水")
    assert (await receptions.day()).version == 2


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("改期", "请写清从哪天改到哪天和理由"),
        ("改期 12-10", "请写清从哪天改到哪天和理由"),
        ("改期 12-10 12-11", "请把理由写在后面"),
        ("改期 12-08 12-11 装修", "没有归您管的接待日"),
        ("改期 12-10 12-01 装修", "请改到今天以后"),
        ("改期 12-10 13-41 装修", "没有 13-41 这一天"),
        ("改期 12-10 12-11 16:00-14:00 装修", "不早于结束"),
        ("取消接待", "请写清哪一天和理由"),
        ("取消接待 12-10", "请把理由写在后面"),
        ("恢复接待", "请写清哪一天"),
        ("恢复接待 12-10", "不用恢复"),
        ("取消接待 12-15 停水", "没有归您管的接待日"),  # another station's
    ],
)
async def test_what_is_lacking_or_wrong_is_said_and_nothing_changes(receptions, tian, said, answer):
    before = await receptions.days()
    assert answer in await tian.says(said)
    assert await receptions.days() == before


async def test_a_day_that_has_begun_is_not_moved_any_more(receptions, tian):
    receptions.at("2026-12-10", 9, 30)
    assert "已经开始或结束" in await tian.says("改期 12-10 12-11 装修")


async def test_the_office_above_may_move_a_day_and_a_representative_may_not(receptions, actor, zhang):
    assert "没有归您管的接待日" in await zhang.says("改期 12-10 12-11 装修")
    assert "已改到12月11日" in await actor("hanxueqin").says("改期 12-10 12-11 河畔 会议室装修")
    assert (await receptions.day()).reason == "会议室装修", "the station's name is no part of the reason"


async def test_of_several_stations_that_day_the_one_meant_must_be_named(receptions, actor):
    han = actor("hanxueqin")
    assert "有几场接待，请在后面写上站名" in await han.says("取消接待 12-10 停水")
    assert (await receptions.day()).state == "planned"


async def test_a_voter_who_says_the_words_is_heard_as_a_voter(receptions, wang):
    await wang.says("改期 12-10 12-11 会议室装修")
    assert (await receptions.day()).date == "2026-12-10"


async def test_no_phone_number_in_a_reason_reaches_a_group(receptions, tian):
    await tian.says("取消接待 12-10 联系人 13900001234 生病")
    await receptions.plan()
    assert "13900001234" not in "".join(receptions.group_heard())


async def test_the_clerk_sees_every_day_with_who_sits_and_what_became_of_it(tian):
    await tian.says("改期 12-10 12-11 会议室装修")
    said = await tian.says("接待日")
    assert "12月11日（星期五） 09:00–11:00：张卫国（原为12月10日（星期四））" in said
    assert "1月11日（星期一） 09:00–11:00：李秀英（暂定）（原为1月10日（星期日））" in said


async def test_in_a_group_the_desk_is_asked_to_write_in_private(house, tian):
    group = "wrSample-hepan-1"
    from tests.plugins.house import Actor

    assert "请私聊我" in await Actor(house, "zhushou", "tianmin").says("@连心助手 改期 12-10 12-11 装修", chat=group)
