"""The check-up says in one line each what works, what is worth a thought and what is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from bot.errors import Remedy, SendFailed
from bot.store.tables import calendar_day, group_address, identity
from handlers.checkup import Finding, checkup, remedy_of, risks


async def lines(house):
    return [str(finding) for finding in await checkup(house.deps)]


async def line(house, words):
    """Return the one line that speaks of something."""
    (found,) = [each for each in await lines(house) if words in each]
    return found


async def changed(house, *statements):
    async def work(db):
        for statement in statements:
            await db.run(statement)

    await house.deps.store.write(work)


def with_settings(house, **values):
    house.deps = replace(house.deps, settings=replace(house.deps.settings, **values))


def test_a_finding_reads_as_one_line():
    assert str(Finding("数据库")) == "✓ 数据库"
    assert str(Finding("数据库", "备份一下")) == "！ 数据库 – 备份一下"
    assert str(Finding("数据库", "连不上", ok=False)) == "✗ 数据库 – 连不上"


@pytest.mark.parametrize("house_database", ["sqlite"], indirect=True)
async def test_a_sound_house_has_nothing_missing(house):
    assert [each for each in await lines(house) if each.startswith("✗")] == []


async def test_nobody_is_written_to_by_a_check_up(house):
    await checkup(house.deps)
    assert {call.path for call in house.platform.calls()} == {"/cgi-bin/stable_token", "/cgi-bin/gettoken"}
    assert await house.owed() == []


@pytest.mark.parametrize(
    "path", ["official-account/hexin", "wecom-app/gongzuo", "wecom-robot/zhushou", "customer-service/kefu"]
)
async def test_each_account_is_told_the_address_for_its_console(house, path):
    with_settings(house, public_url="https://hexin.example.gov.cn")
    assert any(f"https://hexin.example.gov.cn/callback/{path}" in each for each in await lines(house))


@pytest.mark.parametrize(
    ("code", "errcode", "variable"),
    [("hexin", "40125", "HEXIN_SECRET"), ("gongzuo", "40001", "GONGZUO_SECRET"), ("kefu", "40001", "KEFU_SECRET")],
)
async def test_a_wrong_secret_is_named_by_its_variable(house, code, errcode, variable):
    house.platform.world.account(code).secret = "another"
    found = await line(house, f" {code}（")
    assert found.startswith("✗")
    assert f"{errcode} " in found
    assert variable in found


async def test_an_address_that_is_not_on_the_list_is_said_to_be_so(house):
    house.platform.will_answer(40164, path="/cgi-bin/stable_token")
    assert "IP 白名单" in await line(house, " hexin（")


@pytest.mark.parametrize(
    ("errcode", "errmsg", "address"),
    [
        (40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2", "203.0.113.7"),
        (60020, "not allow to access from your ip, hint: [1], from ip: 198.51.100.9, more info at …", "198.51.100.9"),
        (61004, "access clientip is not registered", "见平台提示"),
    ],
)
def test_the_address_the_platform_names_is_passed_on(settings_account, errcode, errmsg, address):
    assert address in remedy_of(SendFailed(errcode, errmsg, Remedy.ALARM), settings_account, "X")


@pytest.fixture
def settings_account(house):
    return house.deps.settings.accounts["official_account", "hexin"]


async def test_an_unknown_refusal_is_told_by_its_number(house):
    house.platform.will_answer(49999, path="/cgi-bin/gettoken")
    assert "49999" in await line(house, " gongzuo（")


async def test_a_platform_that_does_not_answer_is_said_not_to(house):
    house.platform.will_cut(path="/cgi-bin/stable_token")
    assert "没有应答" in await line(house, " hexin（")


async def test_what_cannot_be_tried_without_speaking_is_not_claimed_to_work(house):
    found = await line(house, " tongzhi（")
    assert found.startswith("！")
    assert "不发一条就无法试探" in found


@pytest.mark.parametrize(
    ("url", "mark", "words"),
    [
        ("http://127.0.0.1:8080", "！", "本机地址"),
        ("https://localhost", "！", "本机地址"),
        ("https://[::1]", "！", "本机地址"),
        ("http://hexin.example.gov.cn", "！", "https"),
        ("https://hexin.example.gov.cn", "✓", ""),
    ],
)
async def test_an_address_the_platforms_cannot_reach_is_warned_of(house, url, mark, words):
    with_settings(house, public_url=url)
    found = await line(house, f"对外地址 {url}")
    assert found.startswith(mark)
    assert words in found


@pytest.mark.parametrize("house_database", ["sqlite"], indirect=True)
async def test_the_database_is_asked_whether_it_syncs_and_is_migrated(house):
    assert "journal_mode=wal，synchronous=2" in await line(house, "SQLite")
    await changed(house, text("UPDATE alembic_version SET version_num = '0001'"))
    assert (await line(house, "数据库结构")).startswith("✗")
    assert "run.py migrate" in await line(house, "数据库结构")
    await changed(house, text("UPDATE alembic_version SET version_num = '9999'"))
    assert "比程序新" in await line(house, "数据库结构")


@pytest.mark.parametrize("house_database", ["postgres"], indirect=True)
async def test_postgres_is_asked_whether_it_forgets_when_the_power_fails(house):
    """The tests' own server is one that does: in a hurry, and of no value afterwards."""
    told = await line(house, "PostgreSQL")
    assert told.startswith("✗")
    assert "server_encoding=UTF8，synchronous_commit=on，fsync=off，full_page_writes=off" in told
    assert "fsync 应为 on：关着的话，断电会弄坏整个数据库" in told
    assert "full_page_writes 应为 on" in told


