"""What reception tests do: plan, look at days and seats, change a rule or the calendar, listen to the group."""

from datetime import date, datetime
from functools import partial

import pytest
from sqlalchemy import insert, select, update

from bot.actions import duty
from bot.actions.handing import Desk
from bot.clock import SHANGHAI
from bot.store.tables import calendar_day, person, reception_day, reception_rule
from bot.store.tables import duty as seats


class Receptions:
    """The reception days of a house as a test sees and changes them."""

    def __init__(self, house, clock):
        self.house, self.clock = house, clock

    def desk(self, db):
        return Desk(db, self.house.deps.texts, self.clock.now(), sealer=self.house.deps.sealer)

    async def does(self, deed, *args, **kwargs):
        """Carry an action out in one transaction."""
        return await self.house.deps.store.write(lambda db: deed(self.desk(db), *args, **kwargs))

    async def write(self, statement):
        return await self.house.deps.store.write(lambda db: db.run(statement))

    async def plan(self):
        """Let the plan and the reminders come due, and what is due be delivered."""
        await self.house.tick("plan", "remind")
        await self.house.deliver()

    async def days(self, rule="hepan-10"):
        """Return the days of a rule, in order."""
        mine = select(reception_rule.c.id).where(reception_rule.c.code == rule).scalar_subquery()
        return await self.house.rows(
            reception_day.select().where(reception_day.c.rule_id == mine).order_by(reception_day.c.planned_on)
        )

    async def day(self, planned_on="2026-12-10", rule="hepan-10"):
        (found,) = [day for day in await self.days(rule) if day.planned_on == planned_on]
        return found

    async def change_rule(self, code="hepan-10", **values):
        await self.write(update(reception_rule).where(reception_rule.c.code == code).values(**values))

    async def holiday(self, *days, kind="holiday", name="调整"):
        rows = [{"date": day, "kind": kind, "name": name, "source": "测试"} for day in days]
        await self.write(insert(calendar_day).values(rows))

    async def sits(self, day):
        """Return the names of who sits on a day."""
        return [seat.name for seat in await self.does(_on_duty, day.id)]

    async def seated(self, day):
        """Return every seat of a day with its state."""
        query = select(person.c.name, seats.c.state).join(person, person.c.id == seats.c.person_id)
        return {row.name: row.state for row in await self.house.rows(query.where(seats.c.day_id == day.id))}

    def group_heard(self, account="tongzhi"):
        """Return what the station's group heard."""
        group = self.house.platform.world.account(account).group
        return [line.text for line in self.house.platform.group_chat(group)]

    def at(self, day, hour=10, minute=0):
        """Let it be that time."""
        on = date.fromisoformat(day)
        self.clock.move_to(datetime(on.year, on.month, on.day, hour, minute, tzinfo=SHANGHAI))


async def _on_duty(desk, day_id):
    return await duty.on_duty(desk.db, day_id)


@pytest.fixture
def receptions(house, clock):
    return Receptions(house, clock)


@pytest.fixture
def actor(house):
    """Return a person of the office in WeCom."""
    from tests.plugins.house import Actor

    return partial(Actor, house, "gongzuo")
