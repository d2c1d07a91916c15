"""A unit's people at the console: what is theirs to do, each step looked at before it goes, and faults said plainly."""

import re

import pytest
from sqlalchemy import insert, select

from bot.store.tables import assignment, deadline, suggestion, unit
from tests.plugins.house import Actor

FIRST = "hepan-261207-1"
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


async def unit_id(house, code):
    (row,) = await house.rows(select(unit.c.id).where(unit.c.code == code))
    return row.id


@pytest.fixture
async def tian_min(hands):
    return await hands("tian-min")


@pytest.fixture
async def handed(house, wang, tian_min):
    """Wang's case was handed to 市城管局, where Meng works."""
    await wang.sends("subscribes", scene="hepan-1")
    assert FIRST in await wang.says("我们楼电梯坏了一个月，没人来修")
    await tian_min.does(FIRST, "assign", lead=await unit_id(house, "shi-chengguan"), to="")
    return FIRST


@pytest.fixture
async def meng(hands, handed):
    return await hands("meng-dawei")


def counts(page):
    return {name: int(number) for name, number in re.findall(r'href="#(\w+)"[^>]*><b>(\d+)</b>', page)}


@BOTH
async def test_a_unit_sees_what_is_handed_to_it_and_carries_it_to_the_answer(house, handed, wang, meng):
    desk = await meng.get("/console/")
    assert desk.path == "/console/unit"
    assert counts(desk.text) == {"sign": 1, "answer": 0, "opinion": 0}
    version = re.search(r'name="version" value="([\d.]+)"', desk.text)[1]
    await meng.post(f"/console/cases/{handed}/accept", page="/console/unit", version=version)
    desk = (await meng.get("/console/unit")).text
    assert counts(desk) == {"sign": 0, "answer": 1, "opinion": 0}
    assert "还没记办前、办中与代表的见面" in desk
    for stage in ("before", "during"):
        await meng.does(handed, "meet", stage=stage, mode="phone", note="")
    assert "还没记" not in (await meng.get("/console/unit")).text
    assert "答复已发出" in (await meng.does(handed, "reply", text="电梯已修好", grade="A", lacks="")).text
    desk = (await meng.get("/console/unit")).text
    assert set(counts(desk).values()) == {0}
    assert handed in desk.split('id="done"')[1], "what was answered stays in sight"


@BOTH
async def test_a_unit_asks_for_more_time_and_the_desk_hears_it_and_decides(house, handed, meng, tian_min, tian):
    await meng.does(handed, "accept")
    wish = {"until": "2026-12-31", "reason": "配件要从外地运来"}
    shown = await meng.does(handed, "ask_time/look", **wish)
    assert "看工作人员会看到什么" in shown.text
    assert "申请延期到2026年12月31日，理由：配件要从外地运来" in shown.text
    await house.deliver()
    assert not any("申请延期" in line for line in tian.heard()), "looking tells nobody"
    assert "延期申请已告诉工作人员" in (await meng.does(handed, "ask_time", **wish)).text
    await house.deliver()
    assert "申请延期到2026年12月31日" in tian.heard()[-1]
    assert "ask_time" not in await meng.deeds(handed), "it has been asked"
    assert "已申请延期" in (await meng.get("/console/unit")).text
    assert "配件要从外地运来" in (await tian_min.get(f"/console/cases/{handed}")).text.split('id="extend"')[1]
    extended = await tian_min.does(handed, "extend", more="5", reason="配件要从外地运来", agreed="1")
    assert "期限已延长" in extended.text
    assert "ask_time" in await meng.deeds(handed), "answered: it can be asked anew"
    assert "已申请延期" not in (await meng.get("/console/unit")).text


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"until": "", "reason": "等配件"}, "请选今天以后的一天"),
        ({"until": "2026-12-07", "reason": "等配件"}, "请选今天以后的一天"),
        ({"until": "2026-12-31", "reason": ""}, "请在理由一栏写明原因"),
    ],
)
async def test_a_wish_for_time_without_day_or_reason_says_what_lacks_and_keeps_the_words(handed, meng, form, why):
    await meng.does(handed, "accept")
    refused = await meng.does(handed, "ask_time", **form)
    assert refused.status == 409
    assert why in refused.text
    assert form["reason"] in refused.text


