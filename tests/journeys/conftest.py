"""Who else is on stage, and how time passes between two lines of a dialogue."""

from datetime import timedelta

import pytest

from bot.emulator import xml
from bot.store.tables import faq_miss, identity, media, membership
from tests.plugins.house import Actor

GROUP = "wrSample-hepan-1"


@pytest.fixture
async def neighbour(wang):
    """Voter Wang, after she scanned the code of her group."""
    await wang.sends("subscribes", scene="hepan-1")
    return wang


@pytest.fixture
def passer(house):
    """Somebody who found the 公众号 without any code."""
    return Actor(house, "hexin", "oPasser")


@pytest.fixture
def li(house):
    """Representative Li Xiuying, in WeCom."""
    return Actor(house, "gongzuo", "lixiuying")


class Circle:
    """Zhang in the internal group, where the smart robot hears what mentions it."""

    def __init__(self, house):
        self.house = house

    async def mentions(self, words, person="zhangweiguo"):
        """Say something to the robot and return what the group sees."""
        happening = await self.house.platform.says("zhushou", person, f"@连心助手 {words}", chat=GROUP)
        assert happening.heard
        return "\n".join(happening.answers)


@pytest.fixture
def circle(house):
    return Circle(house)


@pytest.fixture
def later(clock):
    """Let minutes pass."""
    return lambda minutes: clock.move(timedelta(minutes=minutes))


def message(house, code, person, text, msg_id="70001", **fields):
    """Return the inner XML of one certain message, to be sent as often as the platform likes."""
    account = house.platform.world.account(code)
    head = {"ToUserName": account.original_id, "FromUserName": person}
    head |= {"CreateTime": int(house.clock.now().timestamp()), "MsgType": "text", "Content": text, "MsgId": msg_id}
    return xml.write(head | fields)


async def misses(house):
    return await house.rows(faq_miss.select())


async def files(house):
    return await house.rows(media.select().order_by(media.c.id))


async def identities(house):
    return await house.rows(identity.select())


async def voters_of_groups(house):
    return await house.rows(membership.select().where(membership.c.role == "voter"))
