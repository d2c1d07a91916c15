"""Titles without personal data, and places as people say them; every line is invented."""

import re

import pytest

from bot.rules.matter import LONGEST, place_of, subject_of, without_names

TITLES = [
    ("路灯坏了", "路灯坏了"),
    ("代表您好，我们小区电梯坏了三天没人修，老人出不了门", "我们小区电梯坏了三天没人修"),
    ("尊敬的王书记：您好！我是阳光花园的业主，小区门口长期违停", "小区门口长期违停"),
    ("我想反映一下噪音问题，楼下烧烤店天天到半夜", "噪音问题，楼下烧烤店天天到半夜"),
    ("投诉：某某路烧烤店油烟扰民", "某某路烧烤店油烟扰民"),
    ("我家住在幸福路与建设街交叉口，井盖丢了", "井盖丢了"),
    ("关于加强学校门口交通管理的建议", "加强学校门口交通管理的建议"),
    ("提前还款要手续费吗", "提前还款要手续费吗"),
    ("怎么联系代表", "怎么联系代表"),
    ("", ""),
    ("😀", "😀"),
]
PRIVATE = [
    "我叫王小明，电话13800001234，我家漏水了",
    "我是李大勇，手机138-0000-1234，门口路灯不亮",
    "路灯坏了联系我13800001234",
    "身份证11010119900101123X的户口迁不了",
    "座机0353-1234567，停水三天",
    "我名字叫赵四海 微信zhao_4hai 楼道堆杂物",
    "姓名：孙美丽，住3号楼，下水道堵了",
]
PLACES = [
    ("朝阳小区3号楼路灯坏了", "朝阳小区3号楼"),
    ("朝陽小區3號樓路燈壞了", "朝阳小区3号楼"),
    ("我家住在幸福路与建设街交叉口，井盖丢了", "幸福路与建设街交叉口"),
    ("北关街道李家村的路没修", "北关街道李家村"),
    ("锦绣家园二期5栋701室漏水，找物业没用", "锦绣家园二期5栋701室"),
    ("3号楼2单元漏水", "3号楼2单元"),
    ("县医院门口乱停车", "县医院"),
    ("我家在阳光小区", "阳光小区"),
    ("请修一下公园", ""),
    ("麻烦看一下小区门口", ""),
    ("帮忙清一下滨河公园的垃圾", "滨河公园"),
    ("去看一下李家村的路", "李家村"),
    ("滨河家园3号楼2单元漏水", "滨河家园3号楼2单元"),
    ("路灯坏了", ""),
    ("我们村没有路灯", ""),
    ("小区停水了", ""),
    ("老旧小区改造什么时候开始", ""),
    ("电影里有人", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "title"), TITLES, ids=[text[:10] or "empty" for text, _ in TITLES])
def test_a_title_is_the_first_clause_that_says_something(text, title):
    assert subject_of(text) == title


@pytest.mark.parametrize("text", PRIVATE)
def test_a_title_names_nobody(text):
    title = subject_of(text)
    assert not re.search(r"\d{5}|王小明|李大勇|赵四海|孙美丽|zhao", title)
    assert title


@pytest.mark.parametrize("text", ["路" * 20000, "我们小区的电梯已经坏了整整三个月了一直没有任何人来修理", "a b" * 500])
def test_a_title_fits(text):
    assert 0 < len(subject_of(text)) <= LONGEST


@pytest.mark.parametrize(("text", "place"), PLACES, ids=[text[:10] or "empty" for text, _ in PLACES])
def test_a_place_is_found_as_it_was_said(text, place):
    assert place_of(text) == place


def test_a_house_number_is_no_personal_number():
    assert without_names("5号楼1203室") == "5号楼1203室"
