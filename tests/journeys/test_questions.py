"""Questions: answered with their source, offered as choices, or handed to a person."""

import pytest

from tests.journeys.conftest import misses

NEAR = ("代表能帮我涨工资吗？", "代表能给孩子办上学吗？", "村委会能管狗吗？", "信访能在手机上打分吗？")
UNKNOWN = "火星上的税怎么交？"


@pytest.fixture
def near(house):
    """A question that is near three entries and sure of none; the index itself says which."""
    faq = house.deps.knowledge.faq
    return next(words for words in NEAR if not (found := faq.ask(words)).answered and len(found.choices) == 3)


def choices_of(house, words):
    return [house.deps.knowledge.answers[c.code] for c in house.deps.knowledge.faq.ask(words).choices]


async def test_a_known_question_is_answered_with_its_source(house, neighbour):
    answer = await neighbour.says("代表能直接帮我解决问题吗？")
    assert "（依据：" in answer
    assert await house.cases() == []
    assert await misses(house) == []


async def test_the_answer_about_reception_days_comes_from_the_calendar(house, neighbour):
    await house.tick("plan")
    assert "12月10日" in await neighbour.says("代表接待日是哪天？")


@pytest.mark.parametrize("which", [1, 2, 3])
async def test_near_questions_are_offered_and_chosen_by_number(house, neighbour, near, which):
    offered = await neighbour.says(near)
    rows = choices_of(house, near)
    assert all(f"{n}. {row.question}" in offered for n, row in enumerate(rows, 1))
    answer = await neighbour.says(str(which))
    assert answer.splitlines()[0][:10] in rows[which - 1].answer or "{" in rows[which - 1].answer
    assert "没有需要您选择" in await neighbour.says(str(which))  # chosen once


async def test_none_of_them_goes_to_a_person_with_the_question(house, neighbour, tian, near):
    await neighbour.says(near)
    assert "转给工作人员" in await neighbour.says("0")
    assert [row.text for row in await misses(house)] == [near]
    await house.deliver()
    assert any(near in line for line in tian.heard())


async def test_a_number_that_was_not_offered_is_asked_again(neighbour, near):
    await neighbour.says(near)
    assert "1 到 3" in await neighbour.says("7")
    assert "1 到 3" not in await neighbour.says("1")


async def test_other_words_than_a_number_are_heard_as_if_nothing_had_been_offered(house, neighbour, near):
    await neighbour.says(near)
    assert "不客气" in await neighbour.says("谢谢")
    await neighbour.says(near)
    assert "编号" in await neighbour.says("我们楼电梯坏了，请修一下")


async def test_an_unknown_question_is_not_guessed_but_kept_and_handed_on(house, neighbour, tian):
    answer = await neighbour.says(UNKNOWN)
    assert "没有把握" in answer
    (miss,) = await misses(house)
    assert (miss.text, miss.state) == (UNKNOWN, "open")
    assert miss.group_id is not None
    await house.deliver()
    assert sum(UNKNOWN in line for line in tian.heard()) == 1
    assert await house.cases() == []


async def test_a_question_beside_an_announced_matter_is_answered_and_the_matter_awaited(house, neighbour):
    await neighbour.says("建议")
    assert "（依据：" in await neighbour.says("代表能直接帮我解决问题吗？")
    assert "编号" in await neighbour.says("老人活动室想添两把椅子")
