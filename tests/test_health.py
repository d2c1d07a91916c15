"""Alive, ready, its numbers, and a log that names messages but nobody's words."""

import asyncio
import io
import json
import logging
import re
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog
from sqlalchemy import text, update

from bot import logs
from bot.app import listening, web_app
from bot.router import Router
from bot.store.tables import outgoing
from commands import data
from config import load_settings
from handlers import ROUTER, ROUTES
from handlers.webhooks import DEPS
from handlers.webhooks import ROUTER as ROUTER_KEY
from tests.plugins.house import KEY, secrets_of_accounts


async def get(house, path):
    async with aiohttp.ClientSession() as session, session.get(f"{house.url}{path}") as response:
        return response.status, await response.text()


async def readiness(house):
    status, body = await get(house, "/readyz")
    return status, json.loads(body)


async def test_the_process_says_that_it_is_alive(house):
    assert await get(house, "/healthz") == (200, '{"status": "ok"}')


async def test_everything_that_works_is_said_to_work(house):
    await house.tick("beat")
    status, told = await readiness(house)
    assert status == 200
    assert told["ready"] is True
    assert told["parts"] == {"database": True, "redis": True, "outbox": True, "timetable": True}
    assert told["spool"] == 0


async def test_an_old_unsent_message_is_said_aloud(house, wang, clock):
    await wang.says("路灯坏了，请修一下")
    clock.move(timedelta(minutes=16))
    status, told = await readiness(house)
    assert status == 200
    assert told["parts"]["outbox"] is False
    assert told["oldest_unsent_s"] >= 900


async def test_a_timetable_that_no_longer_ticks_is_said_aloud(house, clock):
    await house.tick("beat")
    clock.move(timedelta(minutes=4))
    assert (await readiness(house))[1]["parts"]["timetable"] is False


@pytest.fixture
def redis_url(request):
    """Tests that kill Redis get one of their own."""
    name = "mortal_redis" if "mortal_redis" in request.fixturenames else "redis_server"
    given = request.getfixturevalue(name)
    return given.url if name == "mortal_redis" else given


async def test_without_redis_we_are_still_ready_and_still_hear(mortal_redis, house, wang):
    mortal_redis.kill()
    assert "编号" in await wang.says("路灯坏了，请修一下")
    status, told = await readiness(house)
    assert status == 200
    assert told["ready"] is True
    assert told["parts"]["redis"] is False
    mortal_redis.start()
    assert (await readiness(house))[1]["parts"]["redis"] is True


def take_away(path):
    """Put a folder where the file was: nothing can be opened there."""
    path.rename(path.with_suffix(".away"))
    path.mkdir()


@pytest.mark.parametrize("house_database", ["sqlite"], indirect=True)
async def test_without_the_database_we_are_not_ready(house):
    await house.deps.store._readers.dispose()
    take_away(Path(house.deps.settings.database_url.removeprefix("sqlite:///")))
    status, told = await readiness(house)
    assert (status, told["ready"], told["parts"]["database"]) == (503, False, False)


METRICS = (
    "lianxin_heard_total", "lianxin_answered_total", "lianxin_failed_total", "lianxin_callbacks_refused_total",
    "lianxin_callback_seconds_bucket", "lianxin_outbox_depth", "lianxin_outbox_oldest_seconds", "lianxin_sent_total",
    "lianxin_send_refused_total", "lianxin_send_seconds_bucket",
)  # fmt: skip


async def test_the_numbers_have_the_names_that_dashboards_know(house, wang):
    house.platform.will_answer(-1)
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("路灯坏了，请修一下")
    await house.deliver()
    async with aiohttp.ClientSession() as session:
        await session.post(f"{house.url}/callback/wecom-app/gongzuo", data=b"x")
    _, page = await get(house, "/metrics")
    named = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if not line.startswith("#")}
    assert set(METRICS) - named - {"lianxin_failed_total"} == set()
    assert "oWang" not in page
    assert "路灯" not in page


# ---- the log --------------------------------------------------------------------------------------------------------

WORDS = "楼道灯坏了请修，电话13800138000，我叫王桂兰"
FAILING = Router()


@FAILING.command("help")
async def fail_with_a_voters_words(msg, _ctx):
    """Fail the way bugs do: with the voter's words in the exception, and in its cause."""
    try:
        {}[msg.sender]
    except KeyError as error:
        raise ValueError(f"cannot read {WORDS} of {msg.sender}") from error


@FAILING.command("cancel")
async def fail_in_the_database(msg, ctx):
    """Fail with a statement that carries the words as parameters."""
    await ctx.db.run(update(outgoing).values(nonsense=1) if msg.text == "?" else text(f"SELECT '{WORDS}' FROM nowhere"))


def with_failures():
    router = Router()
    for mine, theirs in zip(
        (router.kinds, router.commands, router.steps, router.intents),
        (ROUTER.kinds, ROUTER.commands, ROUTER.steps, ROUTER.intents),
        strict=True,
    ):
        mine.update(theirs)
    router.commands |= FAILING.commands
    return router


@pytest.fixture
def log():
    """Everything that is logged, as run.py logs it at its most talkative."""
    before, stream = structlog.get_config(), io.StringIO()
    logs.configure(stream, verbose=True, cache=False)
    yield stream
    structlog.configure(**before)


