"""The 公众号's API keeps the published limits."""

import pytest

from tests.emulator.stage import opened

OA = "official_account/main"
SEND = "/cgi-bin/message/custom/send"


async def test_the_stable_token_stays_until_five_minutes_before_its_end(api, clock):
    first = await api.token("official_account")
    clock.move(seconds=6899)
    assert await api.token("official_account") == first
    clock.move(seconds=2)
    second = await api.token("official_account")
    assert second != first


async def test_a_forced_token_kills_the_old_one_and_is_rare(api, clock, accounts):
    old = await api.token("official_account")
    await api.token("official_account", force_refresh=True)
    assert (await api.get("/cgi-bin/user/info", access_token=old, openid="oWang"))["errcode"] == 40001
    account = accounts["official_account"]
    asked = {
        "grant_type": "client_credential",
        "appid": account.app_id,
        "secret": account.secret,
        "force_refresh": True,
    }
    assert (await api.post("/cgi-bin/stable_token", asked))["errcode"] == 45011
    for _ in range(18):
        clock.move(seconds=31)
        assert "access_token" in await api.post("/cgi-bin/stable_token", asked)
    clock.move(seconds=31)
    assert (await api.post("/cgi-bin/stable_token", asked))["errcode"] == 45009


async def test_a_plain_token_kills_the_old_one_after_five_minutes(api, clock, accounts):
    account = accounts["official_account"]
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
    old = (await api.get("/cgi-bin/token", **asked))["access_token"]
    await api.get("/cgi-bin/token", **asked)
    assert (await api.get("/cgi-bin/user/info", access_token=old, openid="oWang"))["subscribe"] == 1
    clock.move(minutes=5)
    assert (await api.get("/cgi-bin/user/info", access_token=old, openid="oWang"))["errcode"] == 40001


@pytest.mark.parametrize(
    ("wrong", "errcode"), [({"appid": "wx0"}, 40013), ({"secret": "no"}, 40125), ({"grant_type": "code"}, 40002)]
)
async def test_wrong_credentials_get_no_token(api, accounts, wrong, errcode):
    account = accounts["official_account"]
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret} | wrong
    assert (await api.post("/cgi-bin/stable_token", asked))["errcode"] == errcode


async def test_a_bad_token_is_named_by_its_code(api, emulator):
    said = {"touser": "oWang", "msgtype": "text", "text": {"content": "您好"}}
    token = await api.token("official_account")
    emulator.expire_tokens()
    assert (await api.post(SEND, said, access_token=token))["errcode"] == 42001
    assert (await api.post(SEND, said, access_token="no"))["errcode"] == 40001
    assert (await api.post(SEND, said))["errcode"] == 41001
    wecom = await api.token("wecom_app")
    assert (await api.post(SEND, said, access_token=wecom))["errcode"] == 40001
    assert await api.token("official_account") != token


async def test_a_voter_who_wrote_may_be_told_five_things_in_48_hours(api, emulator, clock):
    assert (await api.push_to("oWang"))["errcode"] == 45015
    await emulator.says(OA, "oWang", "路灯坏了")
    assert [(await api.push_to("oWang", str(n)))["errcode"] for n in range(6)] == [0, 0, 0, 0, 0, 45047]
    assert emulator.heard_by("oWang") == ["0", "1", "2", "3", "4"]
    await emulator.says(OA, "oWang", "还在吗")
    clock.move(hours=47, minutes=59)
    assert (await api.push_to("oWang"))["errcode"] == 0
    clock.move(minutes=1)
    assert (await api.push_to("oWang"))["errcode"] == 45015


async def test_a_click_or_a_scan_opens_one_minute_for_three_things(api, emulator, clock):
    await emulator.clicks_menu(OA, "oWang", "help")
    assert [(await api.push_to("oWang"))["errcode"] for _ in range(4)] == [0, 0, 0, 45047]
    await emulator.scans(OA, "oWang", "g1")
    clock.move(minutes=1)
    assert (await api.push_to("oWang"))["errcode"] == 45015


