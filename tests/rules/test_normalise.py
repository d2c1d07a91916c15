"""The same words in another dress become the same plain text."""

import pytest

from bot.rules.normalise import meant, plain

SAME = [
    ("三号楼", "3号楼"),
    ("３号楼", "3号楼"),
    ("三號樓", "3号楼"),
    ("十五号", "15号"),
    ("二十号", "20号"),
    ("三十二层", "32层"),
    ("ＡＢ座", "ab座"),
    ("路灯，坏了！", "路灯坏了"),
    ("路\u200b灯\u202e坏了", "路灯坏了"),
    ("  路灯 坏 了", "路灯坏了"),
    ("電話號碼", "电话号码"),
]
MEANT = [
    ("咋办理", "怎么办"),
    ("啥时候", "什么时候"),
    ("帐户取消", "账号关闭"),
    ("可不可以", "能"),
    ("为啥", "为什么"),
]


@pytest.mark.parametrize(("said", "same"), SAME)
def test_dress_does_not_matter(said, same):
    assert plain(said) == plain(same)


@pytest.mark.parametrize(("said", "same"), MEANT)
def test_spoken_forms_are_the_words_of_the_office(said, same):
    assert meant(said) == same


def test_what_has_no_letters_is_empty():
    assert plain("😀 …！？\u200b") == ""
