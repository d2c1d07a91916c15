"""The plan follows the rules and the calendar; whoever had been told of a day hears what became of it, once."""

import asyncio

import pytest
from sqlalchemy import delete

from bot.actions import duty, reception_plan, reception_rules
from bot.actions.reception_change import change
from bot.rules.reception import Rule
from bot.store.tables import calendar_day


def about(lines, words):
    return [line for line in lines if words in line]


async def test_two_months_are_planned_and_planning_again_changes_nothing(receptions):
    await receptions.plan()
    before = await receptions.days()
    assert [(day.date, day.state) for day in before] == [("2026-12-10", "planned"), ("2027-01-11", "provisional")]
    assert len({day.uid for day in before}) == 2
    await receptions.plan()
    assert await receptions.days() == before


async def test_every_kind_of_rule_is_planned_from_its_row(receptions):
    await receptions.change_rule(
        days_of_month="[]", weekdays='["WE"]', nth_weekdays='["-1FR"]', dates='["2026-12-19"]', until="2026-12-31",
        seasons='[{"since": "12-20", "until": "02-10", "starts": "10:00", "ends": "11:30", "place": "", "closed": false}]',
    )  # fmt: skip
    await receptions.plan()
    assert [(day.date, day.starts) for day in await receptions.days()] == [
        ("2026-12-09", "09:00"), ("2026-12-16", "09:00"), ("2026-12-21", "10:00"), ("2026-12-23", "10:00"),
        ("2026-12-25", "10:00"), ("2026-12-30", "10:00"),
    ]  # fmt: skip


async def test_the_sample_village_is_received_on_each_months_last_friday(receptions):
    await receptions.plan()
    days = [(day.date, day.starts, day.mode) for day in await receptions.days("wangcun-last-friday")]
    assert days == [(date, "15:00", "offline,outside,mobile") for date in ("2026-12-25", "2027-01-29")]


async def test_a_holiday_that_comes_late_moves_the_day_and_whoever_was_told_hears_it_once(
    receptions, tian, zhang, actor
):
    await receptions.plan()
    assert len(about(receptions.group_heard(), "12月10日")) == 1
    await receptions.holiday("2026-12-10")
    await receptions.plan()
    await receptions.plan()
    day = await receptions.day()
    assert (day.date, day.moved_from, day.version, day.state) == ("2026-12-11", "2026-12-10", 1, "planned")
    (news,) = about(receptions.group_heard(), "改期")
    assert "原定12月10日（星期四）的代表接待日改到12月11日（星期五） 09:00–11:00" in news
    assert len(about(tian.heard(), "改期")) == 1, "the desk hears what the plan did by itself"
    assert len(about(zhang.heard(), "改期")) == 1, "he was seated so late that he heard of it at once"
    assert about(actor("lixiuying").heard(), "改期") == [], "who had not been told has nothing to hear"
    (owed,) = [
        row for row in await receptions.house.owed("sent") if row.key.startswith(f"moved:{day.id}:") and row.group_id
    ]
    assert f":{day.date}:" in owed.key


async def test_reminders_of_the_old_day_are_withdrawn_and_those_of_the_new_day_come(receptions):
    await receptions.plan()
    await receptions.holiday("2026-12-10")
    await receptions.plan()
    receptions.at("2026-12-09", 18, 31)
    await receptions.plan()
    assert about(receptions.group_heard(), "接待日提醒") == []
    receptions.at("2026-12-10", 18, 31)
    await receptions.plan()
    assert len(about(receptions.group_heard(), "明天 12月11日")) == 1


async def test_a_day_nobody_was_told_of_moves_in_silence(receptions, tian):
    await receptions.plan()
    await receptions.holiday("2026-12-15")
    await receptions.plan()
    assert (await receptions.day("2026-12-15", "qiye-15")).date == "2026-12-16"
    assert about(receptions.group_heard("tongzhi-qiye"), "改期") == []
    assert [row for row in await receptions.house.owed() if row.key.startswith("moved:")] == []


async def test_other_hours_are_told_and_the_reminders_say_them(receptions):
    await receptions.plan()
    await receptions.change_rule(starts="14:00", ends="16:00")
    await receptions.plan()
    (news,) = about(receptions.group_heard(), "有变动")
    assert "改为 14:00–16:00" in news
    receptions.at("2026-12-09", 18, 31)
    await receptions.plan()
    (reminder,) = about(receptions.group_heard(), "接待日提醒")
    assert "14:00–16:00" in reminder


