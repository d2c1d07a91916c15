"""The envelope: sizes, keys in rotation, what comes out of it, what an answer looks like inside."""

import json
import random
import time
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from bot.channels import Api, build_channels, envelope
from bot.channels.base import Call
from bot.errors import Forged, Malformed
from bot.message import Kind
from tests.channels.platform import (
    ACCOUNTS,
    APP,
    KEY,
    NEXT_KEY,
    NONCE,
    NOW,
    OA,
    ROBOT,
    SECONDS,
    call_of,
    encrypted,
    event,
    opened,
    query_of,
    rotated,
    sha1,
    text,
    xml,
)

CHANNELS = build_channels(Api("http://127.0.0.1:9", "http://127.0.0.1:9"))


def fields_of(body):
    return {node.tag: node.text or "" for node in ET.fromstring(body)}


def answered(incoming, words, call, account):
    """Return the fields of an answer after checking its signature and opening it like the platform."""
    answer = CHANNELS[account.channel].answer(incoming, words, call, account, NOW)
    outer = fields_of(answer.body)
    assert outer["Nonce"] == call.query["nonce"]
    assert outer["MsgSignature"] == sha1(account.token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    return fields_of(opened(outer["Encrypt"], account))


# ---- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["official_account", "wecom_app", "wecom_robot", "customer_service"])
def test_a_body_over_the_cap_is_refused_before_anything_reads_it(channels, name):
    """The cap stands before the signature: nobody who cannot sign may make us work."""
    account = ACCOUNTS[name]
    call = call_of(text("路" * 45_000) if name != "wecom_robot" else {"msgtype": "text", "x": "路" * 45_000}, account)
    assert len(call.body) > envelope.MAX_BODY
    with pytest.raises(Forged, match="large"):
        channels[name].hear(call, account, NOW)


@pytest.mark.parametrize("words", ["a" * 20_000, "路" * 20_000, "😀" * 20_000])
def test_what_fits_under_the_cap_is_heard_whole(words):
    """20,000 characters of any script are promised."""
    assert CHANNELS["official_account"].hear(call_of(text(words), OA), OA, NOW).text == words


@pytest.mark.parametrize(
    "body",
    [
        b"<Encrypt>" + b" " * 163_000,
        b"<Encrypt><![CDATA[" * 9_000,
        b"<xml>" + b"<Encrypt>A" * 16_000,
        b'{"encrypt":' + b" " * 163_000,
        b'{"encrypt":"' * 13_600,
        b"<![CDATA[<" * 16_300,
    ],
)
def test_a_body_made_to_be_slow_is_refused_fast(body):
    """No pattern here may need more than one walk over the body."""
    assert len(body) <= envelope.MAX_BODY
    began = time.process_time()
    with pytest.raises(Forged):
        envelope.find_encrypt(body)
    assert time.process_time() - began < 0.2


def test_deep_nesting_that_is_signed_is_malformed_or_heard_but_never_a_crash():
    """20,000 levels pass expat; whatever stands in them is no message."""
    for inner in ("<a>" * 2_000 + "</a>" * 2_000, '{"a":' * 8_000 + "1" + "}" * 8_000):
        body = inner if inner.startswith("{") else f"<xml>{inner}</xml>"
        with pytest.raises(Malformed):
            CHANNELS["official_account"].hear(call_of(body, OA, form="json" if inner[0] == "{" else "xml"), OA, NOW)


# ---- keys -----------------------------------------------------------------------------------------------------------


def test_during_rotation_both_keys_open_and_the_answer_goes_under_the_one_that_did():
    """WeChat: 用哪个 Key 解密成功，则用此 Key 加密对应的回包."""
    account = rotated(OA)
    for key in (KEY, NEXT_KEY):
        call = call_of(text("路灯坏了"), account, key=key)
        heard = CHANNELS["official_account"].hear(call, account, NOW)
        answer = CHANNELS["official_account"].answer(heard, "已登记", call, account, NOW)
        inner = fields_of(opened(fields_of(answer.body)["Encrypt"], account, key=key))
        assert (heard.text, inner["Content"]) == ("路灯坏了", "已登记")


def test_after_rotation_the_old_key_opens_nothing():
    """Once the previous key is taken out of the settings it is anybody's."""
    account = replace(rotated(OA), previous_aes_key="")
    with pytest.raises(Forged):
        CHANNELS["official_account"].hear(call_of(text("x"), account, key=KEY), account, NOW)


def test_the_random_prefix_is_never_the_same_twice():
    """IV and key are fixed (A1), so the 16 bytes before the message are all that tells two equal answers apart."""
    assert envelope.encrypt_with(KEY, b"same", "id") != envelope.encrypt_with(KEY, b"same", "id")


# ---- wechatpy -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["您好", "a", "路" * 600, "🙂‍↔️"])
def test_wechatpy_reads_the_same_and_opens_our_answers(words):
    """The library we stand on and our guard around it agree on every good message, both ways."""
    call = call_of(text(words), OA)
    theirs = WeChatCrypto(OA.token, OA.aes_key, OA.app_id)
    plain = theirs.decrypt_message(call.body, call.query["msg_signature"], SECONDS, NONCE)
    heard = CHANNELS["official_account"].hear(call, OA, NOW)
    message = parse_message(plain)
    assert (plain.encode(), message.content, message.source) == (heard.body, heard.text, heard.sender)
    answer = CHANNELS["official_account"].answer(heard, words, call, OA, NOW)
    outer = fields_of(answer.body)
    back = theirs.decrypt_message(answer.body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    assert fields_of(back)["Content"] == words


# ---- words ----------------------------------------------------------------------------------------------------------

AS_TYPED = {
    "blanks around": "  路灯坏了  ",
    "lines": "第一行\n第二行\n",
    "zero width": "路\u200b灯\u200d坏\ufeff了",
    "right to left": "abc\u202e路灯\u202c\u200f",
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈🇨🇳👍🏽",
    "only blanks": "   ",
    "nothing": "",
    "markup": "<script>alert(1)</script> &amp; <Content>x</Content>",
    "a tag of the envelope": "<Encrypt>AAAA</Encrypt>",
    "rare characters": "𠮷野家 㐂 𪚥",
    "20,000 characters": "a" * 19_000 + "路" * 1_000,
}


@pytest.mark.parametrize("name", AS_TYPED)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_words_are_heard_as_they_were_typed(name, form):
    """Not one character is added, lost or trimmed between the voter's thumb and our table."""
    words = AS_TYPED[name]
    message = text(words)
    if form == "json":
        message = {
            "ToUserName": "gh_1",
            "FromUserName": "oWang",
            "CreateTime": 1,
            "MsgType": "text",
            "Content": words,
            "MsgId": 2**63,
        }
    heard = CHANNELS["official_account"].hear(call_of(message, OA, form=form), OA, NOW)
    assert (heard.kind, heard.text) == (Kind.TEXT, words)


def test_what_no_database_can_keep_is_taken_out_and_the_rest_is_heard():
    """NUL, halves of surrogates and typed controls cost themselves, not the voter's message."""
    message = json.dumps({"FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": "路\ud83d灯\0坏\x07了"})
    heard = CHANNELS["official_account"].hear(call_of(message, OA, form="json"), OA, NOW)
    heard.text.encode()
    assert heard.text == "路?灯坏\x07了"
    heard = CHANNELS["official_account"].hear(call_of(text("路\x07灯\ufffe坏了"), OA), OA, NOW)
    assert heard.text == "路灯坏了"
    broken = text("路灯").encode().replace("灯".encode(), b"\xe7\x81")
    assert CHANNELS["official_account"].hear(call_of(broken, OA), OA, NOW).text.startswith("路")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "<xml></xml>",
        "<xml>words</xml>",
        "<html><MsgType>text</MsgType></html>",
        "<xml><MsgType>text</MsgType>",
        xml("text").replace("oWang", ""),
        xml("text", "<Content>a</Content><Content>b</Content>"),
        xml("text", "<Content><b>nested</b></Content>"),
        xml("text", at="soon"),
        xml("text", at="9" * 30),
        xml("", "<Content>a</Content>"),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text("&e;"),
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + text("&b;"),
        "[]",
        '{"MsgType":"text"}',
        '{"MsgType":["text"],"FromUserName":"o","CreateTime":1}',
        '{"MsgType":"text","FromUserName":"o","CreateTime":1e999}',
        '{"MsgType":"event","Event":"template_card_event","FromUserName":"o","CreateTime":1,"SelectedItems":{"SelectedItem":[1]}}',
    ],
)
def test_a_signed_body_that_cannot_be_read_is_malformed(body):
    """The platform sent it, so it is not forged; what it says nobody knows."""
    form = "json" if body.startswith(("{", "[")) else "xml"
    with pytest.raises(Malformed):
        CHANNELS["wecom_app"].hear(call_of(body, APP, form=form), APP, NOW)


