"""The customer group: a broadcast is prepared, a member taps, the platform says so; who does not tap is reminded."""

import pytest

from bot.channels.customer_group import MOST_REMINDERS, Outcome, Tap
from bot.errors import Remedy, SendFailed
from bot.message import Card, Markdown, Text

CHAT = "wrCustomers-shiqiao-1"


@pytest.fixture
def channel(house):
    return house.deps.channels["customer_group"]


@pytest.fixture
def account(house):
    return house.deps.settings.account("customer_group", "qunzhu-shiqiao")


def heard(house):
    return [line.text for line in house.platform.group_chat(CHAT)]


async def test_nothing_goes_out_before_the_member_taps(house, channel, account):
    sent = await channel.send(account, CHAT, Text("10日接待"), "k")
    assert (sent.waits_for_tap, heard(house)) == (True, [])
    assert await channel.outcome(account, CHAT, sent.platform_id) == Outcome(Tap.WAITING, 0)
    assert house.platform.taps_broadcasts("qiaowen") == [CHAT]
    assert heard(house) == ["10日接待"]
    outcome = await channel.outcome(account, CHAT, sent.platform_id)
    assert (outcome.tap, outcome.at) == (Tap.SENT, house.clock.now())


async def test_the_member_sees_the_task_and_each_reminder_of_which_there_are_three_a_day(house, channel, account):
    sent = await channel.send(account, CHAT, Text("10日接待"), "k")
    for _ in range(MOST_REMINDERS):
        await channel.remind(account, sent.platform_id)
    with pytest.raises(SendFailed) as failed:
        await channel.remind(account, sent.platform_id)
    assert failed.value.errcode == 45009
    assert len(house.platform.chat_of("qiaowen")) == 1 + MOST_REMINDERS


async def test_what_was_taken_back_cannot_be_tapped(house, channel, account):
    sent = await channel.send(account, CHAT, Text("10日接待"), "k")
    await channel.withdraw(account, sent.platform_id)
    assert house.platform.taps_broadcasts("qiaowen") == []
    assert heard(house) == []


async def test_a_group_hears_as_many_broadcasts_a_month_as_it_has_days(house, channel, account):
    for number in range(31):
        await channel.send(account, CHAT, Text(str(number)), "k")
        house.platform.taps_broadcasts("qiaowen")
    sent = await channel.send(account, CHAT, Text("一条太多"), "k")
    house.platform.taps_broadcasts("qiaowen")
    assert (await channel.outcome(account, CHAT, sent.platform_id)).tap is Tap.REFUSED
    assert len(heard(house)) == 31


async def test_a_group_of_somebody_else_is_a_failure_and_not_silence(house, channel, account):
    with pytest.raises(SendFailed) as failed:
        await channel.send(account, "wrFremd", Text("10日接待"), "k")
    assert (failed.value.errcode, failed.value.remedy) == (41048, Remedy.GIVE_UP)


async def test_markdown_and_cards_go_as_text(house, channel, account):
    await channel.send(account, CHAT, Markdown("**10日**"), "k")
    await channel.send(account, CHAT, Card("t", "10日接待", "地点：一楼"), "k")
    house.platform.taps_broadcasts("qiaowen")
    assert any("地点：一楼" in words for words in heard(house))
