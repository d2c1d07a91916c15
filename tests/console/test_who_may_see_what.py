"""Every page of the console, asked for by everybody it is not for."""

import re

import pytest
from sqlalchemy import insert, select

from bot.actions import auditing, by_desk
from bot.rules.lifecycle import Role
from bot.store.tables import grant, opened, person, station
from handlers.console import PAGES
from tests.console.conftest import word_in

#      role          who has it and nothing else
CAST = {
    Role.CLERK: "tian-min",
    Role.OFFICE: "han-xueqin",
    Role.UNIT: "meng-dawei",
    Role.AUDITOR: "yan-cha",
}
GUARDED = [page for page in PAGES if page.who is not None]


def name_of(page):
    return f"{page.method} {page.path}"


def address(page):
    """Return an address of the page; what it is about need not exist to be refused."""
    return re.sub(
        r"\{(?:number|other)[^}]*\}", "hepan-261207-1", re.sub(r"\{(?!number|other)\w+[^}]*\}", "1", page.path)
    )


async def test_nobody_sees_a_page_without_signing_in(house, hand):
    for page in GUARDED:
        if page.method == "GET":
            assert (await hand.get(address(page))).path == "/console/sign-in", name_of(page)
        else:
            refused = await hand.post(address(page), page="/console/sign-in")
            assert (refused.status, "已经过期" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_nobody_sees_a_page_that_is_for_others(house, auditor, hand, role):
    came = await hand.signs_in(CAST[role])
    assert came.status == 200
    for page in GUARDED:
        if role in page.who:
            continue
        path = address(page)
        refused = await (hand.get(path) if page.method == "GET" else hand.post(path, page="/console/me"))
        assert (refused.status, "这一页您看不了" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_no_form_is_taken_without_its_word(house, auditor, hand, role):
    await hand.signs_in(CAST[role])
    for page in PAGES:
        if page.method == "POST":
            refused = await hand.post(address(page), consent="0" * 32)
            assert (refused.status, "已经过期" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_the_menu_names_only_what_one_may_open(house, auditor, hand, role):
    page = await hand.signs_in(CAST[role])
    menu = page.text.split("<nav")[1].split("</nav>")[0]
    for path in re.findall(r'href="([^"]+)"', menu):
        opened = await hand.get(path)
        assert opened.status == 200, path
        assert word_in(opened.text)


# ---- who only looks --------------------------------------------------------------------------------------------------


async def test_an_auditor_reads_and_moves_nothing_and_every_page_they_open_is_kept(house, auditor, hand, hands, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    (case,) = await house.cases()
    await hand.signs_in("yan-cha")
    page = (await hand.get(f"/console/cases/{case.number}")).text
    assert "电梯坏了一个月" in page
    assert re.findall(r'<details id="(\w+)"', page) == [], "there is nothing to do for them"
    assert "王" not in re.search(r"反映人</dt><dd>(.*?)</dd>", page, re.DOTALL)[1]
    await hand.get("/console/cases?q=电梯")
    for deed in by_desk.DEEDS:
        refused = await hand.post(f"/console/cases/{case.number}/{deed}", page="/console/me", version="1.1")
        assert refused.status == 403, deed
    assert [row.move for row in await house.history(case)] == ["submit"]
    lines = await house.rows(select(opened).order_by(opened.c.id))
    assert {(row.what, row.suggestion_id) for row in lines} >= {
        (f"/console/cases/{case.number}", case.id), ("/console/cases", None)
    }  # fmt: skip
    assert not any("电梯" in row.what for row in lines), "what was searched for is nobody's business"
    below = await hands("han-xueqin")
    assert "颜察" not in (await below.get("/console/trail")).text, "the office that let them see, and those above it"
    trail = (await (await hands("cui-zhengyuan")).get("/console/trail")).text
    assert "颜察" in trail
    assert case.number in trail
    assert len(await house.rows(select(opened))) == len(lines), "the office's own looks are its work"


async def test_a_page_an_auditor_opens_that_cannot_be_noted_is_not_shown(house, auditor, hand, monkeypatch):
    await hand.signs_in("yan-cha")

    async def broken(*_args, **_facts):
        raise RuntimeError("the trail is full")

    monkeypatch.setattr(auditing, "note", broken)
    assert (await hand.get("/console/cases")).status == 500


async def test_an_auditor_of_one_station_sees_no_other_and_the_trail_stays_with_the_office_above(
    house, hand, hands, wang
):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    (case,) = await house.cases()
    (away,) = await house.rows(select(station.c.id).where(station.c.id != case.station_id).limit(1))

    async def work(db):
        mine = await db.add(insert(person).values(code="yan-cha", name="颜察", created_at=house.clock.now()))
        values = {"person_id": mine, "role": "auditor", "station_id": away.id, "at": house.clock.now()}
        await db.run(insert(grant).values(**values))

    await house.deps.store.write(work)
    await hand.signs_in("yan-cha")
    assert (await hand.get(f"/console/cases/{case.number}")).status == 404
    assert case.number not in (await hand.get("/console/cases")).text
    assert (await hand.get("/console/trail")).status == 403
