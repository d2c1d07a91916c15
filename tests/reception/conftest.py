"""A December of reception days: planned, reminded, chased by hand, with a clock that is moved."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.clock import SHANGHAI
from bot.store.tables import notice, outgoing, reception_day, station
from tests.plugins.house import Actor

WEBHOOK, SEND = "webhook/send", "/cgi-bin/message/send"


def at(day, clock="09:00", month=12, year=2026):
    hour, minute = map(int, clock.split(":"))
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@dataclass
class Month:
    """Who plays with the days of a month."""

    house: object

    async def until(self, *moments):
        """Let time pass to each of these moments, with everything that falls due on the way."""
        for moment in moments:
            self.house.clock.move_to(moment)
            await self.house.tick("plan", "remind")
            await self.house.deliver()
            await self.house.tick("chase", "proof")
            await self.house.deliver()

    async def day(self, code="hepan", date="2026-12-10"):
        query = select(reception_day).join(station, station.c.id == reception_day.c.station_id)
        (row,) = await self.house.rows(query.where(station.c.code == code, reception_day.c.date == date))
        return row

    async def reminders(self, day, code=""):
        query = select(outgoing).where(outgoing.c.reception_day_id == day.id, outgoing.c.key.like(f"reminder:%{code}"))
        return await self.house.rows(query.order_by(outgoing.c.due_at, outgoing.c.id))

    async def notices(self, day):
        return await self.house.rows(select(notice).where(notice.c.day_id == day.id).order_by(notice.c.id))

    def group_heard(self, account="tongzhi"):
        platform = self.house.platform
        return [line.text for line in platform.group_chat(platform.world.account(account).group)]


@pytest.fixture
async def month(house):
    """The month from the first: the days of the 10th are planned, nothing is said yet."""
    house.clock.move_to(at(1))
    people = ("lixiuying", "wangjianjun", "chenlihua", "zhaoguoqiang", "sunmeiling", "qiaowen", "tianmin")
    house.platform.add_members("gongzuo", *people)
    await house.tick("plan")
    return Month(house)


@pytest.fixture
def qiao(house):
    """Clerk Qiao Wen of Shiqiao, who owns its customer group."""
    return Actor(house, "gongzuo", "qiaowen")
