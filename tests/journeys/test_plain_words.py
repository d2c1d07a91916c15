"""A voter just says what is wrong, in whatever pieces."""

import pytest


@pytest.mark.parametrize(
    "words",
    [
        "我们楼电梯坏了一个月",
        "滨河路的路灯不亮，晚上看不见路",
        "小区门口下水道堵了，污水流了一地",
        "楼下天天烧垃圾，味道太大了",
    ],
)
async def test_a_complaint_is_logged_without_any_command(house, neighbour, words):
    answer = await neighbour.says(words)
    assert "编号 hepan-261207-1" in answer
    assert "撤回" in answer
    assert [case.text for case in await house.cases()] == [words]


async def test_three_fragments_within_seconds_are_one_case(house, neighbour, later):
    for words in ("我们楼电梯", "坏了一个月", "老人上不去楼"):
        await neighbour.says(words)
        later(0.1)
    (case,) = await house.cases()
    told = case.text + "".join(row.text for row in await house.supplements(case))
    assert all(words in told for words in ("我们楼电梯", "坏了一个月", "老人上不去楼"))


async def test_a_greeting_before_and_thanks_after_are_no_cases(house, neighbour):
    await neighbour.says("您好")
    await neighbour.says("我们楼电梯坏了，请修一下")
    await neighbour.says("谢谢")
    assert len(await house.cases()) == 1


@pytest.fixture
async def unsure(house, neighbour):
    """Words of which nobody can say what they are; returns what the bot asked."""
    answer = await neighbour.says("都是垃圾")
    assert "回“是”" in answer, answer
    assert await house.cases() == []
    return answer


@pytest.mark.parametrize("yes", ["是", "是的。", "嗯", "1", "好的呀"])
async def test_unsure_words_are_logged_after_a_yes(house, neighbour, unsure, yes):
    assert "编号 hepan-261207-1" in await neighbour.says(yes)
    assert [case.text for case in await house.cases()] == ["都是垃圾"]


@pytest.mark.parametrize("no", ["不是", "不用了", "2", "算了"])
async def test_unsure_words_are_dropped_after_a_no(house, neighbour, unsure, no):
    assert "没有登记" in await neighbour.says(no)
    assert await house.cases() == []


async def test_unsure_words_and_more_words_are_one_case(house, neighbour, unsure):
    assert "编号" in await neighbour.says("滨河路桥下面那一片没人清")
    assert [case.text for case in await house.cases()] == ["都是垃圾\n滨河路桥下面那一片没人清"]


async def test_unsure_words_and_a_picture_leave_no_doubt(house, neighbour, unsure):
    assert "编号" in await neighbour.sends("sends_image")
    (case,) = await house.cases()
    assert case.text == "都是垃圾"
    assert [row.kind for row in await house.supplements(case)] == ["image"]


async def test_a_question_in_between_is_answered_and_the_doubt_remains(house, neighbour, unsure):
    await neighbour.says("接待日")
    assert "编号" in await neighbour.says("是")
    assert [case.text for case in await house.cases()] == ["都是垃圾"]


async def test_the_title_of_a_case_carries_no_phone_number(house, neighbour, zhang):
    answer = await neighbour.says("楼道灯坏了请修，电话13800138000")
    assert "13800138000" not in answer
    await house.deliver()
    assert "13800138000" not in "".join(zhang.heard())
    assert (await house.cases())[0].text == "楼道灯坏了请修，电话13800138000"


async def test_a_new_voter_is_welcomed_with_the_number(passer):
    answer = await passer.says("我们楼电梯坏了一个月")
    assert answer.startswith("您好，这里是人大代表联络站。")
    assert "编号 hepan-261207-1" in answer
