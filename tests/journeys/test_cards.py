"""The button on a card: one press is one line of history."""

import pytest

CARD, BUTTON = "new-hepan-261207-1-representative", "seen:hepan-261207-1"


@pytest.fixture
async def case(house, neighbour):
    await neighbour.says("路灯坏了，请修一下")
    await house.deliver()
    (case,) = await house.cases()
    return case


async def moves(house, case):
    return [line.move for line in await house.history(case)]


def greyed(house, person):
    cards = [line.card for line in house.platform.chat_of(person, "gongzuo") if line.card]
    return [card.said for card in cards]


async def test_a_press_is_noted_and_the_button_says_so(house, case, zhang):
    assert await zhang.sends("presses", CARD, BUTTON) == ""
    await house.deliver()
    assert await moves(house, case) == ["submit", "see"]
    assert greyed(house, "zhangweiguo") == ["已阅"]


async def test_a_second_press_is_no_second_deed(house, case, zhang):
    await zhang.sends("presses", CARD, BUTTON)
    await zhang.sends("presses", CARD, BUTTON)
    assert await moves(house, case) == ["submit", "see"]


async def test_the_clerk_and_the_representative_each_press_their_own(house, case, zhang, tian):
    await zhang.sends("presses", CARD, BUTTON)
    await tian.sends("presses", CARD.replace("representative", "clerk"), BUTTON)
    assert await moves(house, case) == ["submit", "see", "see"]


async def test_a_strangers_press_changes_nothing_and_shows_nothing(house, case, li):
    assert await li.sends("presses", CARD, BUTTON) == ""
    await house.deliver()
    (answer,) = li.heard()  # a press takes no words in place: they follow
    assert "没有找到" in answer
    assert "路灯" not in answer
    assert await moves(house, case) == ["submit"]


@pytest.mark.parametrize("button", ["seen:hepan-261207-99", "seen:", "other:1", ""])
async def test_a_button_that_fits_nothing_changes_nothing(house, case, zhang, button):
    await zhang.sends("presses", CARD, button)
    assert await moves(house, case) == ["submit"]
