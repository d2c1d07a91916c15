"""Every group's notice is proven or cried about: by the robot's answer, a member's tap, or a clerk's word."""

from datetime import timedelta

from sqlalchemy import select, update

from bot.store.tables import group_address, outgoing
from tests.plugins.house import Actor
from tests.reception.conftest import WEBHOOK, at

HOUR = timedelta(hours=1)


async def test_the_robots_answer_is_the_proof(house, month, tian):
    await month.until(at(6))
    assert "12-07 09:00 公告" in await tian.says("公告")
    await month.until(at(7))
    (row,) = await month.notices(await month.day())
    assert (row.state, row.answer, row.proven_at) == ("proven", "group_robot errcode 0", house.clock.now())
    assert "滨河社区联系群（群消息推送）：已公告 12-07 09:00（group_robot errcode 0）" in await tian.says("公告")
    assert not any("没有回执" in words for words in tian.heard())


async def test_a_notice_that_is_not_proven_is_cried_to_the_clerk_and_then_to_the_office_each_once(house, month, tian):
    house.platform.add_members("gongzuo", "cuizhengyuan", "cuizhengyuan")
    house.platform.will_answer(-1, times=10_000, path=f"/cgi-bin/{WEBHOOK}")
    await month.until(at(6), at(7, "09:00"), at(7, "12:59"))
    assert not any("没有回执" in words for words in tian.heard())
    await month.until(at(7, "13:00"), at(7, "13:05"), at(7, "17:00"), at(7, "17:05"))
    cries = [words for words in tian.heard() if "没有回执" in words]
    assert len(cries) == 1
    assert "【代表接待日通知】12月10日" in cries[0], "the words to paste come with it"
    rows = await house.rows(select(outgoing).where(outgoing.c.key.like("notice:%:late_office:%")))
    assert len(rows) == len({row.key for row in rows}) >= 1


async def test_the_clerk_vouches_for_a_notice_told_by_hand_and_it_is_not_told_twice(house, month, tian):
    house.platform.will_answer(-1, times=10_000, path=f"/cgi-bin/{WEBHOOK}")
    await month.until(at(6), at(7, "09:00"), at(7, "13:00"))
    (row,) = await month.notices(await month.day())
    assert "记下了" in await tian.says(f"已公告 {row.id}")
    house.platform.clear_faults()
    await month.until(at(7, "15:00"), at(7, "18:00"))
    assert not any("代表接待日通知" in words for words in month.group_heard())
    assert "（工作人员手工）" in await tian.says("公告")
    assert "已经有回执" in await tian.says(f"已公告 {row.id}")


async def test_a_clerk_who_vouched_by_mistake_takes_it_back_and_the_notice_goes(house, month, tian):
    house.platform.will_answer(-1, times=10_000, path=f"/cgi-bin/{WEBHOOK}")
    await month.until(at(6), at(7, "09:00"), at(7, "13:00"))
    house.platform.clear_faults()
    (row,) = await month.notices(await month.day())
    assert "不是人工记的" in await tian.says(f"撤销公告 {row.id}")
    assert f"撤销公告 {row.id}" in await tian.says(f"已公告 {row.id}")
    assert "照常发出" in await tian.says(f"撤销公告 {row.id}")
    assert not any("代表接待日通知" in words for words in month.group_heard())
    await month.until(at(7, "13:05"), at(7, "13:10"))
    assert len([words for words in month.group_heard() if "代表接待日通知" in words]) == 1
    (row,) = await month.notices(await month.day())
    assert (row.state, row.answer.startswith("group_robot"), row.proven_by_id) == ("proven", True, None)


async def test_what_was_vouched_for_stays_so_once_the_day_has_begun(house, month, tian):
    house.platform.will_answer(-1, times=10_000, path=f"/cgi-bin/{WEBHOOK}")
    await month.until(at(6), at(7, "09:00"), at(7, "13:00"))
    (row,) = await month.notices(await month.day())
    await tian.says(f"已公告 {row.id}")
    await month.until(at(10, "23:00"))
    assert "不能再改" in await tian.says(f"撤销公告 {row.id}")


