"""In an internal group the robot answers who calls it, and nobody's private life is read aloud."""

import pytest

from tests.journeys.conftest import GROUP, misses


async def test_what_does_not_call_the_robot_is_not_even_heard(house):
    await house.platform.says_in_group(GROUP, "zhangweiguo", "路灯坏了，谁管管")
    assert await house.heard() == []


async def test_a_complaint_that_calls_it_is_logged_and_named_by_number_and_subject_only(house, circle):
    answer = await circle.mentions("三号楼路灯坏了请修，找我13800138000，身份证140311195001011234")
    assert "hepan-261207-1" in answer
    assert "13800138000" not in answer
    assert "140311195001011234" not in answer
    assert "10 分钟" not in answer
    (case,) = await house.cases()
    assert "13800138000" in case.text  # kept for those who handle it


@pytest.mark.parametrize("command", ["接待日", "我的代表", "帮助"])
async def test_commands_are_answered_in_the_group(house, circle, command):
    await house.tick("plan")
    assert await circle.mentions(command)


async def test_chat_stays_unanswered(circle):
    assert await circle.mentions("今天天气不错") == ""


async def test_a_number_typed_as_a_case_is_not_read_aloud(circle):
    answer = await circle.mentions("进度 13800138000")
    assert "没有找到" in answer
    assert "13800138000" not in answer


async def test_a_near_question_is_not_discussed_in_front_of_everybody(house, circle):
    answer = await circle.mentions("代表能帮我涨工资吗？")
    assert "1." not in answer
    assert "没有把握" in answer
    assert len(await misses(house)) == 1


async def test_unsure_words_get_a_hint_and_nothing_waits(house, circle):
    assert "建议" in await circle.mentions("都是垃圾")
    await circle.mentions("是")
    assert await house.cases() == []


async def test_the_word_alone_asks_for_the_whole_and_nothing_waits(house, circle, zhang):
    assert "@我" in await circle.mentions("建议")
    await zhang.says("谢谢")
    assert await house.cases() == []


async def test_what_was_asked_in_private_is_not_answered_by_words_in_the_group(house, circle, zhang):
    await zhang.says("建议")
    await circle.mentions("今天天气不错")
    assert await house.cases() == []
    assert "编号" in await zhang.says("活动室想添两把椅子")


async def test_danger_is_answered_in_the_group_too(house, circle):
    assert "110" in await circle.mentions("有人拿刀砍人了")


async def test_what_a_failure_says_is_not_said_in_a_group(house, circle):
    """A refusal names a number only."""
    assert "还没有登记过" in await circle.mentions("撤回")
