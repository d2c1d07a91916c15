"""What is said at the desk of a reception day, and sentences that only begin like it."""

import pytest

from bot.rules.register import Said, disposition_of, forgotten, lacks, read, written
from bot.rules.sessionwords import deed_of, visitor_in


@pytest.mark.parametrize(
    ("text", "name", "facts"),
    [
        ("接待台", "session", {"day": ""}),
        ("今日接待", "session", {"day": ""}),
        ("签到", "sign_in", {"name": ""}),
        ("签到 张卫国代表", "sign_in", {"name": "张卫国"}),
        ("簽到", "sign_in", {"name": ""}),
        ("取消签到 张卫国", "sign_out", {"name": "张卫国"}),
        ("到站 3", "arrive", {"number": 3}),
        ("到站3号", "arrive", {"number": 3}),
        ("来访 王桂兰 13800000000", "walk_in", {"name": "王桂兰", "phone": "13800000000"}),
        ("登记 3号 灯坏了", "enter", {"visit": 3, "words": "灯坏了"}),
        ("登记：灯坏了", "enter", {"visit": 0, "words": "灯坏了"}),
        ("改记 2 住址 滨河路", "amend", {"number": 2, "words": "住址 滨河路"}),
        ("类别1物业", "classify", {"number": 1, "words": "物业"}),
        ("处置 1 街道", "dispose", {"number": 1, "words": "街道"}),
        ("办理结果 1 已修好", "settle", {"number": 1, "words": "已修好"}),
        ("转建议 1", "lift", {"number": 1}),
        ("登记表", "sheet", {"number": 0, "day": ""}),
        ("登记表 2", "sheet", {"number": 2, "day": ""}),
        ("登记表 12-10", "sheet", {"number": 0, "day": "12-10"}),
        ("结束接待", "end_session", {"day": ""}),
        ("重开接待 12月10日", "reopen", {"day": "12月10日"}),
        ("接待统计 12月", "figures", {"year": 0, "month": 12, "last": False}),
        ("接待统计 2026-11", "figures", {"year": 2026, "month": 11, "last": False}),
        ("接待统计 上月", "figures", {"year": 0, "month": 0, "last": True}),
    ],
)
def test_a_deed_at_the_desk_is_recognised(text, name, facts):
    deed = deed_of(text)
    assert (deed.name, deed.facts) == (name, facts)


@pytest.mark.parametrize(
    "text",
    [
        "登记一下我家水管",
        "签到处在哪里",
        "到站后没人接",
        "类别 物业",
        "接待统计表在哪看",
        "处置得不好",
        "结束接待的时间",
        "作废",
    ],
)
def test_a_sentence_that_only_begins_like_one_is_none(text):
    assert deed_of(text) is None


@pytest.mark.parametrize(
    ("words", "visitor"),
    [
        ("王桂兰 13800000000 楼道灯坏了", ("王桂兰", "13800000000", "楼道灯坏了")),
        ("王桂兰：楼道灯坏了", ("王桂兰", "", "楼道灯坏了")),
        ("欧阳明 0353-2012345，灯坏", ("欧阳明", "0353-2012345", "灯坏")),
        ("13800000000 灯坏了", ("", "13800000000", "灯坏了")),
        ("暖气不热，请解决", ("", "", "暖气不热，请解决")),
        ("路灯坏了 三天", ("", "", "路灯坏了 三天")),
    ],
)
def test_who_it_is_stands_before_what_they_say(words, visitor):
    assert visitor_in(words) == visitor


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("1", "spot"),
        ("交社区", "community"),
        ("乡镇", "street"),
        ("区代表建议", "district"),
        ("5", "city"),
        ("6", ""),
        ("好", ""),
    ],
)
def test_a_disposition_is_one_of_five(words, code):
    assert disposition_of(words) == code


def test_an_entry_lacks_what_its_form_would_leave_empty():
    assert lacks(None, "", Said(words="灯坏了")) == ("category", "disposition")
    assert lacks(1, "spot", Said(words="灯坏了")) == ("answer",)
    assert lacks(1, "spot", Said(words="灯坏了", answer="今晚修")) == ()
    assert lacks(1, "street", Said(words="灯坏了")) == ()


def test_what_is_written_is_read_and_what_is_forgotten_names_nobody():
    said = Said("王桂兰", "13800000000", "滨河路", "灯坏了", "今晚修", "请物业修", "物业", "2026-12-20", "修好了")
    assert read(written(said)) == said
    assert written(forgotten(said)) == '{"unit": "物业", "due_on": "2026-12-20"}'
