"""What 微信客服 hears: the callback says "something is there", sync_msg says what (platform.md B8)."""

import pytest

from bot.channels.customer_service import msgid_of
from bot.errors import Remedy, SendFailed
from bot.message import Kind, Media, Place, Text
from tests.channels.platform import KF, NOW, SECONDS, call_of, event, text


def message(kind="text", origin=3, **more):
    head = {"msgid": f"from_{kind}", "open_kfid": "wk1", "external_userid": "wmWang", "send_time": int(SECONDS)}
    return {**head, "origin": origin, "msgtype": kind, **more}


def happened(name, **told):
    return {
        "msgid": name,
        "send_time": int(SECONDS),
        "origin": 4,
        "msgtype": "event",
        "event": {"event_type": name, **told},
    }


def page(*messages, cursor="C2", more=0):
    return {"errcode": 0, "errmsg": "ok", "next_cursor": cursor, "has_more": more, "msg_list": list(messages)}


@pytest.fixture
def pull(desk, speaking):
    async def pull(*messages):
        desk.will(page(*messages))
        return (await speaking["customer_service"].pull(KF, "C1", "T")).messages

    return pull


def test_the_callback_says_that_something_is_there(channels):
    """It names no sender: the token opens the door to what he wrote."""
    inner = "<Token><![CDATA[ENCApHx]]></Token><OpenKfId><![CDATA[wk1]]></OpenKfId>"
    body = event("kf_msg_or_event", inner).replace("<FromUserName><![CDATA[oWang]]></FromUserName>\n", "")
    call = call_of(body, KF)
    heard = channels["customer_service"].hear(call, KF, NOW)
    assert (heard.kind, heard.text, heard.event, heard.sender) == (Kind.PULL, "ENCApHx", "wk1", "")
    assert channels["customer_service"].answer(heard, "您好", call, KF, NOW).body == b""


def test_other_callbacks_of_the_same_app_are_heard(channels):
    """The address may be shared with the app itself."""
    assert channels["customer_service"].hear(call_of(event("enter_agent"), KF), KF, NOW).kind is Kind.UNKNOWN
    assert channels["customer_service"].hear(call_of(text("x"), KF), KF, NOW).kind is Kind.TEXT


async def test_a_pull_asks_for_what_came_after_the_cursor(desk, speaking):
    """With the token of the callback and the account's own id."""
    desk.will(page(message(text={"content": " 路灯坏了 "}), cursor="C2", more=1))
    got = await speaking["customer_service"].pull(KF, "C1", "T")
    path, query, body = desk.sent[0]
    assert (path, query["access_token"]) == ("/cgi-bin/kf/sync_msg", "token-1")
    assert body == {"open_kfid": "wk1", "limit": 1000, "voice_format": 0, "cursor": "C1", "token": "T"}
    assert (got.cursor, got.more) == ("C2", True)
    (heard,) = got.messages
    assert (heard.kind, heard.text, heard.sender, heard.at) == (Kind.TEXT, " 路灯坏了 ", "wmWang", NOW)
    assert (heard.channel, heard.account) == ("customer_service", "kf")


async def test_an_empty_page_may_have_a_next_one(desk, speaking):
    """has_more may be 1 with an empty list; a first pull has neither cursor nor, after a restart, a token."""
    desk.will(page(cursor="", more=1))
    got = await speaking["customer_service"].pull(KF, "", "")
    assert (got.messages, got.cursor, got.more) == ((), "", True)
    assert set(desk.sent[0][2]) == {"open_kfid", "limit", "voice_format"}
    desk.will({"errcode": 0, "has_more": 0})
    assert (await speaking["customer_service"].pull(KF, "C7", "")).cursor == "C7"


async def test_every_type_is_read(pull):
    """What a customer can send."""
    assert (await pull(message("image", image={"media_id": "m"})))[0].media == (Media(Kind.IMAGE, "m"),)
    assert (await pull(message("voice", voice={"media_id": "m"})))[0].media == (Media(Kind.VOICE, "m"),)
    assert (await pull(message("video", video={"media_id": "m"})))[0].kind is Kind.VIDEO
    assert (await pull(message("file", file={"media_id": "m"})))[0].kind is Kind.FILE
    where = {"latitude": 23.1, "longitude": 113.3, "name": "一号院", "address": "北门"}
    assert (await pull(message("location", location=where)))[0].place == Place(23.1, 113.3, "一号院 北门")
    shared = {"title": "公告", "desc": "停水", "url": "http://e"}
    assert (await pull(message("link", link=shared)))[0].text == "公告\n停水\nhttp://e"
    (heard,) = await pull(message("business_card", business_card={"userid": "u"}))
    assert (heard.kind, heard.event) == (Kind.UNKNOWN, "business_card")