@pytest.mark.parametrize("house_database", ["postgres"], indirect=True)
async def test_our_own_commits_wait_for_the_disk_whatever_the_server_is_set_to(house):
    """The server of the tests has synchronous_commit off; reader and writer have it on."""

    async def ask(db):
        return (await db.one(text("SHOW synchronous_commit")))[0]

    assert await house.deps.store.write(ask) == "on"
    async with house.deps.store.read() as db:
        assert await ask(db) == "on"


@pytest.mark.parametrize(
    ("facts", "wished"),
    [
        ({"journal_mode": "wal", "synchronous": "2"}, []),
        ({"journal_mode": "delete", "synchronous": "1"}, ["journal_mode", "synchronous"]),
        ({"server_encoding": "UTF8", "synchronous_commit": "remote_apply", "fsync": "on", "full_page_writes": "on"}, []),
        ({"server_encoding": "UTF8", "synchronous_commit": "off", "fsync": "on", "full_page_writes": "on"},
         ["synchronous_commit"]),
        ({"server_version": "15", "server_encoding": "SQL_ASCII", "fsync": "off"}, ["编码", "fsync"]),
    ],
)  # fmt: skip
def test_each_setting_that_may_lose_something_is_named(facts, wished):
    assert [each.split()[0].split("应")[0] for each in risks(facts)] == wished


async def test_redis_tells_its_version_and_whose_it_is(house):
    assert (await line(house, "Redis")).startswith("✓ Redis（REDIS_URL）")


@pytest.fixture
def redis_url(request):
    """Tests that kill Redis get one of their own."""
    if "mortal_redis" in request.fixturenames:
        return request.getfixturevalue("mortal_redis").url
    return request.getfixturevalue("redis_server")


async def test_a_redis_that_is_away_is_missed(mortal_redis, house):
    mortal_redis.kill()
    assert (await line(house, "Redis")).startswith("✗")


async def test_people_whom_nothing_reaches_are_named(house):
    await changed(house, update(identity).where(identity.c.channel == "wecom_app").values(reachable=False))
    found = await line(house, "代表与工作人员的账号")
    assert found.startswith("✗")
    assert "张卫国（代表）" in found
    assert "田敏（工作人员）" in found


async def test_groups_that_nobody_can_speak_into_are_named(house):
    await changed(house, delete(group_address).where(group_address.c.account == "tongzhi"))
    found = await line(house, "联系群的发言渠道")
    assert found.startswith("！")
    assert "滨河社区联系群" in found
    assert "柳树村" not in found


async def test_a_year_that_is_not_published_is_provisional(house):
    assert (await line(house, "2027 年放假安排")).startswith("！")
    values = {"date": "2027-01-01", "kind": "holiday", "name": "元旦", "source": "test"}
    await changed(house, calendar_day.insert().values(**values))
    assert (await line(house, "2027 年放假安排")).startswith("✓")


async def test_what_waits_too_long_is_said_aloud(house, wang, clock):
    await wang.says("路灯坏了，请修一下")
    clock.move(timedelta(minutes=20))
    found = await line(house, "待发消息")
    assert found.startswith("✗")
    assert "20 分钟" in found


async def test_calls_in_the_spool_are_counted(house):
    house.deps.spool.mkdir()
    (house.deps.spool / "1.call").write_bytes(b"x")
    found = await line(house, "暂存的回调")
    assert found.startswith("✗")
    assert "1 条" in found
