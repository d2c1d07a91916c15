"""What staff type, and which deed it is."""

import pytest

from bot.rules.staffwords import Deed, deed_of


@pytest.mark.parametrize(
    ("text", "name", "number", "facts"),
    [
        ("待办", "todo", "", {}),
        ("待辦。", "todo", "", {}),
        ("督办名单", "supervised", "", {}),
        ("电话名单", "calls", "", {}),
        ("走访情况？", "visits", "", {}),
        ("签收 12", "accept", "12", {}),
        ("签收12", "accept", "12", {}),
        ("簽收：１２", "accept", "12", {}),
        ("签收 hepan-261207-12", "accept", "hepan-261207-12", {}),
        ("签收 261207-12。", "accept", "261207-12", {}),
        ("退回 12 不归我们管", "return", "12", {}),
        ("转 12 李代表", "transfer", "12", {"names": ["李代表"], "assisting": []}),
        ("转办12给李秀英", "transfer", "12", {"names": ["李秀英"], "assisting": []}),
        ("答复 12 A类 已修好", "reply", "12", {"grade": "A", "lacks": "", "text": "已修好"}),
        ("答复12：已修好", "reply", "12", {"grade": "A", "lacks": "", "text": "已修好"}),
        ("答复 12 ｂ类，明年列入计划", "reply", "12", {"grade": "B", "lacks": "", "text": "明年列入计划"}),
        ("答复 12 C类（缺资金）明年再办", "reply", "12", {"grade": "C", "lacks": "资金", "text": "明年再办"}),
        ("答复 12 C 缺资金。明年再办", "reply", "12", {"grade": "C", "lacks": "资金", "text": "缺资金。明年再办"}),
        ("答复 12 B超机器下月到", "reply", "12", {"grade": "", "lacks": "", "text": "B超机器下月到"}),
        ("走访 12", "visit", "12", {}),
        ("走访 12 灯确实不亮", "visit", "12", {}),
        ("见面 12 前 电话 说好周三去", "meet", "12", {"stage": "before", "mode": "phone", "note": "说好周三去"}),
        ("见面12办后当面", "meet", "12", {"stage": "after", "mode": "in_person", "note": ""}),
        ("受理 12", "admit", "12", {"weight": "", "name": ""}),
        ("受理 12 李代表 较难", "admit", "12", {"weight": "hard", "name": "李代表"}),
        ("受理 12 正式", "admit", "12", {"weight": "formal", "name": ""}),
        ("不受理 12 12345", "decline", "12", {"code": "hotline", "more": ""}),
        ("不受理 12 诉讼 正在打官司", "decline", "12", {"code": "litigation", "more": "正在打官司"}),
        ("不予受理12", "decline", "12", {"code": "", "more": ""}),
        ("交办 12 城市管理局 协办 河畔街道办事处", "assign", "12",
         {"names": ["城市管理局"], "assisting": ["河畔街道办事处"]}),
        ("办结 12", "close", "12", {}),
        ("改类别 12 路灯照明", "categorise", "12", {"name": "路灯照明"}),
        ("归类12 为物业。", "categorise", "12", {"name": "物业"}),
        ("改分类 12", "categorise", "12", {"name": ""}),
        ("已告知 12 打过电话了", "excuse", "12", {}),
        ("催办 12", "urge", "12", {}),
        ("暂停 12 等材料", "pause", "12", {}),
        ("恢复 12", "resume", "12", {}),
        ("延期 12 10 等招标，征得同意 文号：和代办〔2026〕3号", "extend", "12",
         {"more": 10, "reason": "等招标", "consent": True, "notice": "和代办〔2026〕3号"}),
        ("督办 12", "supervise", "12", {}),
        ("解除督办 12 已经办好", "release", "12", {}),
        ("并案 12 到 9", "merge", "12", {"into": "9"}),
        ("併案 12 到 hepan-261207-9", "merge", "12", {"into": "hepan-261207-9"}),
        ("撤并 12 不是一件事", "unmerge", "12", {}),
        ("相似 12", "alike", "12", {}),
        ("为什么 12", "why", "12", {}),
        ("為什麼12？", "why", "12", {}),
        ("经过 12", "story", "12", {}),
        ("评价 12 满意", "rate", "12", {"value": "satisfied", "reason": ""}),
        ("补充 12 又灭了两盏", "add", "12", {}),
        ("重新审核 12 热线说不归他们", "reconsider", "12", {}),
        ("公开 12", "publish", "12", {}),
        ("公開12", "publish", "12", {}),
        ("撤下公开 12 写错了", "unpublish", "12", {}),
        ("保密 12", "seal", "12", {}),
        ("取消保密 12", "unseal", "12", {}),
        ("评价 12 不满意，没去现场", "rate", "12", {"value": "dissatisfied", "reason": "没去现场"}),
    ],
)  # fmt: skip
def test_a_deed_is_heard_whatever_its_marks_width_or_script(text, name, number, facts):
    found = deed_of(text)
    assert found is not None
    assert (found.name, found.number, dict(found.facts)) == (name, number, facts)


@pytest.mark.parametrize(
    "text",
    ["", " ", "路灯坏了", "走访12号楼的老人", "转12路公交车站牌倒了", "为什么12月停水", "为什么停水", "答复呢", "签收",
     "办结了吗", "不受理怎么办", "已经12天没水了", "经过12小时抢修", "恢复12号线的班次", "签收 12 和 13", "评价 12",
     "公开12月的账目", "保密 12 和 13", "公开收费标准"],
)  # fmt: skip
def test_what_people_say_otherwise_is_no_deed(text):
    assert deed_of(text) is None


def test_words_are_kept_as_they_were_typed():
    assert deed_of("退回 12 此事归ＡＢ两家，请 另派。") == Deed("return", "12", "此事归ＡＢ两家，请 另派。")
