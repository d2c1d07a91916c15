"""What a matter weighs is changed before it is answered: the clocks follow, from the first assignment."""

from datetime import timedelta

import pytest

from bot.store.tables import deadline

NUMBER = "hepan-261207-1"


@pytest.fixture
async def case(house, neighbour, tian):
    """Wang's case, handed to Zhang on 7 December as a simple one."""
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    return NUMBER


async def running(house):
    rows = await house.rows(deadline.select().where(deadline.c.met_on.is_(None), deadline.c.assignment_id.is_(None)))
    return {row.kind: row.due_on for row in rows}


async def test_a_matter_harder_than_it_looked_gets_ten_days_from_the_first_assignment(house, case, tian, zhang, clock):
    await zhang.says("签收 1")
    assert await running(house) == {"promised": "2026-12-14"}
    clock.move(timedelta(days=2))
    answer = await tian.says("改定 1 较难")
    assert "改定为较难，答复期限：2026年12月21日" in answer
    assert await running(house) == {"promised": "2026-12-21"}
    await house.deliver()
    assert "已改定为较难" in zhang.heard()[-1]
    why = await zhang.says("为什么 1")
    assert "从2026年12月7日" in why
    assert "期限 10 个工作日" in why
    assert "2026年12月9日（星期三）改定难易程度后按这个期限" in why
    assert "改定难易程度：较难" in await tian.says("经过 1")
    assert "2026年12月14日" in await tian.says("改定 1 一般"), "and back again"


async def test_what_is_formal_gets_the_laws_clock_too_from_the_first_assignment(house, case, tian, clock):
    clock.move(timedelta(days=2))
    assert "改定为正式，答复期限：2027年3月8日" in await tian.says("改定 1 正式")
    assert await running(house) == {"promised": "2027-03-08", "statutory": "2027-03-08"}
    assert "改定为重大，答复期限：2027年6月7日" in await tian.says("改定 1 重大")
    assert await running(house) == {"promised": "2027-06-07", "statutory": "2027-06-07"}
    assert "不能再改成一般或较难" in await tian.says("改定 1 一般")


async def test_once_signed_for_only_an_extension_with_consent_and_notice_makes_it_longer(house, case, tian, zhang):
    await tian.says("改定 1 正式")
    await zhang.says("签收 1")
    assert "写明征得同意和文号" in await tian.says("改定 1 重大")
    assert "已延长" in await tian.says("延期 1 1 要招标，征得同意 文号：和代办〔2026〕3号")


async def test_a_simple_one_that_is_signed_for_does_not_become_formal(house, case, tian, zhang):
    await zhang.says("签收 1")
    assert "改不成正式" in await tian.says("改定 1 正式")
    assert await running(house) == {"promised": "2026-12-14"}


@pytest.mark.parametrize(("words", "said"), [("改定 1 一般", "不用改"), ("改定 1 很难", "请写：一般、较难")])
async def test_what_says_nothing_new_or_nothing_known_is_answered(case, tian, words, said):
    assert said in await tian.says(words)


async def test_a_matter_that_is_answered_weighs_what_it_weighed(case, tian, zhang):
    await zhang.says("答复 1 A类 修好了")
    assert "不能再这样办" in await tian.says("改定 1 较难")


async def test_before_anybody_was_handed_it_only_the_weight_changes(house, neighbour, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    assert "改定为较难" in await tian.says("改定 1 较难")
    assert "2026年12月21日" in await tian.says("交办 1 张卫国")


async def test_only_the_desk_weighs(case, zhang):
    assert "不归您办" in await zhang.says("改定 1 较难")
