"""Reception days at the console: found, moved after a look, seated, their notices proven – and only one's own."""

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from bot.store.tables import duty, notice, outgoing, person, reception_day, station
from tests.console.conftest import word_in


@pytest.fixture
async def planned(house):
    await house.tick("plan")


@pytest.fixture
async def tian(planned, hands):
    return await hands("tian-min")


async def the_day(house, code="hepan", on="2026-12-10"):
    query = select(reception_day).join(station, station.c.id == reception_day.c.station_id)
    (row,) = await house.rows(query.where(station.c.code == code, reception_day.c.planned_on == on))
    return row


async def decide(hand, day, deed, step="look", **fields):
    """Fill in the form of a decision: first the look, then (with step=deed) the deed itself."""
    page = await hand.get(f"/console/reception/{day.id}")
    version = re.search(r'name="version" value="(\d+)"', page.text)
    known = {"version": version[1] if version else "", "deed": deed}
    return await hand.post(f"/console/reception/{day.id}/{step}", consent=word_in(page.text), **known | fields)


MOVE = {"to": "2026-12-14", "starts": "14:00", "ends": "16:00", "reason": "会议室装修"}


async def test_days_are_found_by_what_they_lack(house, tian):
    day = await the_day(house)
    assert f"/console/reception/{day.id}" in (await tian.get("/console/reception")).text
    assert f"/console/reception/{day.id}" not in (await tian.get("/console/reception?tab=gaps")).text
    await house.deps.store.write(lambda db: db.run(update(duty).where(duty.c.day_id == day.id).values(state="excused")))
    gaps = (await tian.get("/console/reception?tab=gaps")).text
    assert f"/console/reception/{day.id}" in gaps
    assert "没人值班" in (await tian.get(f"/console/reception/{day.id}")).text


async def test_a_look_says_whom_a_move_tells_and_does_nothing(house, tian):
    day = await the_day(house)
    sits = await house.rows(select(duty).where(duty.c.day_id == day.id, duty.c.state == "seated"))
    looked = await decide(tian, day, "move", **MOVE)
    assert looked.status == 200
    assert f"会告诉 {len(sits)} 处" in looked.text
    assert "原定12月10日（星期四）的代表接待日改到12月14日（星期一） 14:00–16:00" in looked.text
    assert await the_day(house) == day
    news = select(outgoing).where(outgoing.c.key.startswith("moved:"))
    assert await house.rows(news) == []
    done = await decide(tian, day, "move", "move", **MOVE)
    assert "已改期" in done.text
    now = await the_day(house)
    assert (now.date, now.starts, now.ends, now.reason) == ("2026-12-14", "14:00", "16:00", "会议室装修")
    assert len(await house.rows(news)) == len(sits), "the look told the truth"
    back = await decide(tian, now, "restore", "restore")
    assert "已恢复" in back.text
    assert (await the_day(house)).date == "2026-12-10"


@pytest.mark.parametrize(("fields", "says"), [
    ({"reason": " "}, "请写理由"), ({"to": "tomorrow"}, "请选好改到哪一天"), ({"to": "2026-12-01"}, "今天以后、一年以内"),
    ({"ends": "13:00"}, "不早于结束"), ({"version": "7"}, "刚刚有了变化"),
])  # fmt: skip
async def test_what_cannot_be_is_said_and_the_words_stay(house, tian, fields, says):
    day = await the_day(house)
    for step in ("look", "move"):
        refused = await decide(tian, day, "move", step, **MOVE | fields)
        assert (refused.status, says in refused.text) == (409, True), step
        if step == "move" and "reason" not in fields:
            assert "会议室装修" in refused.text
    assert await the_day(house) == day


async def test_a_day_is_cancelled_and_comes_back(house, tian):
    day = await the_day(house)
    assert "取消，还没有发生" in (await decide(tian, day, "cancel", reason="大雪")).text
    assert "已取消" in (await decide(tian, day, "cancel", "cancel", reason="大雪")).text
    cancelled = await the_day(house)
    assert (cancelled.state, cancelled.reason) == ("cancelled", "大雪")
    await decide(tian, cancelled, "restore", "restore")
    assert (await the_day(house)).state == "planned"


async def test_somebody_is_seated_and_taken_off_again(house, tian):
    day = await the_day(house)
    (other,) = await house.rows(select(person).where(person.c.name == "李秀英"))
    page = await tian.get(f"/console/reception/{day.id}")
    assert f'<option value="{other.id}">' in page.text
    seated = await tian.post(f"/console/reception/{day.id}/seat", consent=word_in(page.text), person=other.id)
    assert "已安排" in seated.text
    assert f'<option value="{other.id}">' not in seated.text
    away = await tian.post(f"/console/reception/{day.id}/unseat", consent=word_in(page.text), name="李秀英")
    assert "已撤下" in away.text
    stranger = await tian.post(f"/console/reception/{day.id}/seat", consent=word_in(page.text), person=999_999)
    assert (stranger.status, "请选一位" in stranger.text) == (409, True)


async def test_a_notice_shows_its_proof_or_is_vouched_for(house, tian):
    await house.tick("remind")
    await house.deliver()
    await house.tick("proof")
    day = await the_day(house)
    proven, *_ = await house.rows(select(notice).where(notice.c.day_id == day.id, notice.c.state == "proven"))
    page = await tian.get(f"/console/reception/{day.id}")
    assert proven.answer in page.text
    assert "已公告" in (await tian.get("/console/reception/notices")).text
    await house.deps.store.write(lambda db: db.run(update(notice).where(notice.c.id == proven.id).values(state="owed")))
    vouched = await tian.post(f"/console/reception/{day.id}/vouch", consent=word_in(page.text), notice=proven.id)
    assert "记下了" in vouched.text
    assert "工作人员手工" in vouched.text
    back = await tian.post(f"/console/reception/{day.id}/unvouch", consent=word_in(page.text), notice=proven.id)
    assert "已撤销" in back.text
    assert "工作人员手工" not in back.text


async def test_another_stations_day_is_not_there_and_an_auditor_only_looks(house, planned, auditor, hands):
    day = await the_day(house)
    qiao, yan = await hands("qiao-wen"), await hands("yan-cha")
    assert (await qiao.get(f"/console/reception/{day.id}")).status == 404
    for step in ("look", "move", "seat", "vouch", "unvouch"):
        refused = await qiao.post(f"/console/reception/{day.id}/{step}", page="/console/reception", **MOVE, deed="move")
        assert refused.status == 404, step
    seen = await yan.get(f"/console/reception/{day.id}")
    assert seen.status == 200
    assert f"/console/reception/{day.id}/" not in seen.text, "no form leads anywhere"
    assert await the_day(house) == day


async def test_a_page_of_days_leads_to_the_next(house, planned, hands):
    han = await hands("han-xueqin")
    seen, path = [], "/console/reception"
    while path:
        page = await han.get(path)
        seen += re.findall(r"/console/reception/(\d+)", page.text)
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = more[1].replace("&amp;", "&") if more else ""
    today = date(2026, 12, 7).isoformat()
    all_of_them = await house.rows(select(reception_day.c.id).where(reception_day.c.date >= today))
    assert len(seen) == len(set(seen))
    assert 0 < len(seen) <= len(all_of_them)
