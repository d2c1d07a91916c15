"""What staff say of reception days and duty is understood; what only sounds alike is left alone."""

from datetime import date

import pytest

from bot.errors import Refused
from bot.rules import staffwords
from bot.rules.receptionwords import day_meant, deed_of

#   said                                        deed           days                        hours               rest
SAID = [
    ("改期 12-10 12-12 会议室装修", "move_day", ((0, 12, 10), (0, 12, 12)), (), "会议室装修"),
    ("改期12月10日到12月12日，会议室装修", "move_day", ((0, 12, 10), (0, 12, 12)), (), "会议室装修"),
    ("改期 2026-12-10 改到 2027-1-5 14:00-16:00 停电", "move_day", ((2026, 12, 10), (2027, 1, 5)), ("14:00", "16:00"), "停电"),
    ("改期 12.10 9:30—11:00 晚点开始", "move_day", ((0, 12, 10),), ("09:30", "11:00"), "晚点开始"),
    ("改期", "move_day", (), (), ""),
    ("取消接待 12/10 停水", "cancel_day", ((0, 12, 10),), (), "停水"),
    ("恢復接待 12-10", "restore_day", ((0, 12, 10),), (), ""),
    ("值班", "duty", (), (), ""),
    ("值班 12-10 王代表", "duty", ((0, 12, 10),), (), "王代表"),
    ("我的值班。", "my_duty", (), (), ""),
    ("撤班 12-10 王代表", "unseat", ((0, 12, 10),), (), "王代表"),
    ("换班 12-10 王代表", "swap", ((0, 12, 10),), (), "王代表"),
    ("請假 12-10 出差", "leave", ((0, 12, 10),), (), "出差"),
    ("销假 12-10", "end_leave", ((0, 12, 10),), (), ""),
    ("同意换班", "agree", (), (), ""),
    ("不同意", "refuse", (), (), ""),
    ("不同意换班 12-10", "refuse", ((0, 12, 10),), (), ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "deed", "days", "hours", "rest"), SAID, ids=[each[0] for each in SAID])
def test_a_deed_is_understood_with_its_days_hours_and_reason(text, deed, days, hours, rest):
    found = deed_of(text)
    assert (found.name, found.facts["days"], found.facts["hours"], found.facts["rest"]) == (deed, days, hours, rest)
    assert found.number == "", "a day is no case's number"


def test_an_exchange_names_the_other_and_his_day():
    facts = deed_of("换班 12-10 王代表 1-11").facts
    assert (facts["name"], facts["back"]) == ("王代表", (0, 1, 11))


@pytest.mark.parametrize(
    "text", ["值班医生不在，找谁？", "请假条怎么开", "换班车时间能不能调一下", "不同意拆迁方案", "取消接待室的门禁", "恢复12", "接待日", "改期货市场"]
)  # fmt: skip
def test_a_sentence_that_only_begins_alike_is_no_deed(text):
    assert deed_of(text) is None


@pytest.mark.parametrize("text", [each[0] for each in SAID])
def test_no_deed_on_a_case_sounds_like_one_on_a_day(text):
    assert staffwords.deed_of(text) is None


@pytest.mark.parametrize(
    ("named", "today", "meant"),
    [
        ((0, 12, 10), "2026-12-07", "2026-12-10"),
        ((0, 12, 1), "2026-12-07", "2026-12-01"),  # not long over
        ((0, 1, 11), "2026-12-07", "2027-01-11"),
        ((0, 12, 31), "2027-01-04", "2026-12-31"),
        ((0, 5, 10), "2026-12-07", "2027-05-10"),
        ((2025, 5, 10), "2026-12-07", "2025-05-10"),
        ((0, 2, 29), "2027-06-01", "2028-02-29"),
    ],
)
def test_a_day_without_a_year_is_the_nearest_that_makes_sense(named, today, meant):
    assert day_meant(named, date.fromisoformat(today)) == date.fromisoformat(meant)


@pytest.mark.parametrize("named", [(0, 2, 30), (0, 13, 1), (2027, 2, 29), (0, 0, 5)])
def test_a_day_no_calendar_has_is_refused_with_its_name(named):
    with pytest.raises(Refused) as refused:
        day_meant(named, date(2026, 12, 7))
    assert refused.value.code == "no_such_date"
