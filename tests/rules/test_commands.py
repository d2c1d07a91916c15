"""Command words in every dress people give them, and sentences that only begin like one."""

import pytest

from bot.rules.commands import Command, command_of

HEARD = [
    ("帮助", Command("help")),
    ("幫助", Command("help")),
    ("菜单。", Command("help")),
    (" 【帮助】 ", Command("help")),
    ("?", Command("help")),
    ("？？", Command("help")),
    ("HELP", Command("help")),
    ("ｈｅｌｐ", Command("help")),
    ("建议", Command("suggest")),
    ("建议 路口装个红绿灯", Command("suggest", "路口装个红绿灯")),
    ("建议：多种树", Command("suggest", "多种树")),
    ("建議，路燈換新的", Command("suggest", "路燈換新的")),
    ("我要提建议：给3号楼装扶手", Command("suggest", "给3号楼装扶手")),
    ("建议\n第一行\n第二行", Command("suggest", "第一行\n第二行")),
    ("进度", Command("progress")),
    ("進度！", Command("progress")),
    ("查进度", Command("progress")),
    ("进度 12", Command("progress", "12")),
    ("进度#bg-261124-003", Command("progress", "bg-261124-003")),
    ("进度：北关-261124-3", Command("progress", "北关-261124-3")),
    ("进度１２", Command("progress", "12")),
    ("撤回", Command("withdraw")),
    ("撤回。", Command("withdraw")),
    ("撤回 北关-261124-003", Command("withdraw", "北关-261124-003")),
    ("撤销 5", Command("withdraw", "5")),
    ("接待日", Command("reception")),
    ("代表接待日？", Command("reception")),
    ("我的代表", Command("representatives")),
    ("谁是我的代表", Command("representatives")),
    ("日历", Command("calendar")),
    ("訂閱日曆", Command("calendar")),
    ("换日历地址", Command("calendar_anew")),
    ("人工", Command("human")),
    ("转人工！", Command("human")),
    ("取消", Command("cancel")),
    ("@取消", Command("cancel")),
]
NOT_HEARD = [
    "",
    "   ",
    "我的代表昨天来过",
    "接待日改到几号了能不能告诉我",
    "帮助老人的政策有哪些",
    "建议在路口装红绿灯",
    "撤回来的那条路还没修",
    "进度太慢了，路修了半年",
    "取消公交站点不合理",
    "人工湖的水很臭",
    "进度 很慢",
    "菜单上的菜太贵",
]


@pytest.mark.parametrize(("text", "command"), HEARD, ids=[repr(text) for text, _ in HEARD])
def test_a_whole_message_is_a_command(text, command):
    assert command_of(text) == command


@pytest.mark.parametrize("text", NOT_HEARD, ids=repr)
def test_a_sentence_is_no_command(text):
    assert command_of(text) is None
