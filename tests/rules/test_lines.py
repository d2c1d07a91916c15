"""Many texts in one: each is read as it was, and found by its very words."""

from array import array

import pytest

from bot.rules.lines import Lines

TEXTS = ["怎么提建议", "", "3号楼", "怎么提建议", "a"]


def test_each_text_is_read_as_it_was():
    lines = Lines(TEXTS)
    assert (len(lines), list(lines), lines[2]) == (5, TEXTS, "3号楼")


@pytest.mark.parametrize(("text", "row"), [("怎么提建议", 0), ("", 1), ("3号楼", 2), ("怎么提", None)])
def test_the_first_that_says_just_that_is_found(text, row):
    assert Lines(TEXTS).row_of(text) == row


def test_two_texts_with_one_mark_are_told_apart():
    """Hashes may collide; what is found is what was asked for."""
    lines = Lines(["甲", "乙", "丙"])
    lines._marks[:] = array("q", [hash("乙")] * 3)
    assert lines.row_of("乙") == 1


def test_no_texts_are_no_trouble():
    assert list(Lines([])) == []
    assert Lines([]).row_of("甲") is None
