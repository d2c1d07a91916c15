"""A matter taken back by its voter, answered by several units, and held until the units met the representative."""

import pytest

from bot.store.tables import assignment, deadline, limit_, outgoing
from tests.plugins.house import Actor

NUMBER = "hepan-261207-1"


@pytest.fixture
def meng(house):
    """Who answers for the 城市管理局."""
    house.platform.add_members("gongzuo", "mengdawei")
    return Actor(house, "gongzuo", "mengdawei")


@pytest.fixture
def fan(house):
    """Who answers for the 住房和城乡建设局."""
    house.platform.add_members("gongzuo", "fanxiaolei")
    return Actor(house, "gongzuo", "fanxiaolei")


@pytest.fixture
async def case(house, neighbour):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await house.deliver()
    return NUMBER


async def gate(house, value):
    async def choose(db):
        await db.run(limit_.update().where(limit_.c.code == "meetings-gate").values(value=value))

    await house.deps.store.write(choose)


async def state(house):
    return (await house.cases())[0].state


async def test_a_voter_takes_back_what_was_handed_over(house, case, neighbour, tian, zhang):
    """Its holder is released and told with the desk, no clock runs on, and the line is in the history."""
    await tian.says("受理 1 张卫国")
    await house.deliver()
    assert "已撤回" in await neighbour.says("撤回")
    await house.deliver()
    assert "已由群众撤回" in zhang.heard()[-1]
    assert "已由群众撤回" in tian.heard()[-1]
    assert await state(house) == "withdrawn"
    assert {row.state for row in await house.rows(assignment.select())} == {"dropped"}
    assert await house.rows(deadline.select().where(deadline.c.met_on.is_(None))) == []
    assert (await house.history((await house.cases())[0]))[-1].move == "withdraw"
    assert "没有等您办的" in await zhang.says("待办")
    card = next(
        line.card
        for line in house.platform.chat_of("zhangweiguo", "gongzuo")
        if line.card and "assign" in line.card.task_id
    )
    assert card.said == "群众已撤回"


async def test_what_was_signed_for_is_not_taken_back(house, case, neighbour, tian, zhang):
    await tian.says("受理 1 张卫国")
    await zhang.says("签收 1")
    assert "发“人工”请工作人员处理" in await neighbour.says("撤回")
    assert await state(house) == "accepted"


async def test_whoever_joined_hears_of_a_withdrawal_and_whoever_was_linked_goes_on_alone(
    house, case, neighbour, tian, kang, passer
):
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    assert "已记下您也遇到了" in await passer.says(f"我也遇到了 {NUMBER}")
    await neighbour.says("撤回")
    await house.deliver()
    assert "hepan-261207-2（" in kang.heard()[-1]
    assert "单独办理" in kang.heard()[-1]
    assert "已由提出人撤回" in passer.heard()[-1]
    _, other = await house.cases()
    assert (other.state, other.merged_into_id) == ("received", None)
    assert "hepan-261207-2" in await tian.says("待办")


async def test_the_opinions_of_those_who_assist_go_out_with_the_leads_reply(house, case, neighbour, tian, meng, fan):
    """The voter reads each opinion under its unit's name, and the lead is told who gave none."""
    await tian.says("受理 1")
    await tian.says("城市管理局 协办 住房和城乡建设局 交通运输局")
    await meng.says("签收 1")
    await fan.says("答复 1 灯杆归我局，可一并更换")
    answer = await meng.says("答复 1 A类 灯已换好")
    assert "交通运输局还没有给协办意见" in answer
    assert "住房和城乡建设局还没有" not in answer
    await house.deliver()
    heard = neighbour.heard()[-1]
    assert "灯已换好" in heard
    assert "泉阳市住房和城乡建设局的协办意见：灯杆归我局，可一并更换" in heard
    assert "交通运输局" not in heard
    assert await house.rows(deadline.select().where(deadline.c.met_on.is_(None))) == [], "nobody is late any more"


async def test_an_opinion_of_the_last_round_is_not_told_again(house, case, neighbour, tian, meng, fan):
    await tian.says("受理 1")
    await tian.says("城市管理局 协办 住房和城乡建设局")
    await fan.says("答复 1 灯杆归我局，可一并更换")
    await meng.says("答复 1 A类 灯已换好")
    await house.deliver()
    await neighbour.says("3")
    await neighbour.says("1")
    assert "住房和城乡建设局还没有给协办意见" in await meng.says("答复 1 A类 又换了两盏")
    await house.deliver()
    assert "灯杆" not in neighbour.heard()[-1]


async def test_where_the_office_says_so_no_reply_goes_out_before_the_meetings(house, case, neighbour, tian, meng):
    await gate(house, 2)
    await tian.says("受理 1")
    await tian.says("城市管理局")
    await meng.says("签收 1")
    assert "还没有办前、办中与代表见面的记录" in await meng.says("答复 1 A类 灯已换好")
    await meng.says("见面 1 前 电话")
    assert "还没有办中与代表见面的记录" in await meng.says("答复 1 A类 灯已换好")
    assert await state(house) == "accepted"
    await meng.says("见面 1 中 当面")
    answer = await meng.says("答复 1 A类 灯已换好")
    assert "答复已发给提出人" in answer
    assert "见面" not in answer
    await house.deliver()
    assert "灯已换好" in neighbour.heard()[-1]


async def test_a_refused_reply_signs_for_nothing(house, case, tian, meng):
    await gate(house, 2)
    await tian.says("交办 1 城市管理局")
    assert "与代表见面的记录" in await meng.says("答复 1 A类 灯已换好")
    assert await state(house) == "assigned"


@pytest.mark.parametrize(("value", "said"), [(1, True), (0, False)])
async def test_the_meetings_are_missed_aloud_or_not_at_all(house, case, tian, meng, value, said):
    await gate(house, value)
    await tian.says("交办 1 城市管理局")
    answer = await meng.says("答复 1 A类 灯已换好")
    assert "答复已发给提出人" in answer
    assert ("还没有办前、办中与代表见面的记录" in answer) is said
    assert await house.rows(outgoing.select().where(outgoing.c.content.contains("灯已换好")))
