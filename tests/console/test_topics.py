"""Hot topics and the curve of learning: what many wrote of, what the desk does with it, whether guesses get better."""

import re

import pytest
from sqlalchemy import insert

from bot.store.tables import subject_model
from handlers.console import topics
from tests.console.test_board import cases_on
from tests.plugins.house import Actor

LIFT = tuple(f"滨河家园3号楼电梯坏了没人修，老人下不了楼{end}" for end in ("", "。", "！", "……"))


@pytest.fixture
async def written(house):
    """Four write of one lift, one of something else, and one of the lift in confidence."""
    for number, words in enumerate((*LIFT, "公交车等一个小时不来")):
        each = Actor(house, "hexin", f"oVoter{number}")
        await each.sends("subscribes", scene="hepan-1")
        await each.says(words)
    shy = Actor(house, "hexin", "oShy")
    await shy.sends("subscribes", scene="hepan-1")
    await shy.says("3号楼电梯坏了，物业不管，请保密")
    return [case.number for case in await house.cases() if case.text in LIFT]


def opened(page):
    return re.findall(r'href="(/console/topics\?of=[^"]+)"', page.text)


async def test_a_topic_opens_the_very_cases_it_counts_and_no_confidential_one(written, hands):
    tian = await hands("tian-min")
    page = await tian.get("/console/topics")
    (path,) = opened(page)
    assert "4 件" in page.text
    assert sorted(cases_on(await tian.get(path))) == sorted(written)


async def test_the_office_takes_a_topic_on_its_list_in_one_go_and_back(house, written, hands):
    han = await hands("han-xueqin")
    (path,) = opened(await han.get("/console/topics"))
    look = await han.post("/console/bulk", page=path, case=written, deed="supervise")
    assert "列入代表工委的督办名单" in look.text
    assert all(case.supervised_at is None for case in await house.cases()), "looking does nothing"
    versions = re.findall(r'name="case" value="([^"]+)"', look.text)
    done = await han.post("/console/bulk/do", page=path, case=versions, deed="supervise")
    assert "已列入督办 4 件" in done.text
    assert sorted(case.number for case in await house.cases() if case.supervised_at) == sorted(written)
    assert "已解除督办 4 件" in (await han.post("/console/bulk/undo", page="/console/")).text
    assert all(case.supervised_at is None for case in await house.cases())


async def test_a_clerk_cannot_put_a_topic_on_the_offices_list(house, written, hands):
    tian = await hands("tian-min")
    (path,) = opened(await tian.get("/console/topics"))
    assert 'value="supervise"' not in (await tian.get(path)).text
    look = await tian.post("/console/bulk", page=path, case=written, deed="supervise")
    assert re.findall(r'name="case" value', look.text) == []


async def test_topics_of_other_stations_are_not_there_and_an_auditor_only_looks(written, hands, auditor):
    qiao = await hands("qiao-wen")
    assert opened(await qiao.get("/console/topics")) == []
    assert cases_on(await qiao.get(f"/console/topics?of={written[0]}")) == []
    yan = await hands("yan-cha")
    (path,) = opened(await yan.get("/console/topics"))
    page = await yan.get(path)
    assert sorted(cases_on(page)) == sorted(written)
    assert 'name="deed"' not in page.text


async def test_topics_are_grouped_anew_after_ten_minutes_and_a_page_does_not_wait_for_long(
    house, written, hands, monkeypatch
):
    tian = await hands("tian-min")
    await tian.get("/console/topics")
    last = Actor(house, "hexin", "oLate")
    await last.sends("subscribes", scene="hepan-1")
    await last.says(LIFT[0])
    assert "5 件" not in (await tian.get("/console/topics")).text.split("<ol")[1]
    house.clock.move(topics.KEPT)
    assert "5 件" in (await tian.get("/console/topics")).text.split("<ol")[1]
    topics._KNOWN.clear()
    monkeypatch.setattr(topics, "PATIENCE_S", 0)
    assert "正在归类" in (await tian.get("/console/topics")).text


async def test_the_curve_shows_each_version_beside_the_words_alone(house, written, hands):
    tian = await hands("tian-min")
    assert "还没有学过" in (await tian.get("/console/subjects")).text
    rows = [("retired", 0.61), ("active", 0.734), ("rejected", 0.52)]
    for number, (state, accuracy) in enumerate(rows, 1):
        values = {"state": state, "learnt_from": 60 * number, "last_correction": number, "accuracy": accuracy,
                  "by_words": 0.583, "facts": "{}", "data": b"", "trained_at": house.clock.now()}  # fmt: skip
        await house.deps.store.write(lambda db, values=values: db.run(insert(subject_model).values(**values)))
    page = (await tian.get("/console/subjects")).text
    assert re.search(r"第 2 版.*?73\.4%.*?58\.3%.*?在用", page, re.DOTALL)
    assert page.count("<polyline") == 3
    assert re.search(r'period=2026-12">6<', page), "the month's cases, of this station"
    assert "period=2026-12" not in (await (await hands("qiao-wen")).get("/console/subjects")).text