async def test_strangers_and_leavers_are_not_reached(api, emulator):
    await emulator.unsubscribes(OA, "oWang")
    assert (await api.push_to("oWang"))["errcode"] == 43004
    assert (await api.push_to("oNobody"))["errcode"] == 40003
    assert [row.fate for row in emulator.calls(SEND)] == ["refused", "refused"]


async def test_too_long_or_odd_messages_are_refused(api, emulator):
    await emulator.says(OA, "oWang", "路灯坏了")
    assert (await api.push_to("oWang", "长" * 683))["errcode"] == 45002
    assert (await api.push_to("oWang", ""))["errcode"] == 44004
    assert (await api.as_("official_account", SEND, {"touser": "oWang", "msgtype": "card"}))["errcode"] == 40008


async def test_a_template_message_is_shown_and_its_fate_told_by_an_event(api, emulator, service, accounts):
    said = {"touser": "oWang", "template_id": "T1", "data": {"thing1": {"value": "路灯"}}, "client_msg_id": "c1"}
    told = await api.as_("official_account", "/cgi-bin/message/template/send", said)
    await emulator.settle()
    event = opened(accounts["official_account"], service.calls[-1][2])
    assert (event["Event"], event["MsgID"], event["Status"]) == ("TEMPLATESENDJOBFINISH", str(told["msgid"]), "success")
    await api.as_("official_account", "/cgi-bin/message/template/send", said)
    assert emulator.heard_by("oWang") == ["thing1：路灯"]
    emulator.blocks(OA, "oWang")
    await api.as_("official_account", "/cgi-bin/message/template/send", said | {"client_msg_id": "c2"})
    await emulator.settle()
    assert opened(accounts["official_account"], service.calls[-1][2])["Status"] == "failed:user block"
    assert [row.fate for row in emulator.calls("template/send")] == ["delivered", "duplicate", "dropped"]


async def test_a_subscription_message_needs_a_tick_each_time(api, emulator):
    said = {"touser": "oWang", "template_id": "S1", "data": {"thing1": {"value": "路灯"}}}
    path = "/cgi-bin/message/subscribe/bizsend"
    assert (await api.as_("official_account", path, said))["errcode"] == 43101
    await emulator.agrees(OA, "oWang", "S1")
    assert [(await api.as_("official_account", path, said))["errcode"] for _ in range(2)] == [0, 43101]
    await emulator.agrees(OA, "oWang", "S1", long_term=True)
    assert [(await api.as_("official_account", path, said))["errcode"] for _ in range(2)] == [0, 0]
    await emulator.settle()
    assert len(emulator.tries("subscribe_msg_sent_event")) == 3


@pytest.mark.parametrize(
    ("name", "scene", "errcode"),
    [
        ("QR_LIMIT_STR_SCENE", {"scene_str": "群一"}, None),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 40053),
        ("QR_SCENE", {"scene_id": 100_001}, None),
    ],
)
async def test_a_scene_has_a_size(api, name, scene, errcode):
    asked = {"action_name": name, "action_info": {"scene": scene}}
    assert (await api.as_("official_account", "/cgi-bin/qrcode/create", asked)).get("errcode") == errcode


async def test_a_picture_can_be_fetched_for_three_days(api, emulator, service, accounts, clock):
    await emulator.sends_image(OA, "oWang", b"png!")
    message = opened(accounts["official_account"], service.calls[0][2])
    asked = {"access_token": await api.token("official_account"), "media_id": message["MediaId"]}
    async with api.http.get(f"{api.base}/cgi-bin/media/get", params=asked) as response:
        assert (await response.read(), response.content_type) == (b"png!", "image/png")
    async with api.http.get(message["PicUrl"]) as response:
        assert await response.read() == b"png!"
    clock.move(days=3)
    asked["access_token"] = await api.token("official_account")
    assert (await api.get("/cgi-bin/media/get", **asked))["errcode"] == 40007
