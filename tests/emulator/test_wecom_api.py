"""WeCom's API keeps the published limits, also the silent ones."""

import pytest

from tests.emulator.stage import opened, sealed

APP = "wecom_app/main"


def card(task_id="t1", **more):
    return {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction",
            "main_title": {"title": "新建议", "desc": "路灯坏了"},
            "horizontal_content_list": [{"keyname": "编号", "value": "1"}],
            "button_list": [{"text": "接收", "key": "accept"}, {"text": "退回", "key": "return"}],
            "task_id": task_id,
        }
        | more,
    }


async def test_the_token_stays_the_same_while_it_is_valid(api, clock):
    first = await api.token("wecom_app")
    clock.move(seconds=7199)
    assert await api.token("wecom_app") == first
    clock.move(seconds=1)
    assert await api.token("wecom_app") != first


async def test_wrong_credentials_get_no_token(api, accounts):
    app = accounts["wecom_app"]
    assert (await api.get("/cgi-bin/gettoken", corpid="ww0", corpsecret=app.secret))["errcode"] == 40013
    assert (await api.get("/cgi-bin/gettoken", corpid=app.corp_id, corpsecret="no"))["errcode"] == 40001
    assert (await api.post("/cgi-bin/message/send", {}, access_token="no"))["errcode"] == 40014


async def test_unknown_receivers_are_named_in_lower_case_and_the_others_hear(api, emulator):
    told = await api.tell("zhangwei|NoBody")
    assert (told["errcode"], told["invaliduser"]) == (0, "nobody")
    assert emulator.heard_by("ZhangWei") == ["您好"]
    assert emulator.calls("message/send")[-1].fate == "partly"
    assert (await api.tell("NoBody"))["errcode"] == 81013


async def test_all_members_hear_what_is_for_all(api, emulator):
    await api.tell("@all")
    assert emulator.heard_by("ZhangWei") == emulator.heard_by("LiNa") == ["您好"]


async def test_the_thirty_first_message_of_a_minute_vanishes_without_a_word(api, emulator, clock):
    for n in range(31):
        told = await api.tell("ZhangWei", {"msgtype": "text", "text": {"content": str(n)}})
        assert (told["errcode"], "invaliduser" in told) == (0, False)
    assert len(emulator.heard_by("ZhangWei")) == 30
    assert emulator.calls("message/send")[-1].fate == "dropped"
    clock.move(seconds=60)
    await api.tell("ZhangWei")
    assert len(emulator.heard_by("ZhangWei")) == 31


async def test_a_double_within_the_interval_is_shown_once(api, emulator, clock):
    guard = {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    for _ in range(2):
        assert (await api.tell("ZhangWei", card(), **guard))["errcode"] == 0
    assert len(emulator.heard_by("ZhangWei")) == 1
    assert emulator.calls(fate="duplicate")
    clock.move(seconds=600)
    await api.tell("ZhangWei", card("t2"), **guard)
    assert len(emulator.heard_by("ZhangWei")) == 2


@pytest.mark.parametrize(
    ("said", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "长" * 683}}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 2049}}, 40058),
        ({"msgtype": "textcard", "textcard": {"title": "x" * 129, "description": "d", "url": "u"}}, 40058),
        ({"msgtype": "poem"}, 40008),
        (card("任务"), 40058),
        (card("x" * 129), 40058),
        (card(card_type="sticker"), 40058),
        (card(button_list=[]), 40058),
        (card(horizontal_content_list=[{}] * 7), 40058),
        (card(main_title={}), 40058),
        (card(card_type="text_notice"), 40058),
        ({"msgtype": "text", "text": {"content": "x"}, "agentid": 1}, 301002),
        ({"msgtype": "text", "text": {"content": "x"}, "touser": "|".join("a" * 1001)}, 40058),
    ],
)
async def test_what_the_documents_forbid_is_refused(api, emulator, said, errcode):
    assert (await api.tell("ZhangWei", said, **said))["errcode"] == errcode
    assert emulator.heard_by("ZhangWei") == []


async def test_a_task_id_is_used_once(api):
    assert (await api.tell("ZhangWei", card()))["errcode"] == 0
    assert (await api.tell("LiNa", card()))["errcode"] == 40058


async def test_a_press_tells_who_pressed_what_and_its_code_updates_the_card_once(api, emulator, service, accounts):
    await api.tell("ZhangWei|LiNa", card())
    await emulator.presses(APP, "ZhangWei", "t1", "accept")
    event = opened(accounts["wecom_app"], service.calls[0][2])
    told = (event["Event"], event["FromUserName"], event["EventKey"], event["TaskId"], event["CardType"])
    assert told == ("template_card_event", "ZhangWei", "accept", "t1", "button_interaction")
    update = {"userids": ["ZhangWei"], "agentid": accounts["wecom_app"].agent_id, "button": {"replace_name": "已接收"}}
    update["response_code"] = event["ResponseCode"]
    path = "/cgi-bin/message/update_template_card"
    assert (await api.as_("wecom_app", path, update))["errcode"] == 0
    assert emulator.chat_of("ZhangWei")[0].card.said == "已接收"
    assert emulator.chat_of("LiNa")[0].card.said == ""
    assert (await api.as_("wecom_app", path, update))["errcode"] == 42036


async def test_a_response_code_lives_72_hours(api, emulator, clock, accounts):
    code = (await api.tell("ZhangWei", card()))["response_code"]
    clock.move(hours=72, seconds=1)
    update = {"userids": ["ZhangWei"], "agentid": accounts["wecom_app"].agent_id, "button": {"replace_name": "好"}}
    told = await api.as_("wecom_app", "/cgi-bin/message/update_template_card", update | {"response_code": code})
    assert told["errcode"] == 42036


async def test_the_answer_to_a_press_can_change_the_button(api, emulator, service, accounts):
    from bot.emulator import xml

    app = accounts["wecom_app"]
    await api.tell("ZhangWei", card())
    fields = {"ToUserName": "ZhangWei", "FromUserName": app.corp_id, "CreateTime": 1, "MsgType": "update_button"}
    inner = xml.write(fields | {"Button": {"ReplaceName": "已退回"}})
    service.otherwise = lambda request, _body: sealed(app, request.query, inner)
    await emulator.presses(APP, "ZhangWei", "t1", "return")
    assert emulator.chat_of("ZhangWei")[0].card.said == "已退回"


async def test_every_kind_of_message_arrives_as_the_documents_say(emulator, service, accounts):
    await emulator.says(APP, "ZhangWei", "在吗")
    await emulator.sends_image(APP, "ZhangWei")
    await emulator.sends_voice(APP, "ZhangWei")
    await emulator.sends_video(APP, "ZhangWei")
    await emulator.sends_place(APP, "ZhangWei", 37.86, 113.58, "联络站")
    await emulator.sends_link(APP, "ZhangWei", "新闻", "https://example.org")
    await emulator.enters(APP, "ZhangWei")
    await emulator.clicks_menu(APP, "ZhangWei", "todo")
    got = [opened(accounts["wecom_app"], body) for _, _, body in service.calls]
    kinds = [m.get("Event") or m["MsgType"] for m in got]
    assert kinds == ["text", "image", "voice", "video", "location", "link", "enter_agent", "click"]
    assert {m["AgentID"] for m in got} == {str(accounts["wecom_app"].agent_id)}
    assert "Recognition" not in got[2]
    assert (got[4]["Location_X"], got[4]["AppType"]) == ("37.860000", "wxwork")