async def test_a_group_nobody_can_speak_in_is_the_clerks_at_once(house, month, tian):
    async def silence(db):
        await db.run(update(group_address).where(group_address.c.account == "tongzhi").values(purpose="chat"))

    await house.deps.store.write(silence)
    await month.until(at(6), at(7, "09:00"))
    assert any("没有回执" in words and "请把下面的话复制到群里" in words for words in tian.heard())
    (row,) = await month.notices(await month.day())
    await tian.says(f"已公告 {row.id}")
    assert "我发不了消息" in await tian.says(f"撤销公告 {row.id}")
    (row,) = await month.notices(await month.day())
    assert row.state == "owed"


# ---- customer groups ---------------------------------------------------------------------------------------------------


async def customers(month):
    """Return the row that goes to the customer group of Shiqiao."""
    day = await month.day("shiqiao")
    return next(row for row in await month.reminders(day, ":notice") if row.channel == "customer_group")


async def test_a_customer_group_is_proven_by_the_members_tap(house, month, qiao):
    await month.until(at(6), at(7, "09:00"))
    assert (await customers(month)).state == "prepared"
    assert "已备好，等成员在企业微信里点发送" in await qiao.says("公告")
    house.platform.taps_broadcasts("qiaowen")
    await month.until(at(7, "09:05"))
    row = await customers(month)
    assert row.state == "sent"
    assert {each.state for each in await month.notices(await month.day("shiqiao"))} == {"proven"}
    assert len(house.platform.group_chat("wrCustomers-shiqiao-1")) == 1


async def test_who_does_not_tap_is_reminded_three_times_and_the_clerk_gets_the_words_to_paste_once(house, month, qiao):
    await month.until(at(6), at(7, "09:00"), *(at(7, "09:00") + n * timedelta(minutes=20) for n in range(1, 20)))
    assert len(house.platform.calls("remind_groupmsg_send")) == 3
    assert {row.errcode for row in house.platform.calls("remind_groupmsg_send")} == {0}
    pastes = [words for words in qiao.heard() if "复制到群里" in words and "群发还没有人点发送" in words]
    assert len(pastes) == 1
    assert "【代表接待日通知】12月10日" in pastes[0]


async def test_taken_back_at_once_the_broadcast_waits_for_its_tap_as_before_and_comes_once(house, month, qiao):
    """The platform still holds it: a second one beside it would tell the group twice."""
    await month.until(at(6), at(7, "09:00"))
    row = await customers(month)
    told = next(each for each in await month.notices(await month.day("shiqiao")) if each.outgoing_id == row.id)
    await qiao.says(f"已公告 {told.id}")
    assert "照常发出" in await qiao.says(f"撤销公告 {told.id}")
    assert (await customers(month)).state == "prepared"
    house.platform.taps_broadcasts("qiaowen")
    await month.until(at(7, "09:05"), at(7, "09:10"))
    assert (await customers(month)).state == "sent"
    assert len(house.platform.group_chat("wrCustomers-shiqiao-1")) == 1


async def test_a_clerk_who_pasted_it_takes_the_broadcast_back(house, month, qiao):
    await month.until(at(6), at(7, "09:00"))
    row = await customers(month)
    number = next(each.id for each in await month.notices(await month.day("shiqiao")) if each.outgoing_id == row.id)
    await qiao.says(f"已公告 {number}")
    await month.until(at(7, "09:05"))
    assert len(house.platform.calls("cancel_groupmsg_send")) == 1
    assert house.platform.taps_broadcasts("qiaowen") == []


async def test_a_cancelled_days_broadcast_cannot_be_tapped_any_more_and_who_heard_nothing_hears_nothing(
    house, month, qiao
):
    await month.until(at(6), at(7, "09:00"))
    row = await customers(month)
    await qiao.says("取消接待 12-10 停电")
    await month.until(at(7, "09:01"), at(7, "09:02"))
    assert [call.errcode for call in house.platform.calls("cancel_groupmsg_send")] == [0]
    assert house.platform.taps_broadcasts("qiaowen") == []
    assert house.platform.group_chat("wrCustomers-shiqiao-1") == []
    (row,) = await house.rows(select(outgoing).where(outgoing.c.id == row.id))
    assert (row.state, row.error, row.platform_id) == ("cancelled", "day_changed", "")


