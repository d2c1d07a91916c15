"""Reception rules at the console: twelve months before one's eyes, days that follow at once, and a way back."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from bot.clock import SHANGHAI
from bot.rules import ruleform
from bot.store.tables import outgoing, reception_day, reception_rule, station
from commands import data
from tests.console.conftest import word_in
from tests.plugins.house import OFFICE

BASE = {
    "starts": "09:00", "ends": "11:00", "place": "河畔街道联络站", "holiday_policy": "next", "seats": "1", "every": "1",
    "mode": ["offline", "inside", "fixed"],
}  # fmt: skip
SECOND_WEDNESDAY = {"nth": "2WE"}
# worked by hand from a printed calendar; none of them is a holiday that is published
ITS_DAYS = ("12月9日（星期三）", "1月13日（星期三）", "2月10日（星期三）", "3月10日（星期三）", "4月14日（星期三）")


@pytest.fixture
async def tian(house, hands):
    await house.tick("plan")
    return await hands("tian-min")


async def station_id(house, code="hepan"):
    (row,) = await house.rows(select(station.c.id).where(station.c.code == code))
    return row.id


async def looks(hand, path, **fields):
    """Fill in a rule's form and look at it."""
    page = await hand.get(path)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return await hand.post("/console/reception/rules/look", **hidden | BASE | fields)


def sent_on(looked):
    """Return what the look would save."""
    found = {}
    form = looked.text.split('action="/console/reception/rules/save"')[1]
    for name, value in re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(unescape(value))
    return {name: each if len(each) > 1 else each[0] for name, each in found.items()}


async def days_of(house, rule_id):
    query = select(reception_day).where(reception_day.c.rule_id == rule_id).order_by(reception_day.c.date)
    return await house.rows(query)


async def test_a_new_rule_shows_its_twelve_months_is_planned_at_once_and_taken_back(house, tian):
    rules = select(reception_rule).where(reception_rule.c.origin == "desk")
    looked = await looks(tian, f"/console/reception/rules/one?station={await station_id(house)}", **SECOND_WEDNESDAY)
    assert looked.status == 200
    for day in ITS_DAYS:
        assert day in looked.text, day
    assert looked.text.count("<dt class=") >= 12
    assert await house.rows(rules) == []
    saved = await tian.post("/console/reception/rules/save", **sent_on(looked))
    assert "规则已保存" in saved.text
    assert "每月第二个星期三" in saved.text
    (rule,) = await house.rows(rules)
    assert [day.date for day in await days_of(house, rule.id)][:2] == ["2026-12-09", "2027-01-13"]
    undone = await tian.post("/console/reception/rules/undo", page="/console/reception/rules")
    assert "已撤销" in undone.text
    assert {day.state for day in await days_of(house, rule.id)} == {"cancelled"}
    assert [row.active for row in await house.rows(rules)] == [False]


async def test_a_change_says_whom_it_tells_moves_the_days_and_is_left_alone_by_load(house, tian):
    await house.tick("remind")
    await house.deliver()
    path = "/console/reception/rules/one?code=hepan-10"
    page = await tian.get(path)
    assert 'value="10"' in page.text
    looked = await looks(tian, path, month_days="14、月末", starts="14:00", ends="16:00", active="1")
    news = select(outgoing).where(outgoing.c.key.startswith("cancelled:"))
    assert await house.rows(news) == []
    told = int(re.search(r"会告诉 (\d+) 处", looked.text)[1])
    assert told > 0
    assert "12月31日（星期四）" in looked.text
    await tian.post("/console/reception/rules/save", **sent_on(looked))
    assert len(await house.rows(news)) == told
    await data.load_folder(house.deps.settings, OFFICE)
    (rule,) = await house.rows(select(reception_rule).where(reception_rule.c.code == "hepan-10"))
    assert (rule.days_of_month, rule.starts, rule.active, rule.origin) == ("[14, -1]", "14:00", True, "desk")
    await tian.post("/console/reception/rules/undo", page="/console/reception/rules")
    (back,) = await house.rows(select(reception_rule).where(reception_rule.c.code == "hepan-10"))
    assert (back.days_of_month, back.starts, back.origin) == ("[10]", "09:00", "")
    assert "planned" in {day.state for day in await days_of(house, back.id) if day.planned_on == "2026-12-10"}


