"""Which matters may be the same: copies always, alike ones by place and subject, three at most; every line is invented."""

from dataclasses import dataclass

import pytest

from bot.rules.similar import MOST, similar


@dataclass
class Matter:
    id: int
    text: str
    place: str = ""
    category_id: int | None = None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("路灯坏了", "路灯坏了"),
        ("没人管", "没人管。"),
        ("滨河路的路灯坏了三天，晚上黑漆漆的，老人摔了一跤", "滨河路的路燈坏了三天 晚上黑漆漆的，老人摔了一跤！！"),
        ("我们小区电梯坏了一个月没有人修，老人下不了楼", "我们小区电梯坏了一个月没有人来修，老人都下不了楼"),
        ("😀停水两天了", "停水两天了"),
    ],
)
def test_a_copy_is_found_whatever_subject_it_was_taken_for(old, new):
    others = [Matter(1, "完全是另一件事，想问问低保怎么办"), Matter(2, old, category_id=4)]
    assert [other.id for other, _ in similar(new, "", 9, others)] == [2]


def test_the_same_trouble_at_another_place_is_another_matter():
    others = [Matter(1, "幸福小区3号楼电梯坏了", "幸福小区3号楼"), Matter(2, "和平里5号楼电梯坏了", "和平里5号楼")]
    assert [other.id for other, _ in similar("和平里5号楼的电梯又坏了", "和平里5号楼", None, others)] == [2]


def test_at_most_three_are_named_the_most_alike_first():
    others = [Matter(n, "滨河路路灯坏了" + "没人修" * (n % 2)) for n in range(9)]
    found = similar("滨河路路灯坏了", "", None, others)
    assert len(found) == MOST
    assert found[0][1] >= found[-1][1]
    assert similar("滨河路路灯坏了", "", None, others) == found


@pytest.mark.parametrize("text", ["", "😀", "x", "坏" * 20000])
def test_what_says_nothing_is_like_nothing_but_itself(text):
    assert similar(text, "", None, [Matter(1, "路灯坏了")]) == []
