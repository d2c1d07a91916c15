"""How the emulator calls the service: signed, encrypted, three tries, strict about the answer."""

import asyncio

import pytest

from bot.emulator import build_call, make_account, xml
from bot.emulator.answers import SORRY
from bot.emulator.crypto import sign
from tests.emulator.stage import opened, sealed, status, text_answer

OA, APP = "official_account/main", "wecom_app/main"


async def test_a_voter_reads_the_answer_to_her_words(emulator, service, accounts):
    service.otherwise = text_answer(accounts["official_account"], "已收到，编号 1")
    happening = await emulator.says(OA, "oWang", "路灯坏了")
    assert (happening.statuses, happening.answers) == ([200], ["已收到，编号 1"])
    assert [line.text for line in emulator.chat_of("oWang")] == ["路灯坏了", "已收到，编号 1"]
    assert emulator.heard_by("oWang") == ["已收到，编号 1"]


async def test_a_callback_is_signed_and_encrypted_like_the_platforms(emulator, service, accounts):
    await emulator.says(OA, "oWang", "路灯 ]]> 坏了\x00")
    _, query, body = service.calls[0]
    account = accounts["official_account"]
    assert query["signature"] == sign(account.token, query["timestamp"], query["nonce"])
    assert (query["openid"], query["encrypt_type"]) == ("oWang", "aes")
    message = opened(account, body)
    assert (message["Content"], message["ToUserName"]) == ("路灯 ]]> 坏了", account.original_id)
    assert message["CreateTime"] == query["timestamp"]


async def test_no_answer_in_time_brings_the_same_message_again_three_times(emulator, service, accounts):
    async def never(_request, _body):
        await asyncio.Event().wait()

    service.otherwise = never
    happening = await emulator.says(OA, "oWang", "路灯坏了")
    assert happening.statuses == [0, 0, 0]
    assert happening.answers == [SORRY]
    ids = {opened(accounts["official_account"], body)["MsgId"] for _, _, body in service.calls}
    nonces = {query["nonce"] for _, query, _ in service.calls}
    assert (len(ids), len(nonces)) == (1, 3)


async def test_a_refusal_is_tried_again_until_it_is_taken(emulator, service, accounts):
    service.script = [status(500), status(403)]
    service.otherwise = text_answer(accounts["official_account"], "好")
    happening = await emulator.says(OA, "oWang", "路灯坏了")
    assert (happening.statuses, happening.answers) == ([500, 403, 200], ["好"])
    assert [row.number for row in emulator.tries("text")] == [1, 2, 3]


async def test_a_service_that_is_down_is_no_answer(emulator, accounts):
    accounts["official_account"].callback_url = "http://127.0.0.1:9/callback"
    happening = await emulator.says(OA, "oWang", "路灯坏了")
    assert happening.statuses == [0, 0, 0]
    assert "no connection" in happening.tries[0].fault


@pytest.mark.parametrize(
    "wrong",
    [
        {"ToUserName": "oLi"},
        {"FromUserName": "gh_other"},
        {"MsgType": "poem"},
        {"Content": "长" * 683},
        {"CreateTime": "soon"},
    ],
    ids=["to somebody else", "from somebody else", "unknown kind", "2049 bytes", "no time"],
)
async def test_a_malformed_answer_is_shown_as_no_service_and_not_tried_again(emulator, service, accounts, wrong):
    service.otherwise = text_answer(accounts["official_account"], "好", **wrong)
    happening = await emulator.says(OA, "oWang", "路灯坏了")
    assert (happening.statuses, happening.answers) == ([200], [SORRY])
    assert happening.fault


