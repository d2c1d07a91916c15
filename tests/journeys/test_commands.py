"""Every command, as a voter says it."""

from datetime import datetime

import pytest
from sqlalchemy import select, update

from bot.clock import SHANGHAI
from bot.store.tables import assignment, identity, membership, person
from tests.journeys.conftest import message


@pytest.mark.parametrize("word", ["帮助", "菜单", "？", " 帮助。", "幫助"])
async def test_help_says_all_one_can_say(wang, word):
    answer = await wang.says(word)
    for command in ("进度", "撤回", "接待日", "我的代表", "人工", "取消"):
        assert command in answer


@pytest.mark.parametrize("said", ["建议 河边的垃圾没人清", "建议：河边的垃圾没人清", "我要建议，河边的垃圾没人清"])
async def test_what_stands_behind_the_word_is_the_case(house, neighbour, said):
    assert "编号 hepan-261207-1" in await neighbour.says(said)
    (case,) = await house.cases()
    assert case.text == "河边的垃圾没人清"


async def test_the_word_alone_asks_and_the_next_words_are_the_case(house, neighbour):
    assert "什么事" in await neighbour.says("建议")
    assert await house.cases() == []
    assert "编号 hepan-261207-1" in await neighbour.says("今年春节能不能早点发慰问品")
    (case,) = await house.cases()
    assert case.text == "今年春节能不能早点发慰问品"


@pytest.mark.parametrize("opening", ["我想反映个事", "您好，有个问题想反映一下", "有件事想跟代表说说", "我要投诉"])
async def test_words_that_only_announce_a_matter_are_asked_what_it_is(house, neighbour, opening):
    assert "什么事" in await neighbour.says(opening)
    assert "编号 hepan-261207-1" in await neighbour.says("楼下烧烤店半夜还很吵")
    (case,) = await house.cases()
    assert case.text == "楼下烧烤店半夜还很吵"


async def test_progress_names_the_latest_case_or_the_one_asked_for(neighbour, later):
    await neighbour.says("路灯坏了，请修一下")
    later(11)
    await neighbour.says("下水道堵了，请疏通一下")
    assert "hepan-261207-2：下水道堵了" in await neighbour.says("进度")
    assert "hepan-261207-1：路灯坏了" in await neighbour.says("进度 1")
    assert "hepan-261207-1：路灯坏了" in await neighbour.says("查进度 HEPAN-261207-1")
    answer = await neighbour.says("进度 hepan-261207-2")
    assert "12月7日（星期一）登记" in answer
    assert "已收到" in answer


async def test_the_last_part_of_a_number_is_that_number_and_not_its_ending(house, neighbour, later):
    for n in range(1, 12):
        await neighbour.says(f"建议 第{n}棵树要修剪")
        later(11)
    assert "hepan-261207-1：" in await neighbour.says("进度 1")
    assert "hepan-261207-11：" in await neighbour.says("进度 11")


async def test_progress_without_any_case_says_so(neighbour):
    assert "还没有登记过" in await neighbour.says("进度")


async def test_a_case_is_taken_back_once_and_those_told_of_it_are_told(house, neighbour, zhang, tian):
    await neighbour.says("路灯坏了，请修一下")
    await house.deliver()
    assert "hepan-261207-1（路灯坏了，请修一下）已撤回" in await neighbour.says("撤回")
    assert "已经撤回过了" in await neighbour.says("撤回")
    await house.deliver()
    assert [line for line in zhang.heard() if "已由群众撤回" in line] == [
        "hepan-261207-1 已由群众撤回\n事项：路灯坏了，请修一下。无需再办理。"
    ]
    assert sum("已由群众撤回" in line for line in tian.heard()) == 1
    (case,) = await house.cases()
    assert [line.move for line in await house.history(case)] == ["submit", "withdraw"]


async def test_a_case_is_taken_back_by_its_number(house, neighbour, later):
    await neighbour.says("路灯坏了，请修一下")
    later(11)
    await neighbour.says("下水道堵了，请疏通一下")
    assert "hepan-261207-1（路灯坏了，请修一下）已撤回" in await neighbour.says("撤回 1")
    assert [case.state for case in await house.cases()] == ["withdrawn", "received"]


@pytest.mark.parametrize("command", ["进度", "撤回"])
async def test_somebody_elses_number_is_nobodys(house, neighbour, passer, command):
    await neighbour.says("路灯坏了，请修一下")
    answer = await passer.says(f"{command} hepan-261207-1")
    assert "没有找到您名下" in answer
    assert "路灯" not in answer
    assert [case.state for case in await house.cases()] == ["received"]


async def test_reception_day_names_day_hours_and_place_of_ones_own_station(house, neighbour):
    await house.tick("plan")
    answer = await neighbour.says("接待日")
    assert "12月10日（星期四） 09:00–11:00" in answer
    assert "滨河路" in answer
    assert "东岗" not in answer
    assert "暂定" in answer  # January's holidays are not published yet