@given(st.binary(max_size=400), st.sampled_from(sorted(ACCOUNTS)), st.booleans())
@example(body=b"<xml><Encrypt></Encrypt></xml>", name="wecom_app", signed=False)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_heard_or_forged_or_malformed(body, name, signed):
    """Whatever comes in, only our two words come out: as the body itself, and as the signed inside of one."""
    account, channel = ACCOUNTS[name], CHANNELS[name]
    call = call_of(body, account) if signed and name != "group_robot" else Call(query_of("", account), body)
    for chosen in (account, replace(account, mode="plain")):
        try:
            channel.hear(call, chosen, NOW)
        except (Forged, Malformed):
            continue


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["MsgType", "Event", "FromUserName", "CreateTime", "Content", "EventKey", "SelectedItems", "List", "MediaId",
         "msgtype", "event", "from", "text", "mixed", "quote", "create_time", "chattype", "Location_X"]  # fmt: skip
KINDS = st.sampled_from(["text", "image", "event", "location", "mixed", "voice", "link", "file"])


@given(
    st.dictionaries(st.sampled_from(NAMES), JSONISH), KINDS, st.sampled_from(sorted(set(ACCOUNTS) - {"group_robot"}))
)
@settings(max_examples=150, deadline=None)
def test_any_json_is_heard_or_malformed(fields, kind, name):
    """A field of the wrong shape is the platform's mistake and never our crash."""
    message = {
        "FromUserName": "o",
        "CreateTime": 1,
        "MsgType": kind,
        "msgtype": kind,
        "from": {"userid": "u"},
        **fields,
    }
    account = ACCOUNTS[name]
    try:
        heard = CHANNELS[name].hear(call_of(message, account), account, NOW)
    except Malformed:
        return
    heard.text.encode()
    assert 32 <= len(heard.key) <= 64


