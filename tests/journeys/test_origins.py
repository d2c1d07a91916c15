"""Where a voter comes from: the code of a group, a link, or nowhere."""

import pytest

from tests.journeys.conftest import identities, voters_of_groups


async def test_the_code_scanned_while_following_tells_the_group(house, wang):
    assert "有事直接说" in await wang.sends("subscribes", scene="hepan-1")
    assert "张卫国" in await wang.says("我的代表")
    assert len(await voters_of_groups(house)) == 1


async def test_a_code_scanned_later_moves_the_voter_and_says_where_to(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    assert "石桥镇柳树村联系群" in await wang.sends("scans", "shiqiao-1")
    assert "刘根生" in await wang.says("我的代表")
    assert "编号 shiqiao-261207-1" in await wang.says("村口的桥栏杆断了，请修一下")


async def test_scanning_twice_makes_one_member(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.sends("scans", "hepan-1")
    assert len(await voters_of_groups(house)) == 1


async def test_a_scene_nobody_knows_is_welcomed_all_the_same(house, wang):
    assert "有事直接说" in await wang.sends("subscribes", scene="nowhere")
    assert await voters_of_groups(house) == []


@pytest.mark.parametrize("how", [{"scene_param": "shiqiao-1"}, {"scene": "shiqiao-1"}])
async def test_a_link_to_customer_service_tells_the_group(house, kang, how):
    assert "有事直接说" in await kang.sends("enters", **how)
    assert "编号 shiqiao-261207-1" in await kang.says("村口的桥栏杆断了，请修一下")


async def test_who_opens_customer_service_again_is_not_talked_at(kang):
    await kang.sends("enters", scene_param="hepan-1")
    assert await kang.sends("enters", scene_param="hepan-1") == ""


async def test_who_comes_from_nowhere_is_heard_by_the_first_station(house, passer, tian):
    assert "编号 hepan-261207-1" in await passer.says("路灯坏了，请修一下")
    await house.deliver()
    assert any("hepan-261207-1" in line for line in tian.heard())


async def test_who_comes_from_nowhere_says_where_they_live_and_is_found(house, passer):
    assert "小区" in await passer.says("我的代表")
    assert "刘根生" in await passer.says("我住柳树村")
    assert "编号 shiqiao-261207-1" in await passer.says("村口的桥栏杆断了，请修一下")


async def test_a_place_nobody_knows_is_said_to_be_unknown(house, passer):
    await passer.says("我的代表")
    assert "没有找到" in await passer.says("幸福里小区")
    assert await house.cases() == []


async def test_a_complaint_instead_of_a_place_is_heard_as_a_complaint(house, passer):
    await passer.says("我的代表")
    assert "编号 shiqiao-261207-1" in await passer.says("柳树村村口的桥栏杆断了好几天，请派人来修一下")


@pytest.mark.parametrize(
    ("key", "heard"),
    [("help", "您可以这样用"), ("suggest", "什么事"), ("representatives", "张卫国"), ("reception", "接待"),
     ("human", "已通知工作人员"), ("progress", "还没有登记过"), ("no-such-key", "您可以这样用")],
)  # fmt: skip
async def test_a_menu_key_is_answered_like_its_word(neighbour, key, heard):
    assert heard in await neighbour.sends("clicks_menu", key)


async def test_the_menu_key_for_a_suggestion_waits_for_its_words(house, neighbour):
    await neighbour.sends("clicks_menu", "suggest")
    assert "编号" in await neighbour.says("老人活动室想添两把椅子")


async def test_who_stops_following_is_not_written_to_until_they_come_back(house, neighbour):
    def reachable(rows):
        return [row.reachable for row in rows if row.channel == "official_account"]

    await house.platform.unsubscribes("hexin", "oWang")
    assert reachable(await identities(house)) == [False]
    await neighbour.says("你好")
    assert reachable(await identities(house)) == [True]


async def test_opening_a_page_or_reporting_a_place_gets_no_answer(house, neighbour):
    before = len(neighbour.heard())
    await house.platform.views("hexin", "oWang", "https://example.org/")
    await house.platform.reports_place("hexin", "oWang", 37.85, 113.58)
    await house.platform.sends_unknown("hexin", "oWang", "holographic")
    assert len(neighbour.heard()) == before
    assert [row.state for row in await house.heard()] == ["done"] * 4


async def test_a_matter_of_somebody_from_nowhere_goes_where_its_place_lies(house, passer):
    """No code was scanned, but the words name a street that belongs to one group; the speaker joins nothing."""
    said = await passer.says("望村大街的路灯坏了三天没人修")
    assert "编号 wangcun-" in said
    assert (await house.cases())[0].group_id is not None
    assert await voters_of_groups(house) == []
