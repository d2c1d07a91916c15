"""What the table of permissions forbids is refused to everybody it forbids it to, by words and by buttons."""

import pytest

from bot.rules.lifecycle import MOVES, Role
from tests.plugins.house import Actor

#   move        by words
SAID = {
    "admit": "受理 1",
    "decline": "不受理 1 信访",
    "assign": "交办 1 李秀英",
    "accept": "签收 1",
    "return": "退回 1 不归我",
    "transfer": "转 1 李秀英",
    "visit": "走访 1",
    "close": "办结 1",
    "untold": "已告知 1 打过电话",
    "urge": "催办 1",
    "pause": "暂停 1 等材料",
    "resume": "恢复 1",
    "extend": "延期 1 5 等材料",
    "supervise": "督办 1 关注",
    "release": "解除督办 1 办好了",
    "merge": "并案 1 到 2",
    "unmerge": "撤并 1 不同",
}
PEOPLE = {
    Role.REPRESENTATIVE: "zhangweiguo",
    Role.UNIT: "mengdawei",
    Role.CLERK: "tianmin",
    Role.OFFICE: "hanxueqin",
}
FORBIDDEN = [(move, role) for move in SAID for role in PEOPLE if role not in MOVES[move].by]
STRANGERS = ("lixiuying", "qiaowen", "fanxiaolei")  # another representative, another desk, another unit


@pytest.fixture
async def handled(house, neighbour, tian, zhang):
    """A case that a representative and a unit are handling."""
    house.platform.add_members("gongzuo", *PEOPLE.values(), *STRANGERS)
    await neighbour.says("滨河路的路灯坏了，没人管")
    assert "已交给：张卫国、泉阳市城市管理局" in await tian.says("交办 1 张卫国 城市管理局")
    await zhang.says("签收 1")
    await zhang.says("走访 1 看过了")
    return (await house.cases())[0]


async def steps(house, case):
    return [(line.move, line.role) for line in await house.history(case)]


@pytest.mark.parametrize(("move", "role"), FORBIDDEN, ids=str)
async def test_what_the_table_forbids_is_refused_and_leaves_no_trace(house, handled, move, role):
    before = await steps(house, handled)
    answer = await Actor(house, "gongzuo", PEOPLE[role]).says(SAID[move])
    assert "不归您办" in answer or "没有找到归您办的编号 2" in answer, answer
    assert await steps(house, handled) == before


@pytest.mark.parametrize("person", STRANGERS)
async def test_who_has_no_part_in_a_case_does_not_even_learn_that_it_exists(house, handled, person):
    before = await steps(house, handled)
    stranger = Actor(house, "gongzuo", person)
    for words in SAID.values():
        answer = await stranger.says(words)
        assert "没有找到归您办的编号 1" in answer
        assert "路灯" not in answer
    for button in ("accept", "return", "transfer", "reply", "admit", "decline", "similar", "seen"):
        await stranger.sends("presses", "assign-1-1", f"{button}:{handled.number}")
    await house.deliver()
    assert not any("路灯" in words for words in stranger.heard())
    assert await steps(house, handled) == before


async def test_deeds_are_not_done_in_a_group(house, handled, circle):
    assert "请私聊" in await circle.mentions("签收 1", "zhangweiguo")
