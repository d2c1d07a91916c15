"""What others may read of words that name people: nothing by which somebody is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.redaction import redact
from bot.rules.secrecy import wants_secrecy


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我叫王桂兰，灯坏了", "我叫王某某，灯坏了"),
        ("联系人：赵敏 138 1234 5678", "联系人：赵某某 （电话略）"),
        ("打１３８１２３４５６７８", "打（电话略）"),
        ("一三八一二三四五六七八找我", "（电话略）找我"),
        ("座机0353-1234567", "座机（电话略）"),
        ("身份证14030219900101123X", "身份证（证件号略）"),
        ("卡号6222 0212 3456 7890 123", "卡号（卡号略）"),
        ("晋C12345和晋CD12345堵路", "（车牌略）和（车牌略）堵路"),
        ("邮箱a.b@example.com", "邮箱（邮箱略）"),
        ("加微信号abc_12345", "加（账号略）"),
        ("5号楼2单元301室漏水", "5号楼某户漏水"),
        ("3-2-501漏水", "某户漏水"),
        ("王桂兰女士反映", "王女士反映"),
        ("老王也说", "老某也说"),
    ],
)
def test_what_tells_who_somebody_is_is_left_out(text, left):
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    ["滨河路18号门口的路灯坏了", "hepan-261207-1 在2026-12-07 办", "小高层电梯坏了", "请打12345、110", "和平里社区",
     "教室外的路灯", "投资3000万元", "张卫国代表去看过"],
)  # fmt: skip
def test_what_is_everybodys_stays(text):
    assert redact(text) == text


def test_people_we_know_are_left_out_wherever_they_stand():
    assert redact("已告诉欧阳春", ["欧阳春"]) == "已告诉欧某某"


@settings(max_examples=60)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text("灯坏了，。 a-", max_size=8),
    st.text("请修，。 ", max_size=8),
)
def test_no_phone_is_left_whatever_stands_around_it(phone, before, after):
    assert phone not in redact(before + phone + after)


@pytest.mark.parametrize(
    ("text", "wants"),
    [("请帮我保密，物业乱收费", True), ("匿名反映：工地扰民", True), ("不要公开我的姓名", True),
     ("别让物业知道是我说的", True), ("希望能匿名", True), ("物业泄露业主信息，没有保密", False), ("不用保密", False),
     ("要求保密单位搬走", False), ("路灯坏了", False)],
)  # fmt: skip
def test_a_wish_to_stay_unknown_is_told_from_talk_of_secrets(text, wants):
    assert wants_secrecy(text) is wants
