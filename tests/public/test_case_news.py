"""Subscribers hear of every step of a case once, signed, without names, and never inside our own network."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from bot.actions import casework
from bot.actions.cases import actor_on
from bot.actions.handing import Desk
from bot.channels.outward import Outward, is_public
from bot.errors import Remedy, SendFailed
from bot.store.tables import outgoing, person, suggestion
from config.settings import Account
from handlers.public.news_shape import CaseNews
from handlers.timetable import news

SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


class Subscriber:
    """A program that listens: what it heard, and what it answers next."""

    def __init__(self, house):
        self.house, self.heard, self.statuses = house, [], []

    async def hear(self, request):
        self.heard.append((request.headers, await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, headers={"Location": "/elsewhere"})

    async def tick(self):
        """Let the line of the timetable come due, and let the outbox deliver."""
        await news(self.deps, None)
        await self.house.deliver()

    @property
    def types(self):
        return [json.loads(body)["type"] for _, body in self.heard]

    async def rows(self):
        return await self.house.rows(select(outgoing).where(outgoing.c.channel == "webhook").order_by(outgoing.c.id))


def subscribe(house, listener, **more):
    facts = {"url": str(listener.url), "secret": SECRET, "private": True} | more
    account = Account("webhook", "dashuju", "区大数据中心", **facts)
    accounts = {**house.deps.settings.accounts, ("webhook", "dashuju"): account}
    house.deps.outbox.accounts = accounts
    listener.deps = replace(house.deps, settings=replace(house.deps.settings, accounts=accounts))


@pytest.fixture
async def listener(house):
    subscriber = Subscriber(house)
    app = web.Application()
    app.router.add_post("/hear", subscriber.hear)
    async with TestServer(app) as server:
        subscriber.url = server.make_url("/hear")
        subscribe(house, subscriber)
        await subscriber.tick()
        yield subscriber


async def admits(house, code="tian-min"):
    (who,) = await house.rows(select(person.c.id).where(person.c.code == code))
    (case,) = await house.cases()

    async def work(db):
        desk = Desk(db, house.deps.texts, house.clock.now())
        await casework.admit(desk, case, await actor_on(db, case, who.id))

    await house.deps.store.write(work)


@BOTH
async def test_every_step_of_a_case_is_heard_once_however_often_we_look(house, listener, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，电话 13812345678")
    await admits(house)
    for _ in range(3):
        await listener.tick()
    heard = sorted((json.loads(body) for _, body in listener.heard), key=lambda each: each["data"]["step"])
    assert [each["type"] for each in heard] == ["case.submit", "case.admit"]
    first = heard[0]
    CaseNews.model_validate(first)  # as /openapi.json promises
    assert first == {
        "type": "case.submit",
        "timestamp": "2026-12-07T10:00:00+08:00",
        "data": {"number": "hepan-261207-1", "step": 1, "state": "received", "status": "open", "station": "hepan",
                 "subject": "dianti"},
    }  # fmt: skip
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 2


async def test_each_delivery_is_signed_over_id_time_and_body(house, listener, wang):
    await wang.says("我们楼电梯坏了一个月")
    await listener.tick()
    ((headers, body),) = listener.heard
    assert headers["webhook-timestamp"] == str(int(house.clock.now().timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(b"s" * 24, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["Content-Type"] == "application/json"


async def test_no_name_no_word_and_no_confidential_case_leaves_the_house(house, listener, wang, kang):
    await wang.says("我叫王桂兰，滨河家园 3 号楼电梯坏了，电话 13812345678")
    await kang.says("单位欠薪，请保密")
    secret = (await house.cases())[-1]

    async def seal(db):
        await db.run(update(suggestion).where(suggestion.c.id == secret.id).values(confidential=True))

    await house.deps.store.write(seal)
    await listener.tick()
    ((_, body),) = listener.heard
    for private in ("王桂兰", "13812345678", "电梯坏", "3 号楼", secret.number):
        assert private not in body.decode()


async def test_a_new_subscriber_hears_what_happens_from_then_on(house, listener, wang):
    await wang.says("路灯坏了")
    await listener.tick()
    later = Subscriber(house)
    later.url = listener.url
    subscribe(house, later)
    accounts = {**house.deps.outbox.accounts}
    accounts["webhook", "second"] = replace(accounts.pop(("webhook", "dashuju")), code="second")
    house.deps.outbox.accounts = accounts
    later.deps = replace(later.deps, settings=replace(later.deps.settings, accounts=accounts))
    await later.tick()
    assert len(listener.heard) == 1


async def test_a_failing_subscriber_is_tried_again_with_the_same_id(house, listener, wang):
    listener.statuses = [500, 503]
    await wang.says("路灯坏了")
    await listener.tick()
    for _ in range(3):
        house.clock.move(timedelta(minutes=1))
        await listener.tick()
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1
    assert len(listener.heard) == 3
    assert [row.state for row in await listener.rows()] == ["sent"]


@pytest.mark.parametrize("status", [302, 404, 410])
async def test_a_subscriber_that_moved_or_is_gone_is_not_followed(house, listener, wang, status):
    listener.statuses = [status]
    await wang.says("路灯坏了")
    await listener.tick()
    assert len(listener.heard) == 1
    assert [(row.state, row.errcode) for row in await listener.rows()] == [("refused", status)]


async def test_a_subscriber_that_is_down_loses_nothing_for_three_days(house, listener, wang):
    subscribe(house, listener, url="http://127.0.0.1:9/hear")
    await wang.says("路灯坏了")
    for _ in range(12):
        await listener.tick()
        house.clock.move(timedelta(minutes=2))
    assert [row.state for row in await listener.rows()] == ["waiting"]
    subscribe(house, listener)
    await listener.tick()
    assert listener.types == ["case.submit"]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://localhost/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data", "https://192.168.1.1/", "https://0.0.0.0/", "https://[fe80::1]/",
        "https://[2002:7f00:1::]/", "http://example.com/", "ftp://example.com/", "https://user:pw@example.com/",
        "https:///x",
    ],
)  # fmt: skip
async def test_our_own_network_is_never_called(url):
    outward = Outward()
    with pytest.raises(SendFailed) as failed:
        await outward.post(url, b"{}", {})
    await outward.close()
    assert failed.value.remedy is Remedy.GIVE_UP


@pytest.mark.parametrize(("address", "public"), [("1.1.1.1", True), ("2606:4700::1111", True), ("100.64.0.1", False),
                                                 ("224.0.0.1", False), ("172.16.0.1", False), ("fc00::1", False)])  # fmt: skip
def test_only_the_open_internet_is_public(address, public):
    assert is_public(address) is public


async def test_without_subscribers_nothing_is_owed_or_kept(house, wang):
    await wang.says("路灯坏了")
    await house.tick("news")
    assert [row for row in await house.owed() if row.channel == "webhook"] == []
