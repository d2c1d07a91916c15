"""The place somebody names says whose matter it is, if only one group can be meant."""

import pytest

from bot.rules.areas import NO_AREAS, Areas

AREAS = Areas({1: "滨河路 滨河家园", 2: "石桥村 滨河路", 3: "北苑"})


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("滨河家园3号楼", 1),
        ("石桥村口的灯", 2),
        ("滨河路的灯坏了", None),  # two groups have that street
        ("滨河路滨河家园门口", 1),  # the longer name decides
        ("滨河家园和石桥村之间", 1),
        ("别处", None),
        ("", None),
    ],
)
def test_the_longest_name_that_is_one_groups_decides(words, group):
    assert AREAS.group_of(words) == group


def test_an_office_without_areas_has_nobody_to_name():
    assert NO_AREAS.group_of("滨河路") is None