async def test_a_rule_that_vanishes_takes_its_days_along_and_whoever_was_told_hears_it_once(receptions):
    await receptions.plan()
    await receptions.change_rule(active=False)
    await receptions.change_rule("qiye-15", active=False)
    await receptions.plan()
    await receptions.plan()
    assert {day.state for day in await receptions.days()} == {"cancelled"}
    assert {day.state for day in await receptions.days("qiye-15")} == {"cancelled"}
    assert len(about(receptions.group_heard(), "接待日取消")) == 1
    assert about(receptions.group_heard("tongzhi-qiye"), "取消") == []
    receptions.at("2026-12-09", 18, 31)
    await receptions.plan()
    assert about(receptions.group_heard(), "接待日提醒") == []


async def test_a_rule_that_comes_back_holds_its_days_again(receptions):
    await receptions.plan()
    await receptions.change_rule(active=False)
    await receptions.plan()
    await receptions.change_rule(active=True)
    await receptions.plan()
    day = await receptions.day()
    assert (day.state, day.version) == ("planned", 2)
    assert len(about(receptions.group_heard(), "接待日照常")) == 1


async def test_another_day_of_the_month_cancels_the_old_days_and_plans_the_new(receptions):
    await receptions.plan()
    await receptions.change_rule(days_of_month="[17]")
    await receptions.plan()
    assert {day.date: day.state for day in await receptions.days()} == {
        "2026-12-10": "cancelled", "2026-12-17": "planned", "2027-01-11": "cancelled", "2027-01-18": "provisional",
    }  # fmt: skip


async def test_a_day_that_is_over_stays_whatever_becomes_of_its_rule(receptions):
    await receptions.plan()
    receptions.at("2026-12-10", 9, 1)
    await receptions.change_rule(active=False)
    await receptions.plan()
    assert [day.state for day in await receptions.days()] == ["planned", "cancelled"]


async def test_the_desk_is_told_once_that_next_year_is_provisional(receptions, tian):
    await receptions.plan()
    receptions.at("2027-01-04")
    await receptions.plan()
    (told,) = about(tian.heard(), "放假安排还没公布")
    assert "2027年" in told


async def test_when_the_holidays_are_out_the_plan_is_sure_and_only_what_moved_is_told(receptions):
    receptions.at("2027-01-08", 9, 1)
    await receptions.plan()
    assert len(about(receptions.group_heard(), "1月11日")) == 1
    await receptions.holiday("2027-01-11", "2027-10-01")
    await receptions.plan()
    first, second, _ = await receptions.days()
    assert (first.date, first.state, second.date, second.state) == ("2027-01-12", "planned", "2027-02-10", "planned")
    assert second.version == 0, "what did not move is only sure now"
    assert len(about(receptions.group_heard(), "改到1月12日")) == 1


async def test_a_day_that_moves_back_before_anybody_heard_of_the_move_is_held_as_told(receptions):
    await receptions.plan()
    await receptions.holiday("2026-12-10")
    await receptions.house.tick("plan")  # owed, and not delivered
    await receptions.write(delete(calendar_day).where(calendar_day.c.date == "2026-12-10"))
    await receptions.plan()
    day = await receptions.day()
    assert (day.date, day.version) == ("2026-12-10", 2)
    assert about(receptions.group_heard(), "改期") == []
    assert len(about(receptions.group_heard(), "接待日照常")) == 1


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_several_planners_at_once_plan_and_tell_what_one_would(receptions, house_database):
    async def everything():
        await reception_plan.plan(receptions.house.deps.store, receptions.desk)
        await duty.fill(receptions.house.deps.store, receptions.desk)

    await asyncio.gather(*(everything() for _ in range(4)))
    assert len(await receptions.days()) == 2
    assert [len(await receptions.sits(day)) for day in await receptions.days()] == [1, 1]
    await receptions.plan()
    await receptions.holiday("2026-12-10")
    await asyncio.gather(*(everything() for _ in range(4)))
    await receptions.house.deliver()
    assert (await receptions.day()).version == 1
    assert len(about(receptions.group_heard(), "改期")) == 1


async def test_of_two_who_change_the_same_day_the_slower_changes_nothing(receptions):
    await receptions.plan()
    day = await receptions.day()
    assert await receptions.does(change, day, "cancelled", {"state": "cancelled"})
    assert not await receptions.does(change, day, "moved", {"date": "2026-12-11"})
    await receptions.house.deliver()
    assert about(receptions.group_heard(), "改期") == []


async def test_a_draft_of_a_rule_can_be_looked_at_for_twelve_months_without_planning_it(receptions):
    draft = Rule("09:00", "11:00", "站里", "next", days_of_month=(10, 20))

    async def look(desk):
        return await reception_rules.preview_of(desk.db, draft, desk.now)

    found = await receptions.does(look)
    assert len(found) == 24
    assert [str(each.held_on) for each in found[:2]] == ["2026-12-10", "2026-12-21"]
    assert await receptions.days() == []
