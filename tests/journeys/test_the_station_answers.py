"""What the station knows of itself is answered from the store; what it does not know is not made up."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.actions.faq_import import Line, import_faqs
from bot.store.tables import station
from tests.journeys.conftest import misses
from tests.plugins.house import Actor

ASKED = {
    "联络站的地址在哪里？": "滨河路 18 号",
    "联络站电话多少": "0300-xxx1001",
    "联络站几点上班？": "8:30–12:00",
    "联络站的工作人员是谁？": "田敏",
    "我家附近有联络点或者网格站吗？": "滨河社区代表联络点",
    "别的联络站在哪里？": "职工之家三楼",
    "联络站归谁管？": "和畅区",
    "我们的联系群管哪些小区？": "滨河家园",
    "夜里会给我发消息吗？": "21:30 到 07:30",
    "群里一天会发几条通知？": "至多主动说 3 次",
    "每个月哪几天接待、几点到几点？": "每月 10 日 09:00–11:00",
    "我们群有几位代表？": "有 6 位代表：张卫国",
    "写上去多久有人看？": "1 个工作日内看是否受理",
    "提完以后多久内还能补照片？": "10 分钟",
    "今天联络站上班吗？": "工作日",
    "联络站今年办了多少件事？": "登记了 0 件",
    "怎么联系我的代表？": "张卫国",
}


async def imports(house, **facts):
    """Bring one more answer into the pack, and let the service look."""
    lines = [Line(1, "mars", "火星上的税怎么交？", "没有税。", **facts)]
    await house.deps.store.write(partial(import_faqs, lines=lines, now=house.clock.now(), keep_only=None))
    await house.tick("refresh")


@pytest.fixture
async def far(house):
    """A voter of another district."""
    voter = Actor(house, "hexin", "oFar")
    await voter.sends("subscribes", scene="donggang-1")
    return voter


async def test_the_station_says_of_itself_what_it_knows(house, neighbour):
    for question, fact in ASKED.items():
        answer = await neighbour.says(question)
        assert fact in answer, (question, answer)
        assert "{" not in answer


async def test_another_station_says_its_own(far):
    assert "东岗路 52 号" in await far.says("联络站的地址在哪里？")


async def test_what_the_station_does_not_know_goes_to_a_person(house, neighbour):
    async def forget(db):
        await db.run(update(station).values(hours=""))

    await house.deps.store.write(forget)
    assert "没有把握" in await neighbour.says("联络站几点上班？")
    assert len(await misses(house)) == 1


async def test_a_voter_of_no_group_is_not_told_of_somebody_elses_station(house):
    nobody = Actor(house, "hexin", "oNobody")
    assert "没有把握" in await nobody.says("联络站的地址在哪里？")


async def test_ones_own_matter_is_told_in_private(neighbour):
    assert "还没有登记过" in await neighbour.says("我那件事是谁在办？")
    await neighbour.says("滨河家园3号楼电梯坏了一个月")
    assert "滨河家园3号楼" in await neighbour.says("我那件事是谁在办？")
    assert "编号 hepan-" in await neighbour.says("我的建议编号是多少？")


async def test_an_answer_of_one_station_is_given_there_only(house, neighbour, far):
    await imports(house, station="hepan")
    assert "没有税" in await neighbour.says("火星上的税怎么交？")
    assert "没有把握" in await far.says("火星上的税怎么交？")


async def test_an_answer_ends_with_its_last_day(house, clock, neighbour):
    today = clock.now().date().isoformat()
    await imports(house, valid_from=today, valid_until=today)
    assert "没有税" in await neighbour.says("火星上的税怎么交？")
    clock.move(timedelta(seconds=1))  # else nobody notices that the pack changed
    await imports(house, valid_until="2020-01-01")
    assert "没有把握" in await neighbour.says("火星上的税怎么交？")


async def test_unsure_words_get_an_answer_the_pack_is_sure_of(house, neighbour):
    """火星税 by itself is neither a question nor a request."""
    lines = [Line(1, "mars", "那个火星", "没有人住。")]
    await house.deps.store.write(partial(import_faqs, lines=lines, now=house.clock.now(), keep_only=None))
    await house.tick("refresh")
    assert "没有人住" in await neighbour.says("那个 火星")