async def test_a_group_whose_member_had_tapped_just_before_hears_of_the_cancelled_day(house, month, qiao):
    await month.until(at(6), at(7, "09:00"))
    house.platform.taps_broadcasts("qiaowen")  # we have not asked since
    await qiao.says("取消接待 12-10 停电")
    await month.until(at(7, "09:01"), at(8, "09:00"))  # a customer group may hear one broadcast a day
    assert house.platform.calls("cancel_groupmsg_send") == []
    house.platform.taps_broadcasts("qiaowen")
    notice, news = (line.text for line in house.platform.group_chat("wrCustomers-shiqiao-1"))
    assert notice.startswith("【代表接待日通知】12月10日")
    assert news.startswith("【接待日取消】12月10日")


async def test_what_the_platform_does_not_take_back_the_clerk_is_asked_once_to_discard(house, month, qiao):
    await month.until(at(6), at(7, "09:00"))
    house.platform.will_answer(48002, times=2, path="cancel_groupmsg_send")
    await qiao.says("取消接待 12-10 停电")
    await month.until(at(7, "09:01"), at(7, "09:02"))
    assert len([words for words in qiao.heard() if "告诉群主不要点发送" in words and "12月10日" in words]) == 1
    await month.until(at(7, "09:03"))
    assert house.platform.taps_broadcasts("qiaowen") == []


async def test_an_untapped_evening_is_taken_back_when_its_time_is_over(house, month):
    await month.until(at(6), at(9, "18:30"), at(9, "20:00"), at(9, "21:31"))
    evening = next(
        row for row in await month.reminders(await month.day("shiqiao"), ":evening") if row.channel == "customer_group"
    )
    assert (evening.state, evening.error) == ("refused", "expired")
    assert len(house.platform.calls("cancel_groupmsg_send")) >= 1


# ---- before it goes -----------------------------------------------------------------------------------------------------


async def evening(month):
    return (await month.reminders(await month.day(), ":evening"))[0]


async def test_the_clerk_sees_what_waits_and_holds_releases_and_rewords_it(house, month, tian):
    await month.until(at(8))
    row = await evening(month)
    assert f"{row.id} 12-09 18:30 河畔街道滨河社区联系群" in await tian.says("待发")
    assert "已暂停" in await tian.says(f"暂停发送 {row.id}")
    assert "（已暂停）" in await tian.says("待发")
    await month.until(at(9, "18:30"))
    assert not any("接待日提醒" in words for words in month.group_heard())
    await tian.says(f"改发 {row.id} 明天照常接待，改在二楼。")
    assert "已放行" in await tian.says(f"恢复发送 {row.id}")
    await month.until(at(9, "18:40"))
    assert month.group_heard()[-1] == "明天照常接待，改在二楼。"
    assert "已经发出" in await tian.says(f"暂停发送 {row.id}")


async def test_what_is_held_until_its_time_is_over_is_not_sent(house, month, tian):
    await month.until(at(8))
    row = await evening(month)
    await tian.says(f"暂停发送 {row.id}")
    await month.until(at(10, "10:00"))
    assert "时间已经过了" in await tian.says(f"恢复发送 {row.id}")


async def test_nobody_but_the_stations_desk_touches_what_is_planned(house, month, zhang, qiao, wang):
    await month.until(at(8))
    row = await evening(month)
    assert "不在任何联络站的工作台" in await zhang.says("待发")
    assert "没有编号" in await qiao.says(f"暂停发送 {row.id}")
    assert "没有编号" in await qiao.says("暂停发送 999999")
    await wang.says(f"暂停发送 {row.id}")
    assert (await evening(month)).state == "waiting"


async def test_words_that_are_no_command_stay_words(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    assert "编号" in await wang.says("公告栏的玻璃碎了没人管，请派人看看")


async def test_empty_and_endless_words_are_refused_and_change_nothing(house, month, tian):
    await month.until(at(8))
    row = await evening(month)
    assert "不超过" in await tian.says(f"改发 {row.id}")
    assert "不超过" in await tian.says(f"改发 {row.id} {'很' * 600}")
    assert (await evening(month)).content == row.content


async def test_a_secretary_of_the_office_sees_the_stations_below(house, month):
    house.platform.add_members("gongzuo", "cuizhengyuan")
    cui = Actor(house, "gongzuo", "cuizhengyuan")
    await month.until(at(6))
    assert "柳树村联系群（客户群）：12-07 09:00 公告" in await cui.says("公告")
