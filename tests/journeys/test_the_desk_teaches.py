"""The desk corrects what a case is about, and the service learns from it – and unlearns it."""

from datetime import timedelta

import pytest

from bot.actions import subjects
from bot.store.tables import category, correction
from tests.plugins.house import Actor

NUMBER = "hepan-261207-1"


@pytest.fixture
async def case(house, neighbour):
    await neighbour.says("滨河路的杆子歪了，快倒了")
    await house.deliver()
    return NUMBER


async def subject_of(house):
    (row,) = await house.rows(category.select().where(category.c.id == (await house.cases())[0].category_id))
    return row.name


async def teach(house, count):
    """Let the desk have sorted messages elsewhere: 杆子 is 通信网络, everything else is what its words say."""
    ids = {row.code: row.id for row in await house.rows(category.select())}
    lines = [(f"{n}号院门口的杆子{bad}了", ids["tongxin-lei"]) for n in range(count) for bad in ("歪", "倒")]
    lines += [(f"{n}号院路灯{bad}", ids["ludeng"]) for n in range(count) for bad in ("坏了", "不亮")]
    now = house.clock.now()
    return await house.deps.store.write(lambda db: subjects.import_lessons(db, lines, now))


async def versions(house):
    async with house.deps.store.read() as db:
        return await subjects.versions(db)


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_a_correction_is_kept_and_taught_and_taken_back(house, case, neighbour, tian):
    assert "的类别改为：通信网络" in await tian.says("改类别 1 通信网络")
    assert await subject_of(house) == "通信网络"
    (kept,) = await house.rows(correction.select())
    assert (kept.suggestion_id, kept.guessed_id, kept.by_id) != (None, kept.category_id, None)
    assert "改类别" in await tian.says("经过 1")

    await house.tick("study")
    assert await versions(house) == [], "one correction is no lesson yet"
    await teach(house, 20)
    await house.tick("study")
    await house.tick("refresh")
    (first,) = await versions(house)
    assert (first.state, first.learnt_from) == ("active", 81)
    assert first.accuracy > first.by_words

    house.clock.move(timedelta(minutes=11))
    await neighbour.says("新苑小区门口的杆子倒了")
    async with house.deps.store.read() as db:
        last = await subjects.of_case(db, (await house.cases())[-1])
    assert last[0] == "通信网络"

    left_out = await house.deps.store.write(lambda db: subjects.roll_back(db, 0))
    assert left_out == 81
    await house.tick("study")
    await house.tick("refresh")
    assert [row.state for row in await versions(house)] == ["rejected"]
    house.clock.move(timedelta(minutes=11))
    await neighbour.says("滨河家园门口的杆子又倒了")
    assert (await house.cases())[-1].category_id is None


async def test_the_same_corrections_are_learnt_once(house):
    assert await teach(house, 20) == 80
    assert await teach(house, 20) == 0
    await house.tick("study")
    await house.tick("study")
    assert len(await versions(house)) == 1


async def test_without_a_name_the_clerk_hears_what_it_may_be(house, case, tian):
    said = await tian.says("改类别 1")
    assert "还没有类别" in said
    assert "发“改类别 1”" in said
    await tian.says("改类别 1 路灯")
    assert "现在归在路灯照明" in await tian.says("改类别 1")
    assert "城市道路" in await tian.says("改类别 1"), "the duty of the departments above it"


@pytest.mark.parametrize(
    ("words", "answer"),
    [("改类别 1 火星", "没有“火星”这一类"), ("改类别 1 管理", "对得上好几类"), ("归类 1 物业", "的类别改为：物业管理")],
)
async def test_a_name_is_found_by_a_part_or_asked_for_again(house, case, tian, words, answer):
    assert answer in await tian.says(words)


async def test_what_stands_there_already_is_no_correction(house, case, tian):
    await tian.says("改类别 1 电梯")
    assert "已经是电梯" in await tian.says("改类别 1 电梯")
    assert len(await house.rows(correction.select())) == 1


async def test_only_the_desk_corrects(house, case, zhang):
    assert "不归您办" in await zhang.says("改类别 1 物业")
    assert await house.rows(correction.select()) == []


async def test_a_voter_who_speaks_of_categories_is_no_clerk(house, neighbour):
    assert "改为" not in await neighbour.says("改类别 1 物业")


async def test_how_often_the_desk_corrected_is_told_by_month(house, case, neighbour, tian):
    house.clock.move(timedelta(minutes=11))
    await neighbour.says("新苑小区电梯坏了一个月")
    await tian.says("改类别 1 通信网络")
    async with house.deps.store.read() as db:
        (month,) = await subjects.by_month(db)
    assert (month.month, month.cases, month.corrected, month.kept) == ("2026-12", 2, 1, 0.5)


async def test_an_officer_corrects_too(house, case):
    house.platform.add_members("gongzuo", "hanxueqin")
    assert "改为：路灯照明" in await Actor(house, "gongzuo", "hanxueqin").says("改类别 1 路灯照明")


async def test_the_desk_hears_what_many_write_about_and_nobody_else_does(house, neighbour, tian, zhang):
    assert "没有几个人" in await tian.says("热点")
    for words in ("滨河路搅拌站半夜噪音大", "滨河路搅拌站灰尘太大了", "新苑小区电梯坏了一个月"):
        await neighbour.says(words)
        house.clock.move(timedelta(minutes=11))
    said = await tian.says("热点")
    assert "搅拌站" in said
    assert "2 件" in said
    assert "电梯" not in said
    assert "不归您办" in await zhang.says("热点")
