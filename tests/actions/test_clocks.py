"""The clocks of a case in the store: a new calendar moves what runs, and nothing that was met."""

from sqlalchemy import insert, select

from bot.store.tables import calendar_day, deadline


async def promised(house):
    (row,) = await house.rows(select(deadline).where(deadline.c.kind == "triage"))
    return row


async def test_a_new_holiday_moves_the_day_of_a_clock_that_runs(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月")
    await house.tick("clocks")
    assert (await promised(house)).due_on == "2026-12-08"

    async def a_day_off(db):
        values = {"date": "2026-12-08", "kind": "holiday", "name": "临时放假", "source": "通知"}
        await db.run(insert(calendar_day).values(**values))

    await house.deps.store.write(a_day_off)
    await house.tick("clocks")
    assert (await promised(house)).due_on == "2026-12-09"
