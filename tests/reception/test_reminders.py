"""Reminders come by the office's table: at their hour, once, to whom they concern, and never in silence."""

import re
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.actions.reception_news import withdraw
from bot.clock import local
from bot.store.tables import group, limit_, outgoing, reception_day, reminder_rule
from commands import data
from tests.outbox.conftest import BOTH
from tests.plugins.house import OFFICE
from tests.reception.conftest import at


async def change(house, statement):
    async def work(db):
        await db.run(statement)

    await house.deps.store.write(work)


@BOTH
async def test_everybody_hears_at_the_hour_of_the_table_and_once(house, month, zhang, tian):
    await month.until(at(2), at(3, "08:59"))
    assert zhang.heard() == []
    await month.until(at(3, "09:00"))
    assert "请安排时间" in zhang.heard()[0]
    await month.until(at(7, "09:00"))
    assert month.group_heard() == [
        "【代表接待日通知】12月10日（星期四） 09:00–11:00，代表接待群众。地点：河畔街道人大代表联络站接待室（滨河路 18 号一楼）。有事可以当面说，也可以现在发给我登记。"
    ]
    await month.until(at(8), at(9, "09:00"), at(9, "18:30"), at(10, "07:30"), at(10, "08:00"))
    assert "明天" in month.group_heard()[1]
    assert [("明天" in words, "今天" in words) for words in zhang.heard()[1:]] == [(True, False), (False, True)]
    assert any("请备好登记表" in words for words in tian.heard())
    assert len(month.group_heard()) == 2


async def test_what_is_planned_can_be_seen_before_it_goes(house, month):
    await month.until(at(3))
    rows = await month.reminders(await month.day())
    assert {row.state for row in rows} == {"waiting", "sent"}
    assert local(rows[-1].due_at) == at(10, "07:30")


async def test_a_tick_that_comes_twice_owes_nothing_twice(house, month):
    await month.until(at(3))
    before = len(await house.owed())
    await house.tick("remind")
    await house.tick("remind")
    assert len(await house.owed()) == before


async def test_an_hour_that_is_quiet_moves_by_the_rule_of_its_line(house, month):
    await change(house, update(reminder_rule).where(reminder_rule.c.code == "evening").values(at="22:00"))
    await change(house, update(reminder_rule).where(reminder_rule.c.code == "day").values(at="06:00"))
    await month.until(at(3))
    day = await month.day()
    assert [local(row.due_at) for row in await month.reminders(day, "evening")] == [at(9, "21:00")]
    assert {local(row.due_at) for row in await month.reminders(day, "day")} == {at(9, "07:30")}


async def test_the_desk_is_asked_the_day_after_for_a_register_that_is_still_open(house, month, tian):
    await month.until(at(10, "20:00"), at(11, "09:00"))
    assert any("登记表还没结束" in words for words in tian.heard())


async def test_a_register_that_is_closed_is_not_asked_for(house, month, tian):
    await month.until(at(10, "20:00"))
    await change(house, update(reception_day).values(state="closed"))
    await month.until(at(11, "09:00"))
    assert not any("登记表还没结束" in words for words in tian.heard())


async def test_asleep_over_the_hour_it_is_sent_late_within_its_grace(house, month, zhang):
    await month.until(at(3))
    heard = len(zhang.heard())
    await month.until(at(9, "20:00"))  # everything of a week at once: the day's grace is twelve hours
    assert [words for words in zhang.heard()[heard:] if "明天" in words]
    assert any("明天" in words for words in month.group_heard())


async def test_beyond_its_grace_it_is_not_sent_and_the_clerk_hears_of_it_once(house, month, zhang, tian):
    await month.until(at(3))
    heard = len(zhang.heard())
    await month.until(at(11, "10:00"), at(11, "10:01"), at(11, "11:00"))
    assert zhang.heard()[heard:] == []
    told = [words for words in tian.heard() if "没有发出" in words and "12月10日" in words]
    assert len(told) == len(set(told)) >= 2
    assert any("公告没有发出" in words for words in told)


async def test_cancelling_a_day_leaves_nothing_alive_and_moving_it_owes_anew(house, month, zhang):
    await month.until(at(4))
    day = await month.day()

    async def cancel(db):
        return await withdraw(db, day.id)

    waited = [row for row in await month.reminders(day) if row.state == "waiting"]
    await change(
        house, update(reception_day).where(reception_day.c.id == day.id).values(state="cancelled", decided_by_id=1)
    )
    assert await house.deps.store.write(cancel) == len(waited)
    heard = len(zhang.heard())
    await month.until(at(7), at(9), at(10))
    assert (month.group_heard(), zhang.heard()[heard:]) == ([], [])
    await change(
        house,
        update(reception_day)
        .where(reception_day.c.id == day.id)
        .values(state="planned", date="2026-12-11", decided_by_id=1),
    )
    await house.deps.store.write(cancel)
    await month.until(at(10, "10:00"), at(10, "18:30"))
    assert any("12月11日" in words for words in month.group_heard())


async def test_a_plan_that_changes_while_a_row_is_being_sent_is_not_sent_again(house, month, zhang):
    """The platform refuses the first try; before the second the day is cancelled."""
    await month.until(at(3))
    day = await month.day()
    house.clock.move_to(at(9, "09:00"))
    house.platform.will_answer(-1, times=99, path="/cgi-bin/message/send")
    claimed = await house.deps.outbox._rows.claim()

    async def cancel(db):
        return await withdraw(db, day.id)

    begun = house.deps.outbox._begin(claimed)
    await house.deps.store.write(cancel)
    for task in begun:
        await task
    house.platform.clear_faults()
    heard = len(zhang.heard())
    for _ in range(5):
        house.clock.move(timedelta(minutes=10))
        await house.deliver()
    assert zhang.heard()[heard:] == []