@pytest.mark.parametrize("field", ["token", "aes_key", "app_id"])
async def test_an_answer_locked_with_other_secrets_is_refused(emulator, service, accounts, field):
    right = accounts["official_account"]
    other = make_account("official_account", "other")
    fields = {n: getattr(right, n) for n in ("token", "aes_key", "app_id")} | {field: getattr(other, field)}
    forger = make_account("official_account", "forger", **fields)
    fields = {"ToUserName": "oWang", "FromUserName": right.original_id, "CreateTime": 1}
    inner = xml.write(fields | {"MsgType": "text", "Content": "好"})
    service.script = [lambda request, _body: sealed(right, request.query, inner)]
    service.otherwise = lambda request, _body: sealed(forger, request.query, inner)
    assert (await emulator.says(OA, "oWang", "一")).answers == ["好"]
    assert (await emulator.says(OA, "oWang", "二")).answers == [SORRY]


async def test_an_answer_with_another_nonce_than_the_urls_is_refused(emulator, service, accounts):
    account = accounts["official_account"]
    inner = xml.write(
        {
            "ToUserName": "oWang",
            "FromUserName": account.original_id,
            "CreateTime": 1,
            "MsgType": "text",
            "Content": "好",
        }
    )
    service.otherwise = lambda request, _body: sealed(account, dict(request.query) | {"nonce": "1"}, inner)
    assert "nonce" in (await emulator.says(OA, "oWang", "路灯坏了")).fault


async def test_an_answer_in_clear_is_refused_in_safe_mode_and_taken_in_compatible_mode(emulator, service, accounts):
    from aiohttp import web

    account = accounts["official_account"]
    clear = (
        f"<xml><ToUserName>oWang</ToUserName><FromUserName>{account.original_id}</FromUserName>"
        "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>好</Content></xml>"
    )
    service.otherwise = lambda _request, _body: web.Response(text=clear)
    assert (await emulator.says(OA, "oWang", "一")).answers == [SORRY]
    account.mode = "compatible"
    assert (await emulator.says(OA, "oWang", "二")).answers == ["好"]
    assert b"<Content>" in service.calls[1][2]
    assert b"<Encrypt>" in service.calls[1][2]
    account.mode = "plain"
    assert (await emulator.says(OA, "oWang", "三")).answers == ["好"]
    assert "encrypt_type" not in service.calls[2][1]


async def test_the_url_check_passes_only_with_the_right_echo(emulator, service, accounts):
    from aiohttp import web

    from bot.emulator.crypto import Codec

    service.otherwise = lambda request, _body: web.Response(text=request.query["echostr"])
    assert (await emulator.checks_url(OA)).fault == ""
    assert (await emulator.checks_url(APP)).fault == "the echo is wrong"
    app = accounts["wecom_app"]
    codec = Codec(app.aes_key, app.corp_id)
    service.otherwise = lambda request, _body: web.Response(body=codec.decrypt(request.query["echostr"]))
    assert (await emulator.checks_url(APP)).fault == ""


async def test_who_leaves_sees_no_answer(emulator, service, accounts):
    service.otherwise = text_answer(accounts["official_account"], "再见")
    happening = await emulator.unsubscribes(OA, "oWang")
    assert happening.answers == []
    assert opened(accounts["official_account"], service.calls[0][2])["Event"] == "unsubscribe"


async def test_any_bytes_can_be_posted(emulator, service):
    happening = await emulator.post_raw(OA, "signature=forged", b"\xff\xfe")
    assert happening.statuses == [200]
    assert service.calls == [("POST", {"signature": "forged"}, b"\xff\xfe")]


def test_calls_can_be_built_ahead_for_a_load_test(accounts, clock):
    from urllib.parse import parse_qs

    inner = b"<xml><FromUserName><![CDATA[oWang]]></FromUserName></xml>"
    query, body = build_call(accounts["official_account"], inner, clock())
    assert parse_qs(query)["openid"] == ["oWang"]
    assert opened(accounts["official_account"], body) == {"FromUserName": "oWang"}


async def test_a_deed_that_a_channel_does_not_know_is_an_error_of_the_test(emulator):
    with pytest.raises(LookupError):
        await emulator.enters(OA, "oWang")
    with pytest.raises(LookupError):
        await emulator.clicks_menu("customer_service/main", "wmChen", "help")
