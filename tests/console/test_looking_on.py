"""Who only looks is let in for a while; a joiner's phone is masked, and who looks at the whole of it is kept."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from bot.store.tables import grant, joiner, office, person, phone_look, station
from tests.console.conftest import word_in
from tests.plugins.house import Actor

CASE = "/console/cases/hepan-261207-1"


async def gives(house, hand, code, until="2026-12-20", table=station, name="颜察"):
    (row,) = await house.rows(select(table).where(table.c.code == code))
    return await hand.post("/console/grants", name=name, place=f"{table.name} {row.id}", until=until)


async def looker(house, hands, han):
    """Let somebody look on and come in by the link the office hands them."""
    await gives(house, han, "hepan")
    (row,) = await house.rows(select(grant))
    given = await han.post(f"/console/people/{row.person_id}/link", page="/console/people")
    path = re.search(r"<code>([^<]+)</code>", given.text)[1].removeprefix(house.url)
    hand = await hands()
    await hand.post(path)
    words = "lantern-river-seven"
    await hand.post("/console/me/password", new=words, again=words)
    return hand, row


async def test_an_auditor_looks_on_at_one_station_until_the_day_is_over(house, hands, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    await Actor(house, "hexin", "oVoterFar").sends("subscribes", scene="shiqiao-1")
    await Actor(house, "hexin", "oVoterFar").says("村口的桥栏杆断了，很危险")
    han = await hands("han-xueqin")
    hand, row = await looker(house, hands, han)
    seen = await hand.get(CASE)
    assert seen.status == 200
    assert (await hand.deeds("hepan-261207-1")) == [], "an auditor only reads"
    assert (await hand.get("/console/cases/shiqiao-261207-1")).status == 404
    house.clock.move(timedelta(days=14))
    assert (await hand.get(CASE)).path == "/console/sign-in", "the day is over, and so is the session"
    assert "已到期" in (await han_again(hands)).text
    assert row.until == "2026-12-20"


async def han_again(hands):
    return await (await hands("han-xueqin")).get("/console/grants")


async def test_a_grant_that_is_ended_is_over_with_the_next_click(house, hands):
    han = await hands("han-xueqin")
    hand, row = await looker(house, hands, han)
    assert (await hand.get("/console/cases")).path == "/console/cases"
    assert "已收回颜察" in (await han.post(f"/console/grants/{row.id}/end", page="/console/grants")).text
    assert (await hand.get("/console/cases")).path == "/console/sign-in"
    assert (await han.post(f"/console/grants/{row.id}/end", page="/console/grants")).status == 404


async def test_nobody_grants_what_is_not_theirs_or_for_ever(house, hands):
    han = await hands("han-xueqin")
    assert "不在您的办公室之内" in (await gives(house, han, "quanyang", table=office)).text
    for until in ("", "2026-12-06", "2028-01-01", "明天"):
        assert "从今天起最长一年" in (await gives(house, han, "hepan", until)).text, until
    assert "请写上姓名" in (await gives(house, han, "hepan", name="")).text
    assert await house.rows(select(grant)) == []
    cui = await hands("cui-zhengyuan")
    await gives(house, cui, "quanyang", table=office)
    (row,) = await house.rows(select(grant))
    assert (await han.post(f"/console/grants/{row.id}/end", page="/console/grants")).status == 404


async def joined(house, wang):
    """Let somebody else have the same trouble, and leave a phone number."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    li = Actor(house, "hexin", "oVoterLi")
    await li.sends("subscribes", scene="hepan-1")
    await li.says("我也遇到了 hepan-261207-1")
    (row,) = await house.rows(select(joiner))

    async def work(db):
        phone = {"name": "李大妈", "phone_sealed": house.deps.sealer.seal("19912345678", "phone")}
        await db.run(update(person).where(person.c.id == row.person_id).values(**phone))

    await house.deps.store.write(work)
    return row


async def test_a_joiners_phone_is_masked_shown_once_and_that_it_was_is_kept(house, hands, wang):
    row = await joined(house, wang)
    tian = await hands("tian-min")
    page = await tian.get(CASE)
    assert "199****5678" in page.text
    assert "19912345678" not in page.text
    shown = await tian.post(f"{CASE}/phone/{row.id}", consent=word_in(page.text))
    assert "19912345678" in shown.text
    again = await tian.get(CASE)
    assert "19912345678" not in again.text, "shown on that answer only"
    assert "田敏 12月7日 10:00 看过全号" in again.text
    (look,) = await house.rows(select(phone_look))
    assert look.person_id == row.person_id


async def test_who_has_no_desk_at_a_case_neither_sees_nor_asks_for_a_joiners_phone(house, hands, wang, auditor):
    row = await joined(house, wang)
    yan = await hands("yan-cha")
    assert "5678" not in (await yan.get(CASE)).text
    for code, status in (("yan-cha", 403), ("qiao-wen", 404), ("meng-dawei", 403)):
        hand = await hands(code)
        assert (await hand.post(f"{CASE}/phone/{row.id}", page="/console/me")).status == status, code
    tian = await hands("tian-min")
    assert (await tian.post(f"{CASE}/phone/999", page="/console/me")).status == 404
    assert await house.rows(select(phone_look)) == []
