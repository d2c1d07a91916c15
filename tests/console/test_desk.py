"""The desk: what waits, several in one go, looked for among many, and told when something moves."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.store import word_index
from bot.store.tables import faq_miss, outgoing, person, suggestion
from handlers.console import live
from tests.console.conftest import word_in
from tests.plugins.house import Actor

MATTERS = ("我们楼电梯坏了一个月，没人来修", "小区门口的路灯坏了，晚上看不见路", "垃圾三天没人清运，味道很大")


@pytest.fixture
async def three(house):
    """Three voters have each asked for something."""
    for number, words in enumerate(MATTERS):
        await Actor(house, "hexin", f"oVoter{number}").sends("subscribes", scene="hepan-1")
        await Actor(house, "hexin", f"oVoter{number}").says(words)
    return [case.number for case in await house.cases()]


@pytest.fixture
async def tian_min(hands):
    return await hands("tian-min")


def count_of(page, pile):
    return int(re.search(rf'href="#{pile}"[^>]*><b>(\d+)</b>', page)[1])


async def states(house):
    return [case.state for case in await house.cases()]


async def test_the_desk_counts_what_waits_and_leads_to_it(house, three, tian_min):
    page = (await tian_min.get("/console/")).text
    assert count_of(page, "triage") == 3
    for number in three:
        assert f"/console/cases/{number}" in page
    await tian_min.does(three[0], "admit", weight="simple")
    page = (await tian_min.get("/console/")).text
    assert (count_of(page, "triage"), count_of(page, "assign")) == (2, 1)


async def test_whoever_has_not_signed_in_time_is_urged_by_one_press(house, three, tian_min):
    (zhang,) = await house.rows(select(person.c.id).where(person.c.code == "zhang-weiguo"))
    await tian_min.does(three[0], "assign", to=zhang.id)
    assert count_of((await tian_min.get("/console/")).text, "unaccepted") == 0
    house.clock.move_to(house.clock.now().replace(day=14))
    await tian_min.signs_in("tian-min")
    page = (await tian_min.get("/console/")).text
    assert count_of(page, "unaccepted") == 1
    version = re.search(rf'{three[0]}/urge".*?name="version" value="([\d.]+)"', page, re.DOTALL)[1]
    done = await tian_min.post(f"/console/cases/{three[0]}/urge", consent=word_in(page), version=version)
    assert "已催办" in done.text


async def test_whom_a_declined_case_did_not_reach_waits_at_the_desk_until_it_is_noted(house, three, tian_min):
    await tian_min.does(three[0], "decline", code="litigation")
    await Actor(house, "hexin", "oVoter0").sends("unsubscribes")
    await house.deliver()
    assert count_of((await tian_min.get("/console/")).text, "untold") == 1
    listed = (await tian_min.get("/console/cases?pile=untold")).text
    assert re.findall(r"data-open>([\w-]+)<", listed) == [three[0]], "the list of a pile has what its number counts"
    await tian_min.does(three[0], "excuse", reason="打过电话了")
    assert count_of((await tian_min.get("/console/")).text, "untold") == 0


async def test_what_was_not_sent_and_what_nobody_could_answer_waits_at_the_desk(house, three, tian_min):
    async def work(db):
        await db.run(update(outgoing).values(state="refused", error="60111 userid not found"))
        values = {"text": "户口本丢了找谁", "state": "open", "created_at": house.clock.now()}
        await db.run(insert(faq_miss).values(**values))

    await house.deps.store.write(work)
    page = (await tian_min.get("/console/")).text
    assert "60111 userid not found" in page
    assert "户口本丢了找谁" in page


# ---- several in one go -----------------------------------------------------------------------------------------------


async def test_several_are_admitted_after_a_look_and_taken_back_by_one_press(house, three, tian_min):
    looked = await tian_min.post("/console/bulk", page="/console/", deed="admit", case=three)
    assert "将受理下面 3 件" in looked.text
    assert await states(house) == ["received"] * 3, "looking does nothing"
    cases = re.findall(r'name="case" value="([^"]+)"', looked.text)
    done = await tian_min.post("/console/bulk/do", consent=word_in(looked.text), deed="admit", case=cases)
    assert "已受理 3 件" in done.text
    assert await states(house) == ["admitted"] * 3
    back = await tian_min.post("/console/bulk/undo", consent=word_in(done.text))
    assert "已撤销受理 3 件" in back.text
    assert await states(house) == ["received"] * 3
    assert "不能再一起撤销" in (await tian_min.post("/console/bulk/undo", page="/console/")).text


async def test_what_moved_meanwhile_is_left_alone_and_named(house, three, tian_min, hands):
    looked = await tian_min.post("/console/bulk", page="/console/", deed="admit", case=three)
    cases = re.findall(r'name="case" value="([^"]+)"', looked.text)
    await (await hands("han-xueqin")).does(three[1], "decline", code="petition")
    done = await tian_min.post("/console/bulk/do", consent=word_in(looked.text), deed="admit", case=cases)
    assert "已受理 2 件" in done.text
    assert f"{three[1]} 在您打开这一页以后有了变化" in done.text
    assert await states(house) == ["admitted", "declined", "admitted"]


async def test_several_are_assigned_to_one_and_the_same_and_merged_into_the_oldest(house, three, tian_min):
    looked = await tian_min.post("/console/bulk", page="/console/", deed="assign", case=three[:2])
    to = re.search(r'name="to" value="(\d+)"', looked.text)[1]
    cases = re.findall(r'name="case" value="([^"]+)"', looked.text)
    await tian_min.post("/console/bulk/do", consent=word_in(looked.text), deed="assign", case=cases, to=to)
    assert await states(house) == ["assigned", "assigned", "received"]
    looked = await tian_min.post("/console/bulk", page="/console/", deed="merge", case=three)
    assert f"并入 {three[0]}" in looked.text
    cases = re.findall(r'name="case" value="([^"]+)"', looked.text)
    into = {"deed": "merge", "into": three[0]}
    done = await tian_min.post("/console/bulk/do", consent=word_in(looked.text), case=cases, **into)
    assert "已并案 2 件" in done.text
    assert [case.merged_into_id is None for case in await house.cases()] == [True, False, False]
    await tian_min.post("/console/bulk/undo", consent=word_in(done.text))
    assert [case.merged_into_id for case in await house.cases()] == [None] * 3


# ---- looked for among many -------------------------------------------------------------------------------------------


async def test_cases_are_found_by_number_words_state_and_mark(house, three, tian_min):
    async def found(query):
        return set(re.findall(r"data-open>([\w-]+)<", (await tian_min.get(f"/console/cases?{query}")).text))

    assert await found("") == set(three)
    assert await found("q=2") == {three[1]}
    assert await found(f"q={three[2].upper()}") == {three[2]}
    assert await found("q=路灯") == {three[1]}
    assert await found("q=100%25") == set()
    assert await found("state=closed") == set()
    assert await found("state=open") == set(three)
    await tian_min.does(three[0], "seal")
    assert await found("mark=confidential") == {three[0]}
    assert await found("station=999999&category=x&mark=y&state=z&before=-1") == set(), (
        "nonsense finds nothing, and breaks nothing"
    )


async def test_many_cases_come_a_page_at_a_time_each_once(house, three, tian_min):
    (first, *_) = await house.cases()
    values = {name: getattr(first, name) for name in first._fields if name not in ("id", "number")}

    async def work(db):
        for number in range(120):
            await db.run(insert(suggestion).values(number=f"hepan-261201-{number}", **values))

    await house.deps.store.write(work)
    seen, path = [], "/console/cases"
    while path:
        page = (await tian_min.get(path)).text
        seen += re.findall(r"data-open>([\w-]+)<", page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more and more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 123
    assert len(page.encode()) <= 60_000


async def test_a_word_that_many_said_is_found_in_the_newest_of_them_and_a_page_at_a_time(house, three, tian_min):
    (first, *_) = await house.cases()
    values = {name: getattr(first, name) for name in first._fields if name not in ("id", "number", "text")}

    async def work(db):
        for number in range(400):
            text = "路灯不亮，还有一件稀罕事" if number in (3, 390) else "路灯不亮"
            await db.run(insert(suggestion).values(number=f"hepan-261201-{number}", text=text, **values))

    await house.deps.store.write(work)
    house.clock.move(timedelta(minutes=2))
    assert await word_index.fill(house.deps.store, house.clock.now()) == 403

    async def found(path):
        page = (await tian_min.get(path)).text
        more = re.search(r'rel="next" href="([^"]+)"', page)
        return re.findall(r"data-open>([\w-]+)<", page), more and more[1].replace("&amp;", "&")

    numbers, more = await found("/console/cases?q=路灯")
    assert numbers == [f"hepan-261201-{number}" for number in range(399, 349, -1)]
    assert (await found(more))[0][0] == "hepan-261201-349"
    assert (await found("/console/cases?q=路灯 稀罕"))[0] == ["hepan-261201-390", "hepan-261201-3"]
    assert (await found("/console/cases?q=路灯不亮&mark=published"))[0] == []
    assert (await found("/console/cases?q=261201-39"))[0] == ["hepan-261201-39"], "the end of a number, not its middle"
    assert (await found("/console/cases?q=39"))[0] == ["hepan-261201-39"]


# ---- told when something moves ---------------------------------------------------------------------------------------


async def test_an_open_page_hears_of_a_new_case_and_hears_no_more_once_signed_out(house, three, tian_min, monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0.05)
    async with tian_min.http.get(f"{house.url}/console/live") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"\n\n") == b"retry: 5000\n\n"
        await Actor(house, "hexin", "oVoter9").says("楼道里的灯坏了，老人摔了一跤")
        assert await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5) == b"event: change\ndata: 1\n\n"
        await tian_min.post("/console/out", page="/console/me", everywhere="1")
        assert await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5) == b"event: over\ndata: 1\n\n"
        assert await asyncio.wait_for(stream.content.read(), 5) == b""
