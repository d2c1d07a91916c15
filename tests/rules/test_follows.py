"""What is said right after a case belongs to it unless it is plainly something else."""

import pytest

from bot.rules.follows import follows
from bot.rules.meaning import meaning_of

ELEVATOR = "我们楼电梯坏了一个月"


@pytest.mark.parametrize(
    "words",
    ["3号楼2单元", "滨河家园3号楼", "就在菜市场旁边", "昨天开始的", "一直没人来修", "已经第三次了", "电梯又坏了"],
)
def test_short_words_about_the_case_follow_it(words):
    assert follows(words, meaning_of(words).intent, ELEVATOR)


@pytest.mark.parametrize(
    "words",
    [
        "路灯也坏了",
        "下水道堵了",
        "小区门口下水道堵了，污水流了一地，麻烦找人修一下",
        "接待日是哪天",
        "另外我想反映一下菜市场那边天天占道经营，车都开不过去",
        "",
    ],
)
def test_a_new_matter_or_a_question_does_not(words):
    assert not follows(words, meaning_of(words).intent, ELEVATOR)
