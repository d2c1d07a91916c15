"""Owe messages by hand: a desk that writes rows for the cast, and shows what became of them."""

import asyncio
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import select, update

from bot.message import Text
from bot.outbox.pace import Pace
from bot.outbox.queue import Way, owe
from bot.outbox.worker import Outbox
from bot.store.tables import group, identity, outgoing
from tests.plugins.house import Actor

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
CHANNELS = {"hexin": "official_account", "gongzuo": "wecom_app", "kefu": "customer_service"}
SENDS = {
    "official_account": "message/custom/send",
    "wecom_app": "/cgi-bin/message/send",
    "customer_service": "kf/send_msg",
    "group_robot": "webhook/send",
}


@dataclass
class Desk:
    """Whoever owes messages in these tests."""

    house: object
    numbers: int = 0

    async def way(self, actor):
        """Return the way to a person of the cast whom the service knows."""
        deps, channel = self.house.deps, CHANNELS[actor.account]
        mark = deps.sealer.mark(f"{channel}:{actor.account}:{actor.person}", "identity")
        (row,) = await self.house.rows(select(identity).where(identity.c.external_hash == mark))
        return Way(channel, actor.account, identity_id=row.id, person_id=row.person_id)

    async def group_way(self, code="hepan-1", account="tongzhi"):
        (row,) = await self.house.rows(select(group.c.id).where(group.c.code == code))
        return Way("group_robot", account, group_id=row.id)

    async def owes(self, to, words, **more):
        """Owe words to a person, or by a way; returns the row's key."""
        self.numbers += 1
        way = to if isinstance(to, Way) else await self.way(to)
        key = more.pop("key", f"test:{self.numbers}")
        more = {"content": Text(words), "now": self.house.clock.now(), "sealer": self.house.deps.sealer} | more
        await self.house.deps.store.write(partial(owe, key=key, way=way, **more))
        return key

    async def row(self, key):
        (row,) = await self.house.rows(select(outgoing).where(outgoing.c.key == key))
        return row

    async def changes(self, key, **values):
        """Damage a row, as no code of ours does."""
        await self.run(update(outgoing).where(outgoing.c.key == key).values(**values))

    async def run(self, statement):
        async def work(db):
            await db.run(statement)

        await self.house.deps.store.write(work)

    async def identity(self, actor):
        (row,) = await self.house.rows(select(identity).where(identity.c.id == (await self.way(actor)).identity_id))
        return row

    def asked(self, channel):
        """Return every call by which the service tried to push on a channel."""
        return self.house.platform.calls(SENDS[channel])

    def another_worker(self):
        """Return a second worker on the same database and Redis, as another process would have."""
        deps = self.house.deps
        pace = Pace(deps.memory)
        return Outbox(deps.store, deps.channels, deps.settings.accounts, pace, deps.sealer, deps.texts, deps.clock)


@pytest.fixture
def desk(house):
    return Desk(house)


@pytest.fixture
async def voters(house):
    """Thirty voters who have just greeted the 服务号."""
    crowd = [Actor(house, "hexin", f"oVoter{number:02}") for number in range(30)]
    await asyncio.gather(*(each.says("你好") for each in crowd))
    return crowd
