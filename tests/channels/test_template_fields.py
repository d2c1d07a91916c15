"""A template's own fields: named in accounts.toml, cut to what their type takes, refused when they do not match."""

import pytest

from bot.channels.template_fields import cut, fill
from config.templates import TemplateOf, read_templates

GOOD = {"id": "TM-1", "fields": {"number": "character_string1", "subject": "thing2", "due": "date3"},
        "fixed": {"thing4": "人大代表联络站"}}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "words", "fitting"),
    [
        (
            "thing2",
            "滨河路的路灯坏了，没人管，天一黑就看不见路，老人摔了好几回",
            "滨河路的路灯坏了，没人管，天一黑就看不…",
        ),
        ("thing2", "一行\n两行", "一行 两行"),
        ("thing2", "", "—"),
        ("character_string1", "北关-261207-1", "-261207-1"),
        ("phrase5", "已经办好了！谢谢", "已经办好了"),
        ("date3", "2026年12月14日", "2026年12月14日"),
        ("number6", "第12件", "12"),
        ("name7", "一二三四五六七八九十甲", "一二三四五六七八九…"),
    ],
)
def test_words_are_cut_to_what_a_field_of_that_type_takes(field, words, fitting):
    assert cut(field, words) == fitting


def test_every_field_of_the_template_is_filled_and_none_else():
    template = read_templates({"new": GOOD}, "x", [])["new"]
    given = fill(template, {"number": "hepan-261207-1", "subject": "路灯", "due": "2026年12月14日", "words": "不用"})
    assert given == {
        "character_string1": {"value": "hepan-261207-1"},
        "thing2": {"value": "路灯"},
        "date3": {"value": "2026年12月14日"},
        "thing4": {"value": "人大代表联络站"},
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": ""}, "缺少 id"),
        ({"fields": {"subject": "thing2"}}, "要写明编号填到哪个字段"),
        ({"fields": {"number": "character_string1", "words": "thing2"}}, "不认识 words；可用的有 number、subject、due"),
        ({"fields": {"number": "编号"}}, "编号 不是模板字段名"),
        ({"fields": {"number": "thing4"}}, "字段 thing4 填了两次"),
        ({"fields": ["number"]}, "每一项都应是文字"),
        ({"field": {}}, "不认识的项 field"),
    ],
)
def test_a_wrong_template_is_named_in_words(change, fault):
    faults = []
    read_templates({"new": GOOD | change}, "accounts.toml", faults)
    assert any(fault in each and "accounts.toml templates.new" in each for each in faults), faults


def test_a_template_without_fields_carries_our_own_names():
    assert fill(TemplateOf("TM-1"), {"first": "您好"}) == {"first": {"value": "您好"}}