async def test_opening_the_chat_brings_scene_and_welcome_code(pull):
    """One link per group: its parameter says more than its scene; the code answers once within 20 s."""
    told = {"open_kfid": "wk1", "external_userid": "wmWang", "welcome_code": "WC"}
    plain, special = await pull(
        happened("enter_session", scene="g-lz-01", **told),
        happened("enter_session", scene="link", scene_param="g-lz-02", **told) | {"msgid": "2"},
    )
    assert (plain.kind, plain.scene, plain.welcome_code, plain.sender) == (Kind.ENTER, "g-lz-01", "WC", "wmWang")
    assert (special.scene, special.event) == ("g-lz-02", "enter_session")


async def test_a_message_that_did_not_arrive_gives_a_receipt(pull):
    """By the id we chose ourselves."""
    (heard,) = await pull(happened("msg_send_fail", external_userid="wmWang", fail_msgid=msgid_of("k"), fail_type=4))
    assert (heard.kind, heard.receipt_id, heard.receipt_status) == (Kind.RECEIPT, msgid_of("k"), "failed:4")


async def test_what_a_colleague_said_is_not_heard(pull):
    """Origin 5 is our own side."""
    assert await pull(message(origin=5, text={"content": "您好"})) == ()


async def test_a_strange_message_costs_no_neighbour(pull):
    """Everything is heard, at worst as unreadable."""
    strange = ["words", {}, message(text=7), message("location", location={"latitude": []}), message(send_time="soon")]
    heard = await pull(message(text={"content": "一"}), *strange, message(text={"content": "二"}))
    assert [one.text for one in heard if one.kind is Kind.TEXT] == ["一", "", "二"]
    assert [one.event for one in heard if one.kind is Kind.UNKNOWN].count("unreadable") >= 3


async def test_the_key_is_the_message_id(pull):
    """A page fetched twice after a crash changes nothing."""
    first = await pull(message(text={"content": "一"}), happened("enter_session"))
    again = await pull(message(text={"content": "一"}), happened("enter_session"))
    assert [one.key for one in first] == [one.key for one in again]
    assert first[0].key != first[1].key


async def test_a_refused_pull_is_a_failure(desk, speaking):
    """Nothing was fetched, so no cursor moves."""
    desk.will({"errcode": 45009, "errmsg": "api freq out of limit"})
    with pytest.raises(SendFailed) as failed:
        await speaking["customer_service"].pull(KF, "C1", "T")
    assert failed.value.remedy is Remedy.SLOW


async def test_our_own_message_id_fits_and_repeats(desk, speaking):
    """At most 32 of [0-9a-zA-Z_-], the same for the same key: the platform drops the second one."""
    for _ in range(2):
        await speaking["customer_service"].send(KF, "wmWang", Text("已登记"), "reply:一")
    first, second = (ask[2] for ask in desk.sent)
    assert first == second
    assert first["msgid"].isalnum()
    assert len(first["msgid"]) == 32
    assert msgid_of("reply:二") != first["msgid"]


async def test_a_welcome_goes_out_by_its_code(desk, speaking):
    """It needs no open window."""
    desk.will({"errcode": 0, "msgid": "M"})
    sent = await speaking["customer_service"].welcome(KF, "WC", "欢迎", "welcome:1")
    path, _, body = desk.sent[0]
    assert (path, body["code"], body["text"]) == ("/cgi-bin/kf/send_msg_on_event", "WC", {"content": "欢迎"})
    assert sent.platform_id == "M"


async def test_a_receiver_may_be_a_welcome_code(desk, speaking):
    """So the outbox can owe a welcome like anything else."""
    await speaking["customer_service"].send(KF, "welcome:WC", Text("欢迎"), "k1")
    assert (desk.sent[0][0], desk.sent[0][2]["code"]) == ("/cgi-bin/kf/send_msg_on_event", "WC")


async def test_a_callback_token_that_has_run_out_is_left_away(desk, speaking):
    """A worker that comes back after ten minutes still fetches what waits, by the cursor alone."""
    desk.will({"errcode": 95007, "errmsg": "invalid msg token"})
    desk.will(page(message(text={"content": "一"})))
    assert len((await speaking["customer_service"].pull(KF, "C1", "T")).messages) == 1
    assert [ask[2].get("token") for ask in desk.sent] == ["T", None]
    desk.will({"errcode": 95007, "errmsg": "invalid msg token"})
    with pytest.raises(SendFailed):
        await speaking["customer_service"].pull(KF, "C1", "")
