"""Messages about the same matter come together, under names one can read; every line is invented."""

import random
from datetime import date

import pytest

from bot.rules import examples
from bot.rules.topics import LARGEST, LARGEST_AT_LEAST, Said, topics

MATTERS = [
    ("丽桥新城", "搅拌站", ("半夜噪音大", "灰尘太多", "离住宅太近", "没有环评")),
    ("金湾一期", "小学配套", ("没有兑现", "划片不公", "何时开学")),
    ("魅城小区", "夜宵摊油烟", ("直排进屋", "熏得睡不着", "没人管")),
]
WAYS = ("{p}{t}{w}", "投诉{p}的{t}，{w}", "关于{p}{t}的问题：{w}", "请管管{p}旁边的{t}吧，{w}")


def messages(seed, each=12, others=200):
    """Return strangers' messages and, among them, several about each matter; ids tell which."""
    pick = random.Random(seed)
    made = [(f"T{n}-{i}", pick.choice(WAYS).format(p=p, t=t, w=pick.choice(w)) + "，" + stranger(pick))
            for n, (p, t, w) in enumerate(MATTERS) for i in range(each)]  # fmt: skip
    made += [(f"x{i}", stranger(pick)) for i in range(others)]
    pick.shuffle(made)
    return [Said(id_, text, date(2026, 12, 1 + n % 7)) for n, (id_, text) in enumerate(made)]


def stranger(pick):
    return pick.choice(list(examples.troubles(pick.choice)))


def found_in(groups, matter):
    """Return F1 of the group that fits a matter best."""
    best = 0.0
    for group in groups:
        here = sum(str(id_).startswith(f"T{matter}-") for id_ in group.ids)
        best = max(best, 2 * here / (12 + len(group.ids)))
    return best


@pytest.fixture(scope="module")
def said():
    return messages(7)


def mean(groups):
    return sum(found_in(groups, n) for n in range(len(MATTERS))) / len(MATTERS)


def test_each_matter_is_one_group_and_the_threshold_has_no_cliff(said):
    marks = [mean(topics(said, together)) for together in (0.112, 0.14, 0.168)]
    assert min(marks) > 0.8
    assert max(marks) - min(marks) < 0.12


def test_a_group_is_named_by_its_words_and_place_and_grows_by_day(said):
    group = next(group for group in topics(said) if str(group.ids[0]).startswith("T0-"))
    assert any("搅拌站" in word for word in group.words)
    assert "丽桥新城" in group.place
    assert sum(group.per_day.values()) == len(group.ids)
    assert list(group.per_day) == sorted(group.per_day)


def test_copies_are_always_together_and_everything_else_may_stay_alone():
    said = [Said(n, "路灯坏了没人修！") for n in range(5)] + [Said(9, "幼儿园学费太贵"), Said(10, "河道发臭")]
    assert [group.ids for group in topics(said, together=1.0)] == [(0, 1, 2, 3, 4)]


def test_no_group_holds_more_than_its_share():
    pick = random.Random(3)
    said = [Said(n, f"丽桥新城搅拌站{pick.choice(MATTERS[0][2])}，{stranger(pick)}") for n in range(300)]
    assert max(len(group.ids) for group in topics(said)) <= max(LARGEST_AT_LEAST, LARGEST * 300)


def test_the_order_in_which_they_come_changes_little(said):
    turned = sorted(said, key=lambda message: str(message.id))
    assert abs(mean(topics(turned)) - mean(topics(said))) < 0.1


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["😀", "😀"], ["x" * 20000, "x" * 20000], ["مرحبا", "привет"]])
def test_whatever_is_written_is_grouped_or_left_alone(texts):
    topics([Said(n, text) for n, text in enumerate(texts)])
