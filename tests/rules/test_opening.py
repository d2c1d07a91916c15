"""What only announces a matter, what is only manners, what nobody can see."""

import pytest

from bot.rules.opening import announces, blank, only_manners, small_talk


@pytest.mark.parametrize(
    "words",
    ["我想反映个事", "有个事", "您好，我想反映一个问题", "有件事想跟您说说", "我要投诉", "还有个事", "有意见", "代表您好，有个情况反映一下", "有个问题想问一下", "我有个建议。"],
)  # fmt: skip
def test_words_that_announce_a_matter_are_told(words):
    assert announces(words)


@pytest.mark.parametrize(
    "words", ["", "我想投诉物业", "电梯的事", "反映一下小区门口的路灯问题", "我家孩子上学的事", "接待日", "有人管吗", "建议修路"]
)  # fmt: skip
def test_words_that_name_the_matter_are_the_matter(words):
    assert not announces(words)


@pytest.mark.parametrize("words", ["好的", "嗯嗯，好的", "知道了", "行吧", "就这些", "收到！"])
def test_manners_are_only_manners(words):
    assert only_manners(words)


@pytest.mark.parametrize("words", ["好的，3号楼", "可以修吗", "", "路灯坏了"])
def test_words_that_say_more_are_more_than_manners(words):
    assert not only_manners(words)


@pytest.mark.parametrize("words", ["", "  ", "\u200b\u200d", "\u202e\n\t", "\ufeff"])
def test_what_nobody_can_see_is_blank(words):
    assert blank(words)


@pytest.mark.parametrize("words", ["。", "😀", "1", "\u200b路"])
def test_a_single_visible_sign_is_not_blank(words):
    assert not blank(words)


def test_the_weather_is_small_talk_and_the_evening_is_not():
    assert small_talk("今天天气不错")
    assert small_talk("你是机器人吗")
    assert small_talk("😀")
    assert not small_talk("晚上七点以后")
