"""The platform can be made to refuse, lag, cut, mumble; the ledger tells what really happened."""

import asyncio

import aiohttp
import pytest

from bot.emulator import Emulator, make_account

SEND = "/cgi-bin/message/send"


async def test_an_errcode_comes_as_often_as_told_and_spares_the_token(api, emulator):
    emulator.will_answer(-1, times=2)
    assert [(await api.tell("ZhangWei"))["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert [row.fate for row in emulator.calls(SEND)] == ["faulted", "faulted", "delivered"]
    assert len(emulator.heard_by("ZhangWei")) == 1


async def test_a_fault_with_a_path_waits_for_that_path(api, emulator, accounts):
    emulator.will_answer(40013, path="/gettoken")
    app = accounts["wecom_app"]
    asked = {"corpid": app.corp_id, "corpsecret": app.secret}
    assert (await api.get("/cgi-bin/gettoken", **asked))["errcode"] == 40013
    assert (await api.tell("ZhangWei"))["errcode"] == 0


@pytest.mark.parametrize("taken", [True, False])
async def test_a_cut_connection_may_hide_a_deed_that_was_done(api, emulator, taken):
    emulator.will_cut(path="message/send", taken=taken)
    with pytest.raises(aiohttp.ClientError):
        await api.tell("ZhangWei")
    assert bool(emulator.heard_by("ZhangWei")) is taken
    assert emulator.calls(SEND)[-1].fault == "cut"


async def test_a_late_answer_is_late_though_the_deed_is_done(api, emulator):
    emulator.will_lag(30, path="message/send")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(api.tell("ZhangWei"), 0.3)
    assert emulator.heard_by("ZhangWei") == ["您好"]


async def test_mumbled_bytes_are_no_json(api, emulator):
    emulator.will_garble(path="message/send")
    with pytest.raises(ValueError):
        await api.tell("ZhangWei")


async def test_a_proxy_page_is_no_answer(api, emulator):
    emulator.will_status(502, path="message/send")
    with pytest.raises(aiohttp.ContentTypeError) as failed:
        await api.tell("ZhangWei")
    assert failed.value.status == 502


async def test_an_unknown_address_or_a_broken_body_gets_an_errcode(api, emulator):
    assert (await api.get("/cgi-bin/nowhere"))["errcode"] == 40066
    assert (await api.get(SEND))["errcode"] == 43002
    async with api.http.post(f"{api.base}{SEND}", data=b"\xff") as response:
        assert (await response.json())["errcode"] == 47001


async def test_the_ledger_keeps_no_secret(api, emulator, accounts):
    await api.token("official_account")
    assert accounts["official_account"].secret not in repr(list(emulator.ledger.calls))
    assert accounts["official_account"].secret not in repr(accounts["official_account"])


async def test_the_ledger_can_be_bounded_and_still_counts(clock):
    account = make_account("wecom_app", "main")
    emulator = Emulator([account], clock, ledger_limit=10)
    for n in range(25):
        emulator.world.show(account, "ZhangWei", "service", str(n))
    assert len(emulator.chat_of("ZhangWei")) == 10
    assert emulator.ledger.counts["line:service"] == 25


async def test_who_waits_for_a_line_gets_it(api, emulator):
    waiting = asyncio.create_task(emulator.until_heard("ZhangWei", "您"))
    await api.tell("ZhangWei")
    assert (await waiting).text == "您好"
    with pytest.raises(TimeoutError):
        await emulator.until_heard("ZhangWei", "没有的", within=0.05)


async def test_each_line_is_told_as_it_happens(emulator, api):
    seen = []
    emulator.ledger.on_line = lambda line: seen.append((line.author, line.text))
    await emulator.says("wecom_app/main", "ZhangWei", "在吗")
    await api.tell("ZhangWei")
    assert seen == [("person", "在吗"), ("service", "您好")]


def test_a_code_that_two_channels_share_must_be_said_in_full(emulator):
    assert emulator.world.account("wecom_app/main").channel == "wecom_app"
    with pytest.raises(LookupError):
        emulator.world.account("main")