# ---- answers --------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=900))
@example("]]>")
@example("]]]]>><![CDATA[")
@example("</Content></xml>\x00\x1b\ud800\ufffe\r\n\r")
@example("🙂" * 600)
@settings(max_examples=150, deadline=None)
def test_any_text_becomes_a_valid_answer(words):
    """What we say arrives in one piece: valid XML, at most 2048 bytes, nothing injected."""
    call = call_of(text("x"), OA)
    heard = CHANNELS["official_account"].hear(call, OA, NOW)
    if not words.strip():
        assert CHANNELS["official_account"].answer(heard, words, call, OA, NOW).body == b"success"
        return
    inner = answered(heard, words, call, OA)
    assert set(inner) == {"MsgType", "Content", "ToUserName", "FromUserName", "CreateTime"}
    assert len(inner["Content"].encode()) <= 2048
    speakable = envelope.clean(words)
    assert speakable.startswith(inner["Content"])


def test_an_answer_goes_back_to_where_the_words_came_from():
    """To and from change places; the time is now."""
    for account in (OA, APP):
        call = call_of(text("您好"), account)
        heard = CHANNELS[account.channel].hear(call, account, NOW)
        inner = answered(heard, "您好！请直接说您的诉求。", call, account)
        assert inner == {
            "ToUserName": "oWang",
            "FromUserName": "gh_1",
            "CreateTime": SECONDS,
            "MsgType": "text",
            "Content": "您好！请直接说您的诉求。",
        }