async def test_an_opinion_and_a_return_are_looked_at_before_they_go(house, handed, tian_min, hands):
    lead, other = await unit_id(house, "shi-chengguan"), await unit_id(house, "shi-zhujian")
    await tian_min.does(handed, "assign", lead=lead, assisting=[other], to="")
    cao = await hands("fan-xiaolei")
    assert counts((await cao.get("/console/unit")).text)["sign"] == 1
    await cao.does(handed, "accept")
    assert counts((await cao.get("/console/unit")).text)["opinion"] == 1
    shown = await cao.does(handed, "opinion/look", text="电梯已列入更新计划")
    assert "电梯已列入更新计划" in shown.text
    kept = await cao.does(handed, "opinion/again", text="电梯已列入更新计划")
    assert "电梯已列入更新计划" in kept.text.split('id="opinion"')[1]
    shown = await cao.does(handed, "return/look", reason="电梯不归我们管")
    assert "理由：电梯不归我们管" in shown.text
    assert "请在理由一栏写明原因" in (await cao.does(handed, "return/look", reason="")).text


async def test_another_unit_sees_nothing_of_it(house, handed, hands):
    cao = await hands("fan-xiaolei")
    assert handed not in (await cao.get("/console/unit")).text
    assert handed not in (await cao.get("/console/cases")).text
    assert (await cao.get(f"/console/cases/{handed}")).status == 404
    for deed in ("accept", "reply", "ask_time", "reply/look", "ask_time/look"):
        refused = await cao.post(f"/console/cases/{handed}/{deed}", page="/console/unit", version="1.1", text="x")
        assert refused.status == 404, deed


async def test_a_desk_cannot_ask_for_time_and_a_unit_cannot_give_it_to_itself(house, handed, meng, tian_min):
    assert "ask_time" not in await tian_min.deeds(handed)
    await meng.does(handed, "accept")
    assert "extend" not in await meng.deeds(handed)
    refused = await meng.does(handed, "extend", more="5", reason="要延长")
    assert (refused.status, "这一步不归您办" in refused.text) == (409, True)
    assert await Actor(house, "hexin", "oWang").says("进度")


async def test_a_long_pile_comes_a_page_at_a_time_the_nearest_day_first(house, handed, meng):
    (first,) = await house.cases()
    (held,) = await house.rows(select(assignment).where(assignment.c.unit_id.is_not(None)))
    values = {name: getattr(first, name) for name in first._fields if name not in ("id", "number")}
    theirs = {name: getattr(held, name) for name in held._fields if name not in ("id", "suggestion_id")}

    async def work(db):
        for day in range(10, 80):
            case = await db.add(insert(suggestion).values(number=f"hepan-261201-{day}", **values))
            await db.run(insert(assignment).values(suggestion_id=case, **theirs))
            due = {"kind": "promised", "facts": "{}", "due_on": f"20{day}-01-01", "key": f"{case}:promised:1:0"}
            await db.run(insert(deadline).values(suggestion_id=case, **due))

    await house.deps.store.write(work)

    async def shown(path):
        page = (await meng.get(path)).text
        return re.findall(r"data-open>([\w-]+)<", page), page

    numbers, desk = await shown("/console/unit")
    assert counts(desk) == {"sign": 71, "answer": 0, "opinion": 0}
    assert numbers == [f"hepan-261201-{day}" for day in range(10, 22)]
    assert "<b>17</b><small>已逾期" in desk, "also those that the desk does not show"
    assert "看全部 71 件" in desk
    numbers, page = await shown("/console/unit?pile=sign")
    assert numbers[-1] == "hepan-261201-58"
    more = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    rest, page = await shown(more)
    assert len(numbers + rest) == len({*numbers, *rest}) == 71
    assert 'rel="next"' not in page
    assert (await shown("/console/unit?pile=x&from=y"))[0] == (await shown("/console/unit"))[0]