async def test_the_day_that_is_being_held_is_named_until_its_hours_are_over(house, neighbour, tian):
    house.platform.add_members("gongzuo", "chenlihua")
    await house.tick("plan")
    house.clock.move_to(datetime(2026, 12, 10, 9, 5, tzinfo=SHANGHAI))
    await tian.says("签到 李秀英")
    assert (
        "12月10日（星期四） 09:00–11:00，河畔街道人大代表联络站接待室（滨河路 18 号一楼）（正在接待）"
        in await neighbour.says("接待日")
    )
    house.clock.move_to(datetime(2026, 12, 10, 11, 0, tzinfo=SHANGHAI))
    assert "12月10日" not in await neighbour.says("接待日")


async def test_reception_day_is_honest_while_nothing_is_planned(neighbour):
    assert "还没有排定" in await neighbour.says("接待日")


async def test_my_representatives_are_those_of_the_group_in_its_order(neighbour):
    answer = await neighbour.says("我的代表")
    assert answer.index("张卫国") < answer.index("李秀英") < answer.index("孙美玲")
    assert "全国人大代表" in answer
    assert "刘根生" not in answer


async def test_a_person_is_called_and_the_number_for_urgent_matters_is_said(house, neighbour, tian):
    answer = await neighbour.says("人工")
    assert "已通知工作人员" in answer
    assert "0300-xxx1001" in answer
    await house.deliver()
    assert any("有群众请工作人员联系" in line for line in tian.heard())


async def test_cancel_leaves_a_step_and_outside_of_one_says_what_can_be_taken_back(house, neighbour):
    assert "撤回" in await neighbour.says("取消")
    await neighbour.says("建议")
    assert "已取消" in await neighbour.says("取消")
    await neighbour.says("谢谢")
    assert await house.cases() == []


async def test_a_question_beside_the_talk_does_not_end_it(house, neighbour):
    """Help, progress and thanks are answered; the words asked for are still awaited."""
    await neighbour.says("建议")
    for aside in ("帮助", "接待日", "我的代表", "人工"):
        await neighbour.says(aside)
    assert "编号" in await neighbour.says("老人活动室想添两把椅子")
    (case,) = await house.cases()
    assert case.text == "老人活动室想添两把椅子"


async def test_what_nobody_answered_for_half_an_hour_is_forgotten(house, neighbour, later):
    await neighbour.says("建议")
    later(31)
    assert "您好" in await neighbour.says("你好")
    assert await house.cases() == []


async def test_a_repeat_of_the_platform_gets_the_same_answer_and_changes_nothing(house, neighbour):
    same = message(house, "hexin", "oWang", "滨河路路灯坏了，没人修")
    answers = [(await house.platform.sends_raw_inner("hexin", "oWang", same)).answers for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(await house.cases()) == 1
    assert len([row for row in await house.owed() if row.key.startswith("new:")]) == 2


async def test_the_same_words_sent_twice_by_the_voter_are_no_repeat(house, neighbour, later):
    await house.platform.sends_raw_inner("hexin", "oWang", message(house, "hexin", "oWang", "进度", "1"))
    await house.platform.sends_raw_inner("hexin", "oWang", message(house, "hexin", "oWang", "进度", "2"))
    assert len(neighbour.heard()) == 3  # the welcome, and each its answer


async def test_only_a_representative_of_the_group_is_handed_its_cases(house, neighbour):
    """A voter who is a member before them, by whatever place in the list, is none."""

    async def behind(db):
        await db.run(update(membership).where(membership.c.role == "representative").values(position=9))

    await house.deps.store.write(behind)
    await neighbour.says("滨河路路灯坏了，没人修")
    zhang = select(person.c.id).where(person.c.code == "zhang-weiguo").scalar_subquery()
    (handed,) = await house.rows(select(assignment).where(assignment.c.person_id == zhang))
    assert handed.role == "representative"
    assert len(await house.rows(select(assignment))) == 1


async def test_who_cannot_be_reached_by_us_stands_on_the_call_list(house, neighbour):
    """A robot cannot speak first, and who has left us hears nothing: their card waits for the clerk to see it."""

    async def silent(db):
        them = select(person.c.id).where(person.c.code.in_(("zhang-weiguo", "tian-min")))
        await db.run(update(identity).where(identity.c.person_id.in_(them)).values(reachable=False))

    await house.deps.store.write(silent)
    await neighbour.says("滨河路路灯坏了，没人修")
    cards = [row for row in await house.owed() if row.key.startswith("new:")]
    assert [(row.state, row.error, row.identity_id) for row in cards] == [("parked", "no_address", None)] * 2
