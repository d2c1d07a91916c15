"""Greetings, thanks, chat and danger: nobody becomes a case by being polite."""

import pytest


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("你好", "有什么事请直接说"),
        ("在吗", "有什么事请直接说"),
        ("谢谢", "不客气"),
        ("辛苦了", "不客气"),
        ("好的", "好的"),
        ("今天天气不错", "转给人大代表"),
        ("   ", "空的"),
        ("\u200b\u200d", "空的"),
        ("2", "没有需要您选择"),
        ("很满意", "谢谢您的肯定"),
        ("不满意", "很抱歉"),
    ],
)
async def test_manners_get_manners_and_no_case(house, neighbour, said, heard):
    assert heard in await neighbour.says(said)
    assert await house.cases() == []


@pytest.mark.parametrize("words", ["我不想活了", "三号楼着火了，快来人", "有人拿刀砍人了", "我爸晕倒了快叫救护车"])
async def test_danger_gets_the_numbers_at_once_and_alerts_the_desk(house, neighbour, tian, words):
    answer = await neighbour.says(words)
    assert all(number in answer for number in ("110", "119", "120"))
    await house.deliver()
    (card,) = [line for line in tian.heard() if "危险信号" in line]
    assert words in card
    assert await house.cases() == []


async def test_danger_is_heard_even_while_the_talk_waits_for_something(house, neighbour):
    await neighbour.says("建议")
    assert "110" in await neighbour.says("我不想活了")


async def test_the_clerk_reads_no_phone_number_on_the_card_of_a_danger(house, neighbour, tian):
    await neighbour.says("我不想活了，电话13800138000")
    await house.deliver()
    assert "13800138000" not in "".join(tian.heard())