def lines_of(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
async def bad_house(house):
    """The house with two commands that fail."""
    app = web_app(house.deps, with_failures(), ROUTES, (DEPS, ROUTER_KEY))
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        for account in house.platform.world.accounts:
            account.callback_url = re.sub(r":\d+/callback", f":{port}/callback", account.callback_url)
        yield house


async def test_every_line_of_one_message_names_it(log, bad_house, wang):
    assert "已经收到" in await wang.says("帮助")
    told = [line for line in lines_of(log) if line["event"] in ("heard", "handler_failed")]
    assert [line["event"] for line in told] == ["handler_failed", "heard"]
    (row,) = await bad_house.heard()
    assert len({line["message"] for line in told}) == 1
    assert told[0]["message"] in row.key


async def test_messages_at_once_are_told_apart(log, bad_house, wang, zhang):
    await asyncio.gather(wang.says("帮助"), zhang.says("帮助"), wang.says("取消"))
    failed = [line["message"] for line in lines_of(log) if line["event"] == "handler_failed"]
    keys = [row.key for row in await bad_house.heard() if row.state == "failed"]
    assert len(failed) == len(set(failed)) == len(keys) == 3
    assert all(any(name in key for key in keys) for name in failed)


async def test_a_failure_tells_its_kind_and_its_lines_and_no_value(log, bad_house, wang):
    await wang.says("帮助")
    (line,) = [line for line in lines_of(log) if line["event"] == "handler_failed"]
    assert line["error"] == "ValueError < KeyError"
    assert any(at.startswith("handlers/door.py:") for at in line["at"])
    assert any(at.startswith("tests/test_health.py:") for at in line["at"])


async def test_other_libraries_lines_lose_their_facts(log):
    try:
        int(WORDS)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved\nfuture: <%s>", WORDS)
    (line,) = lines_of(log)
    assert line["event"] == "Task exception was never retrieved"
    assert line["error"] == "ValueError"
    assert "王桂兰" not in log.getvalue()


async def test_a_whole_day_leaves_nothing_personal_in_the_log(log, bad_house, wang, kang, zhang):
    """Voters write, things fail, the platform refuses, forgers knock: the log holds no words, numbers, ids or keys."""
    house = bad_house
    await wang.sends("subscribes", scene="hepan-1")
    said = [
        WORDS,
        "帮助",
        "取消",
        "进度",
        "撤回",
        "人工",
        "我不想活了",
        "火星上的税怎么交？",
        "身份证140311195001011234",
    ]
    for words in said:
        await wang.says(words)
    await kang.sends("enters", scene_param="hepan-1")
    await kang.says(WORDS)
    await wang.sends("sends_image")
    await wang.sends("sends_place", 37.857, 113.58, "滨河家园3号楼2单元501")
    await zhang.says("帮助")
    await house.platform.says("zhushou", "zhangweiguo", "@连心助手 帮助", chat="wrSample-hepan-1")
    house.platform.will_answer(40001, times=2, path="/cgi-bin/message/send")
    house.platform.will_answer(60111, path="/cgi-bin/message/send")
    house.platform.will_cut(path="/cgi-bin/kf/send_msg")
    house.platform.will_garble(path="/cgi-bin/media/get")
    await house.deliver()
    house.clock.move(timedelta(hours=1))
    await house.deliver()
    await house.tick("beat", "plan", "remind", "replay", "refresh")
    async with aiohttp.ClientSession() as session:
        url = f"{house.url}/callback/official-account/hexin"
        await session.post(f"{url}?signature=x&openid=oWang&timestamp=1&nonce={WORDS}", data=WORDS.encode())
        await session.get(f"{house.url}/console/?q={WORDS}")
    personal = [
        WORDS,
        "13800138000",
        "王桂兰",
        "140311195001011234",
        "不想活",
        "火星",
        "滨河家园",
        "oWang",
        "wmKang",
        "zhangweiguo",
    ]
    accounts = house.deps.settings.accounts.values()
    personal += [word for a in accounts for word in (a.token, a.aes_key, a.secret, a.webhook_key) if word]
    personal += [KEY, "access_token=", "k" * 32]
    log_text = log.getvalue()
    assert [word for word in personal if word in log_text] == []
    events = {line["event"] for line in lines_of(log)}
    assert {"heard", "handler_failed", "forged", "not_sent", "sent"} <= events


async def test_a_broken_database_tells_no_parameters(log, tmp_path):
    """SQLAlchemy would print what it was given; our engines are told not to."""
    settings = load_settings({"LIANXIN_HOME": str(tmp_path), "LIANXIN_SECRET_KEY": KEY} | secrets_of_accounts())
    await data.prepare(settings)
    from bot.store import open_store

    store = await open_store(settings.database_url)
    errors = []
    for ask in (store.read, None):
        try:
            if ask:
                async with ask() as db:
                    await db.one(text("SELECT * FROM nowhere WHERE a = :a"), {"a": WORDS})
            else:
                await store.write(lambda db: db.run(text("SELECT * FROM nowhere WHERE a = :a"), {"a": WORDS}))
        except Exception as error:  # noqa: BLE001
            errors.append(str(error))
    await store.close()
    assert len(errors) == 2
    assert "王桂兰" not in "".join(errors)
