"""The outbox and the channels: what was said and will be, why it was refused, and only one's own stations' of it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert, select

from bot.message import Card, Text
from bot.outbox.queue import to_json
from bot.store.tables import group, outgoing
from tests.console.conftest import word_in

SAID = "12月10日代表接待，联系电话 13812345678"


@pytest.fixture
async def tian(hands):
    return await hands("tian-min")


@pytest.fixture
async def owes(house):
    """Owe the first group something, in whatever state."""

    async def owe(key, words=SAID, *, in_minutes=60, state="waiting", group_code="hepan-1", content=None, **more):
        async def work(db):
            (room,) = await db.all(select(group.c.id).where(group.c.code == group_code))
            now = house.clock.now()
            values = {
                "key": key, "kind": "push", "channel": "group_robot", "account": "tongzhi", "group_id": room.id,
                "content": to_json(content or Text(words)), "state": state, "due_at": now + timedelta(minutes=in_minutes),
                "created_at": now,
            }  # fmt: skip
            return await db.add(insert(outgoing).values(**values | more))

        return await house.deps.store.write(work)

    return owe


async def row_of(house, number):
    (row,) = await house.rows(select(outgoing).where(outgoing.c.id == number))
    return row


async def press(hand, number, deed, **fields):
    return await hand.post(f"/console/outbox/{number}/{deed}", page="/console/outbox", **fields)


def numbers_on(answer):
    return [int(each) for each in re.findall(r'id="push-(\d+)"', answer.text)]


async def test_what_is_planned_is_held_and_released_by_a_press_each_and_twice_changes_nothing(house, tian, owes):
    number = await owes("notice:1")
    for deed, state, said in (("hold", "held", "已暂停"), ("release", "waiting", "已恢复")):
        for _ in range(2):
            assert said in (await press(tian, number, deed)).text
            assert (await row_of(house, number)).state == state


async def test_the_words_of_a_planned_push_are_changed_and_put_back(house, tian, owes):
    number = await owes("notice:1", "明天照常")
    done = await press(tian, number, "reword", words="改在二楼")
    assert (await row_of(house, number)).content == to_json(Text("改在二楼", by_hand=True))
    before = re.search(r'name="words" value="([^"]+)"', done.text)[1]
    assert before == "明天照常"
    await press(tian, number, "reword", words=before)
    assert (await row_of(house, number)).content == to_json(Text("明天照常", by_hand=True))


async def test_words_that_are_too_long_are_given_back_and_a_card_keeps_its_buttons(house, tian, owes):
    number = await owes("notice:1", "明天照常")
    refused = await press(tian, number, "reword", words="长" * 501)
    assert "不超过 500 个字" in refused.text
    assert "长" * 501 in refused.text
    card = await owes("card:1", content=Card("t1", "接待"))
    assert "不能在这里改" in (await press(tian, card, "reword", words="别的")).text
    assert (await row_of(house, card)).content == to_json(Card("t1", "接待"))


async def test_what_the_platform_refused_shows_why_and_goes_once_more_in_a_minute(house, tian, owes):
    number = await owes("notice:1", state="refused", in_minutes=-5, errcode=93000, error="invalid webhook", attempts=1)
    page = await tian.get("/console/outbox?tab=refused")
    assert "93000" in page.text
    assert "invalid webhook" in page.text
    for said in ("一分钟后再发", "改不了了"):
        assert said in (await press(tian, number, "resend")).text
    row = await row_of(house, number)
    assert (row.state, row.attempts, row.error, row.due_at) == (
        "waiting", 0, "", house.clock.now() + timedelta(minutes=1))  # fmt: skip
    house.clock.move_to(house.clock.now().replace(hour=2) + timedelta(days=1))
    await house.deliver()
    assert (await row_of(house, number)).state == "sent"


async def test_what_is_over_is_not_sent_again(house, tian, owes):
    number = await owes("notice:1", state="refused", in_minutes=-5, expires_at=house.clock.now())
    assert "时间已经过了" in (await press(tian, number, "resend")).text
    assert (await row_of(house, number)).state == "refused"


async def test_what_has_gone_can_no_more_be_held(house, tian, owes):
    number = await owes("notice:1", state="sent")
    for deed in ("hold", "release", "reword"):
        assert "改不了了" in (await press(tian, number, deed, words="别的")).text
    assert (await press(tian, number, "burn")).status == 404


async def test_a_page_leads_to_the_next_and_nothing_is_shown_twice_or_left_out(tian, owes):
    owed = [await owes(f"notice:{each}", in_minutes=each // 3) for each in range(35)]
    first = await tian.get("/console/outbox?channel=group_robot")
    second = await tian.get(unescape(re.search(r'rel="next" href="([^"]+)"', first.text)[1]))
    assert numbers_on(first) + numbers_on(second) == owed
    assert numbers_on(await tian.get("/console/outbox?channel=wecom_app")) == []


async def test_telephone_numbers_are_starred_and_what_speaks_of_no_station_is_shown_to_none(house, tian, owes):
    await owes("notice:1")
    await owes("code-to:1", "验证码 246810", group_id=None)
    page = (await tian.get("/console/outbox")).text
    assert "138****5678" in page.split("<textarea")[0]
    assert "246810" not in page


async def test_pushes_of_another_station_are_not_there(house, hands, owes):
    number = await owes("notice:1")
    qiao = await hands("qiao-wen")
    assert numbers_on(await qiao.get("/console/outbox")) == []
    assert "没有编号" in (await press(qiao, number, "hold")).text
    assert (await row_of(house, number)).state == "waiting"


async def test_a_form_leads_back_to_the_outbox_and_nowhere_else(tian, owes):
    number = await owes("notice:1")
    done = await press(tian, number, "hold", back="tab=held\r\nX: 1&station=@elsewhere")
    assert (done.status, done.path) == (200, "/console/outbox")


# ---- the channels ----------------------------------------------------------------------------------------------------


def card_of(page, name):
    return page.text.split(f'id="{name}"')[1].split("</section>")[0]


async def test_a_channel_says_what_it_can_and_what_to_do_when_it_is_broken(house, hands, owes):
    han = await hands("han-xueqin")
    calls = len(house.platform.calls())
    assert "一个月内没有发过" in card_of(await han.get("/console/channels"), "group_robot-tongzhi")
    await owes("notice:1", state="sent", in_minutes=-30)
    fine = card_of(await han.get("/console/channels"), "group_robot-tongzhi")
    for words in ("近一天没有被拒", "主动推送", "整个账号每分钟 20 条", "滨河社区联系群（发言）", "1 条"):
        assert words in fine
    await owes("notice:2", state="refused", in_minutes=-10, errcode=93000, error="invalid webhook")
    broken = card_of(await han.get("/console/channels"), "group_robot-tongzhi")
    assert "发不出去" in broken
    assert "93000 账号本身有问题" in broken
    await owes("notice:3", state="sent", in_minutes=-1)
    assert "近一天有被拒的" in card_of(await han.get("/console/channels"), "group_robot-tongzhi")
    assert len(house.platform.calls()) == calls, "no platform is asked"


async def test_the_channels_page_tells_no_secret(house, hands):
    page = (await (await hands("han-xueqin")).get("/console/channels")).text
    for account in house.deps.settings.accounts.values():
        for secret in (account.secret, account.token, account.aes_key, account.webhook_key):
            assert not secret or secret not in page, account.code
    assert word_in(page)