@pytest.mark.parametrize(
    ("first", "due"),
    [
        (at(24, month=2, year=2028), at(29, "18:30", month=2, year=2028)),
        (at(27, year=2027), at(31, "18:30", year=2027)),
    ],
    ids=["the evening of a leap day", "the last evening of a year"],
)
async def test_the_eve_is_the_day_before_whatever_the_calendar_calls_it(house, month, first, due):
    """The table counts days of the calendar in Shanghai; the machine may keep any time it likes."""
    day = await month.day()
    eve = (due + timedelta(days=1)).date().isoformat()
    await change(house, update(reception_day).where(reception_day.c.id != day.id).values(state="cancelled"))
    house.clock.move_to(first)
    await change(house, update(reception_day).where(reception_day.c.id == day.id).values(date=eve))
    await house.tick("remind")
    (row,) = await month.reminders(day, ":evening")
    assert local(row.due_at) == due
    house.clock.move_to(due)
    await house.deliver()
    assert any(line.at == house.clock.now() for line in house.platform.ledger.lines if "接待日提醒" in line.text)


async def test_a_group_hears_its_notices_together_and_within_its_cap(house, month):
    """Two days at one station fall due at the same hour."""
    await change(house, update(limit_).where(limit_.c.code == "notice-clerk").values(value=99))
    await change(house, update(group).values(daily_cap=1))
    first, second = await month.day("donggang", "2026-12-10"), await month.day("donggang", "2026-12-21")
    await change(
        house, update(reception_day).where(reception_day.c.id == second.id).values(date="2026-12-10", decided_by_id=1)
    )
    await month.until(at(7))
    (message,) = month.group_heard("tongzhi-donggang")
    assert message.count("代表接待群众") == 2
    states = [row.state for day in (first, second) for row in await month.notices(day)]
    assert states == ["proven", "proven"]
    rows = await house.rows(outgoing.select().where(outgoing.c.told_in_id.is_not(None)))
    assert len(rows) == 1


# ---- the table changes --------------------------------------------------------------------------------------------------


@pytest.fixture
def table(house, tmp_path):
    """Change the office's table of reminders in its file, and load the office again."""
    folder = tmp_path / "office"
    shutil.copytree(OFFICE, folder)

    async def change(code, **lines):
        said = (folder / "reminders.toml").read_text().split("[[reminder]]")
        (at,) = [number for number, line in enumerate(said) if f'code = "{code}"\n' in line]
        for name, value in lines.items():
            said[at] = re.sub(rf"^{name} = .*$", f"{name} = {value}", said[at], flags=re.MULTILINE)
        if not lines:
            del said[at]
        (folder / "reminders.toml").write_text("[[reminder]]".join(said))
        await data.load_folder(house.deps.settings, folder)

    return change


async def test_what_is_planned_follows_the_table_and_what_was_said_is_not_said_again(house, month, table, zhang):
    await month.until(at(3, "09:00"), at(8, "09:00"))
    before = len(zhang.heard()), len(month.group_heard())
    await table("week", at='"10:00"')  # said on the third
    await table("notice", text='"evening"')  # said on the seventh
    await table("evening", at='"17:00"', days_before="2")
    await month.until(at(8, "16:59"))
    assert (len(zhang.heard()), len(month.group_heard())) == before
    await month.until(at(8, "17:00"), at(9, "18:30"), at(9, "20:00"))
    assert len(month.group_heard()) == before[1] + 1
    (gone,) = [row for row in await house.owed("cancelled") if row.group_id and ":evening:" in row.key][:1]
    assert gone.error == "rule_changed"


async def test_what_the_clerk_holds_or_worded_stays_when_the_table_changes(house, month, table, tian, zhang):
    await month.until(at(8))
    day = await month.day()
    evening = (await month.reminders(day, ":evening"))[0]
    await tian.says(f"改发 {evening.id} 明天照常接待，改在二楼。")
    tomorrow = (await month.reminders(day, ":day"))[0]
    await tian.says(f"暂停发送 {tomorrow.id}")
    await table("evening", at='"20:00"')
    await table("day", at='"10:00"')
    rows = {row.id: row for row in await month.reminders(day)}
    assert (rows[evening.id].due_at, rows[evening.id].state) == (evening.due_at, "waiting")
    assert (rows[tomorrow.id].due_at, rows[tomorrow.id].state) == (tomorrow.due_at, "held")
    await month.until(at(9, "18:30"), at(9, "20:00"))
    assert month.group_heard()[-1] == "明天照常接待，改在二楼。"


async def test_a_line_taken_out_of_the_table_is_not_said_and_its_source_alone_changes_nothing(house, month, table):
    await month.until(at(8))
    planned = await month.reminders(await month.day())
    await table("evening", source='"[A] 别处写的"')
    assert await month.reminders(await month.day()) == planned
    await table("evening")
    await month.until(at(9, "18:30"), at(9, "20:00"))
    assert not any("接待日提醒" in words for words in month.group_heard())


async def test_a_station_that_announces_longer_ahead_does_so_for_the_days_already_planned(house, month, tmp_path):
    await month.until(at(2))
    folder = shutil.copytree(OFFICE, tmp_path / "office")
    said = (folder / "reception.toml").read_text()
    (folder / "reception.toml").write_text(
        said.replace('station = "hepan"\n', 'station = "hepan"\nnotice_ahead = 5\n', 1)
    )
    await data.load_folder(house.deps.settings, folder)
    await month.until(at(5, "08:59"))
    assert month.group_heard() == []
    await month.until(at(5, "09:00"), at(7, "09:00"))
    assert [words[:10] for words in month.group_heard()] == ["【代表接待日通知】1"]