async def test_a_rule_is_put_out_of_use_and_a_stale_form_is_refused(house, tian):
    path = "/console/reception/rules/one?code=hepan-10"
    stale = await looks(tian, path, month_days="10", active="1")
    off = await looks(tian, path, month_days="10")
    assert "将停用" in off.text
    await tian.post("/console/reception/rules/save", **sent_on(off))
    (rule,) = await house.rows(select(reception_rule).where(reception_rule.c.code == "hepan-10"))
    assert not rule.active
    late = await tian.post("/console/reception/rules/save", **sent_on(stale))
    assert (late.status, "刚刚有人改过" in late.text) == (409, True)


async def test_what_is_wrong_is_said_and_stays_and_another_station_is_not_there(house, tian, hands):
    path = f"/console/reception/rules/one?station={await station_id(house)}"
    wrong = await looks(tian, path, month_days="31", place="三楼会议室", ends="08:00")
    assert wrong.status == 400
    for words in ("1 到 28", "开始要早于结束", 'value="三楼会议室"', 'value="31"'):
        assert words in wrong.text, words
    qiao = await hands("qiao-wen")
    assert (await qiao.get("/console/reception/rules/one?code=hepan-10")).status == 404
    assert (await qiao.get(path)).status == 404
    for step in ("look", "save"):
        fields = BASE | {
            "code": "hepan-10",
            "month_days": "1",
            "consent": word_in((await qiao.get("/console/me")).text),
        }
        assert (await qiao.post(f"/console/reception/rules/{step}", **fields)).status == 404


FORM = {name: value if isinstance(value, list) else [value] for name, value in BASE.items()}


@pytest.mark.parametrize(("fields", "faults"), [
    ({}, ["no_days"]), ({"month_days": ["10、20、月末"]}, []), ({"month_days": ["10,10"]}, ["month_day", "no_days"]),
    ({"weekdays": ["WE", "XX"]}, []), ({"nth": ["-1FR", "5MO"]}, []), ({"dates": ["2026-12-18\n2026-13-01"]}, ["dates", "no_days"]),
    ({"weekdays": ["WE"], "every": ["2"]}, ["every"]), ({"weekdays": ["WE"], "every": ["2"], "since": ["2026-12-02"]}, []),
    ({"weekdays": ["WE"], "since": ["2027-01-01"], "until": ["2026-01-01"]}, ["since"]),
    ({"weekdays": ["WE"], "mode": ["online"]}, ["mode"]), ({"weekdays": ["WE"], "place": [" "]}, ["place"]),
    ({"weekdays": ["WE"], "seats": ["2"], "rota": ["7"]}, ["rota"]), ({"weekdays": ["WE"], "seats": ["many"]}, ["seats"]),
    ({"weekdays": ["WE"], "slot_minutes": ["1"]}, ["number"]), ({"weekdays": ["WE"], "holiday_policy": ["never"]}, ["other"]),
    ({"weekdays": ["WE"], "season-0-since": ["06-01"], "season-0-until": ["13-01"], "season-0-closed": ["1"]}, ["season"]),
    ({"weekdays": ["WE"], "season-0-since": ["06-01"], "season-0-until": ["09-30"], "season-0-starts": ["08:00"],
      "season-0-ends": ["10:00"]}, []),
])  # fmt: skip
def test_a_form_is_read_into_a_rule_or_its_faults(fields, faults):
    rule, _, found = ruleform.read(FORM | fields, "hepan-d1", "hepan")
    assert found == faults
    assert (rule is None) == bool(faults)


async def test_who_announces_longer_ahead_does_so_for_a_day_whose_notice_is_planned_already(house, hands, clock):
    clock.move_to(datetime(2027, 1, 4, 8, 0, tzinfo=SHANGHAI))
    tian = await hands("tian-min")
    await house.tick("plan", "remind")
    notices = select(outgoing).where(outgoing.c.key.like("reminder:%:notice"), outgoing.c.state == "waiting")
    rule = reception_day.c.rule_id.in_(select(reception_rule.c.id).where(reception_rule.c.code == "hepan-10"))
    of_rule = outgoing.c.reception_day_id.in_(select(reception_day.c.id).where(rule))
    (before, *_) = await house.rows(notices.where(of_rule).order_by(outgoing.c.due_at))
    looked = await looks(
        tian, "/console/reception/rules/one?code=hepan-10", month_days="10", active="1", notice_ahead="6",
        place="河畔街道人大代表联络站接待室（滨河路 18 号一楼）",
    )  # fmt: skip
    await tian.post("/console/reception/rules/save", **sent_on(looked))
    await house.tick("remind")
    (after, *_) = await house.rows(notices.where(of_rule).order_by(outgoing.c.due_at))
    assert before.due_at - after.due_at == timedelta(days=3)