def test_an_answer_to_json_is_json():
    """The official account may be switched to JSON; then its answer is JSON inside and out."""
    message = {
        "ToUserName": "gh_1",
        "FromUserName": "oWang",
        "CreateTime": 1,
        "MsgType": "text",
        "Content": "您好",
        "MsgId": 7,
    }
    call = call_of(message, OA)
    heard = CHANNELS["official_account"].hear(call, OA, NOW)
    outer = json.loads(CHANNELS["official_account"].answer(heard, "收到 ]]> 了", call, OA, NOW).body)
    assert outer["MsgSignature"] == sha1(OA.token, str(outer["TimeStamp"]), NONCE, outer["Encrypt"])
    inner = json.loads(opened(outer["Encrypt"], OA))
    assert (inner["ToUserName"], inner["FromUserName"], inner["MsgType"]) == ("oWang", "gh_1", "text")


def test_a_nonce_cannot_write_into_the_answer():
    """It stands in the URL, so whoever knows the token may choose it."""
    nonce = "1]]></Nonce><x>"
    encrypt = encrypted(text("x"), OA)
    call = Call(query_of(encrypt, OA, nonce=nonce), f"<xml><Encrypt>{encrypt}</Encrypt></xml>".encode())
    heard = CHANNELS["official_account"].hear(call, OA, NOW)
    answer = CHANNELS["official_account"].answer(heard, "好", call, OA, NOW)
    assert set(fields_of(answer.body)) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}


# ---- keys of what we hear -------------------------------------------------------------------------------------------


def test_a_repeat_has_the_same_key_though_it_is_encrypted_anew():
    """The platform encrypts every try with other random bytes, another nonce and another timestamp."""
    first = call_of(text("路灯坏了"), OA)
    again = encrypted(text("路灯坏了"), OA).encode()
    query = query_of(again.decode(), OA, timestamp=str(int(SECONDS) + 5), nonce=str(random.random()))
    second = Call(query, b"<xml><Encrypt>" + again + b"</Encrypt></xml>")
    assert (
        CHANNELS["official_account"].hear(first, OA, NOW).key == CHANNELS["official_account"].hear(second, OA, NOW).key
    )


def test_different_things_have_different_keys():
    """One MsgId for two people, two events of one second, two accounts: nobody is taken for a repeat."""
    messages = [
        text("a", "1"),
        text("a", "2"),
        xml("text", "<MsgId>1</MsgId>", to="ab", sender="c"),
        xml("text", "<MsgId>1</MsgId>", to="a", sender="bc"),
        xml("text", "<MsgId>1</MsgId>", sender="oLi"),
        xml("text", "<MsgId>1</MsgId>", at="1"),
        event("CLICK", "<EventKey>a</EventKey>"),
        event("CLICK", "<EventKey>b</EventKey>"),
        event("VIEW", "<EventKey>a</EventKey>"),
        event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID>"),
        event("TEMPLATESENDJOBFINISH", "<MsgID>2</MsgID>"),
    ]
    accounts = (OA, replace(OA, code="other"))
    keys = {CHANNELS["official_account"].hear(call_of(m, a), a, NOW).key for m in messages for a in accounts}
    assert len(keys) == 2 * len(messages)
    assert {len(key) for key in keys} == {48}


def test_the_robot_answers_in_its_four_words():
    """encrypt, msgsignature, timestamp as a number, nonce of the URL (platform.md B6)."""
    call = call_of({"msgid": "m", "msgtype": "text", "from": {"userid": "zhang"}, "text": {"content": "您好"}}, ROBOT)
    heard = CHANNELS["wecom_robot"].hear(call, ROBOT, NOW)
    outer = json.loads(CHANNELS["wecom_robot"].answer(heard, "您好", call, ROBOT, NOW).body)
    assert set(outer) == {"encrypt", "msgsignature", "timestamp", "nonce"}
    assert (outer["timestamp"], outer["nonce"]) == (int(SECONDS), NONCE)
    assert outer["msgsignature"] == sha1(ROBOT.token, SECONDS, NONCE, outer["encrypt"])
    assert json.loads(opened(outer["encrypt"], ROBOT))["stream"]["content"] == "您好"
